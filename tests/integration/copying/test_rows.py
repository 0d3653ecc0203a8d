"""A copy has all of the original's rows, equal in every column but those that are reset."""

import re
from datetime import datetime

import pytest
from sqlalchemy import Connection

from tests import catalog, factories
from tests.factories import FullEvent
from tests.integration.copying.conftest import Copying
from tests.integration.copying.snapshot import Json, Snapshot

BY_DEFAULT = [
    "badge_field_forms", "badge_forms", "custom_form_options", "custom_form_translates",
    "custom_forms", "discount_codes", "discount_codes_tickets", "event_copyrights", "events",
    "exhibitors", "faq", "faq_types", "microlocations", "session_types", "social_links",
    "speakers_calls", "sponsors", "station", "tags", "tax", "ticket_tag", "ticket_tagging",
    "tickets", "tracks", "users_events_roles",
]  # fmt: skip
SESSIONS = [
    "exhibitors_sessions", "sessions", "sessions_speakers_links", "speaker", "speakers_sessions",
]  # fmt: skip

# (table, column) → the table whose copied row the copy has to lead to. Written down here once more,
# from the schema, not taken from the plan.
REFERENCES = {
    ("badge_field_forms", "badge_form_id"): "badge_forms",
    ("custom_form_options", "custom_form_id"): "custom_forms",
    ("custom_form_translates", "custom_form_id"): "custom_forms",
    ("discount_codes_tickets", "discount_code_id"): "discount_codes",
    ("discount_codes_tickets", "ticket_id"): "tickets",
    ("events", "discount_code_id"): "discount_codes",
    ("exhibitors_sessions", "exhibitor_id"): "exhibitors",
    ("exhibitors_sessions", "session_id"): "sessions",
    ("faq", "faq_type_id"): "faq_types",
    ("sessions", "microlocation_id"): "microlocations",
    ("sessions", "session_type_id"): "session_types",
    ("sessions", "track_id"): "tracks",
    ("sessions_speakers_links", "session_id"): "sessions",
    ("sessions_speakers_links", "speaker_id"): "speaker",
    ("speakers_sessions", "session_id"): "sessions",
    ("speakers_sessions", "speaker_id"): "speaker",
    ("station", "microlocation_id"): "microlocations",
    ("ticket_tagging", "ticket_id"): "tickets",
    ("ticket_tagging", "ticket_tag_id"): "ticket_tag",
}
TEXT_REFERENCES = {
    ("badge_field_forms", "badge_id"), ("badge_forms", "badge_id"), ("custom_forms", "form_id"),
    ("custom_form_translates", "form_id"), ("tickets", "badge_id"), ("tickets", "form_id"),
}  # fmt: skip
RESET = {
    ("events", "state"): "draft",
    ("events", "is_featured"): False,
    ("events", "is_promoted"): False,
    ("events", "is_demoted"): False,
    ("events", "is_announced"): False,
    ("events", "chat_room_id"): None,
    ("events", "schedule_published_on"): None,
    ("events", "pentabarf_url"): None,
    ("events", "ical_url"): None,
    ("events", "xcal_url"): None,
    ("events", "is_stripe_linked"): False,
    ("events", "can_pay_by_stripe"): False,
    ("events", "completed_order_sales"): 0,
    ("events", "placed_order_sales"): 0,
    ("events", "pending_order_sales"): 0,
    ("events", "completed_order_tickets"): 0,
    ("events", "placed_order_tickets"): 0,
    ("events", "pending_order_tickets"): 0,
    ("microlocations", "chat_room_id"): None,
    ("microlocations", "video_stream_id"): None,
    ("sessions", "average_rating"): 0,
    ("sessions", "rating_count"): 0,
    ("sessions", "favourite_count"): 0,
    ("sessions", "is_mail_sent"): False,
    ("sessions", "send_email"): False,
    ("sessions", "is_locked"): False,
}
MADE_NOW = {
    ("discount_codes", "created_at"), ("events", "created_at"), ("exhibitors", "created_at"),
    ("exhibitors", "modified_at"), ("sessions", "created_at"), ("sessions", "last_modified_at"),
    ("speaker", "created_at"), ("speaker", "modified_at"),
}  # fmt: skip
MADE_FRESH = {("events", "identifier"), ("speakers_calls", "hash")}


class Comparison:
    """An original's rows beside those that its copy has added."""

    def __init__(self, full: FullEvent, before: Snapshot, after: Snapshot) -> None:
        self.added = after.added_since(before)
        self.event_id = full.event["id"]
        (self.event,) = self.added["events"]
        self.originals = {
            table: [row for row in before.rows(table) if self._belongs(table, row)]
            for table in self.added
        }
        # Copies have their ids in the order of the originals'.
        self.ids = {
            table: dict(zip(self._ids(rows), self._ids(self.added[table]), strict=True))
            for table, rows in self.originals.items()
            if "id" in rows[0]
        }
        self.texts: dict[tuple[str, str], str] = {}

    def _belongs(self, table: str, row: Json) -> bool:
        return row["id"] == self.event_id if table == "events" else True

    @staticmethod
    def _ids(rows: list[Json]) -> list[int]:
        return [row["id"] for row in rows]

    def expected(self, table: str, column: str, original: Json, copy: Json) -> object:  # noqa: PLR0911 (a table)
        """Return the value that the copy of a row must have in a column."""
        value, key = original[column], (table, column)
        if column == "id":
            return self.ids[table][value]
        if column == "event_id":
            return self.event["id"]
        if key in REFERENCES:
            return self.ids[REFERENCES[key]][value]
        if key in TEXT_REFERENCES:
            assert copy[column] != value
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", copy[column])
            return self.texts.setdefault((column, value), copy[column])
        if key in RESET:
            return RESET[key]
        if key in MADE_NOW:
            return self.event["created_at"]
        if key in MADE_FRESH:
            assert copy[column] != value
            return copy[column]
        return value

    def check(self) -> None:
        """Row by row, column by column."""
        for table, originals in self.originals.items():
            pairs = self._paired(table, originals, self.added[table])
            for original, copy in pairs:
                assert copy == {
                    column: self.expected(table, column, original, copy) for column in original
                }, table
        assert len(set(self.texts.values())) == len(self.texts)

    def _paired(
        self, table: str, originals: list[Json], copies: list[Json]
    ) -> list[tuple[Json, Json]]:
        """The rows of a table beside their copies; those without an id by what they lead to."""

        def led_to(row: Json) -> list[int]:
            return [self.ids[REFERENCES[table, column]][row[column]] for column in sorted(row)]

        def leads_to(row: Json) -> list[int]:
            return [row[column] for column in sorted(row)]

        if "id" not in originals[0]:
            originals, copies = sorted(originals, key=led_to), sorted(copies, key=leads_to)
        return list(zip(originals, copies, strict=True))


@pytest.fixture
def full(connection: Connection) -> FullEvent:
    return factories.make_full_event(connection, 3)


def compare(copying: Copying, full: FullEvent, **body: object) -> Comparison:
    before = copying.snapshot()
    answer = copying.copy(full.event, full.owner, {"keep_name": True, **body})
    comparison = Comparison(full, before, copying.snapshot())
    assert answer["id"] == comparison.event["id"]
    assert answer["identifier"] == comparison.event["identifier"]
    assert answer["rows"] == {table: len(rows) for table, rows in comparison.added.items()}
    return comparison


def test_all_that_was_set_up_is_copied(copying: Copying, full: FullEvent) -> None:
    comparison = compare(copying, full)
    assert sorted(comparison.added) == BY_DEFAULT
    comparison.check()


def test_sessions_are_copied_when_asked_for(copying: Copying, full: FullEvent) -> None:
    comparison = compare(copying, full, include=["sessions"])
    assert sorted(comparison.added) == sorted(BY_DEFAULT + SESSIONS)
    comparison.check()


def test_a_copy_of_a_copy_is_as_good(copying: Copying, full: FullEvent) -> None:
    first = copying.copy(full.event, full.owner)
    again = copying.copy({"id": first["id"]}, full.owner)
    assert again["rows"] == first["rows"]


def test_a_second_events_rows_are_not_copied(
    copying: Copying, full: FullEvent, connection: Connection
) -> None:
    factories.make_full_event(connection, 2)
    answer = copying.copy(full.event, full.owner)
    assert answer["rows"]["tickets"] == 3
    assert answer["rows"]["discount_codes_tickets"] == 3


def test_nothing_leads_into_the_original(
    copying: Copying, full: FullEvent, connection: Connection
) -> None:
    before = copying.snapshot()
    copying.copy(full.event, full.owner, {"include": ["sessions"]})
    after = copying.snapshot()
    added = after.added_since(before)
    undeclared = {
        ("sessions_speakers_links", "event_id"): "events",
        ("sessions_speakers_links", "session_id"): "sessions",
        ("sessions_speakers_links", "speaker_id"): "speaker",
    }
    of_the_event = {"events", *full.rows}
    checked = 0
    for table, columns in catalog.columns(connection).items():
        for column in columns:
            target = column.refers_to or undeclared.get((table, column.name))
            if target not in of_the_event:
                continue
            old = {row["id"] for row in before.rows(target)}
            for row in added.get(table, []):
                assert row[column.name] not in old, (table, column.name)
                checked += row[column.name] is not None
    assert checked == 121
    for table, name in TEXT_REFERENCES:
        old_texts = {row[name] for row in before.rows(table)}
        assert not old_texts & {row[name] for row in added[table]}


def test_what_happened_at_the_original_stays_there(copying: Copying, full: FullEvent) -> None:
    before = copying.snapshot()
    copying.copy(full.event, full.owner, {"include": ["sessions"]})
    added = set(copying.snapshot().added_since(before))
    stayed = {table for table, rows in full.rows.items() if rows} - added
    assert sorted(stayed) == [
        "access_codes", "access_codes_tickets", "email_notifications", "event_invoices",
        "export_jobs", "feedback", "orders", "orders_tickets", "role_invites", "speaker_invites",
        "station_store_paxs", "stripe_authorizations", "ticket_holders", "translation_channels",
        "user_check_in", "user_favourite_events", "user_favourite_sessions", "user_system_role",
        "video_recordings", "video_stream_moderators", "video_streams", "virtual_check_in",
    ]  # fmt: skip


def test_secrets_are_new_and_long(copying: Copying, full: FullEvent) -> None:
    new_id = copying.copy(full.event, full.owner)["id"]
    hashes = [row["hash"] for row in copying.rows("speakers_calls", new_id)]
    assert len(set(hashes)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", secret) for secret in hashes)
    assert not set(hashes) & {row["hash"] for row in full.rows["speakers_calls"]}


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_name_of_forms_stays_empty(
    copying: Copying, connection: Connection, value: str | None
) -> None:
    owner = factories.make_user(connection)
    event = factories.make_event(connection, owner)
    factories.make_ticket(connection, event, form_id=value, badge_id=value)
    new_id = copying.copy(event, owner)["id"]
    (ticket,) = copying.rows("tickets", new_id)
    assert (ticket["form_id"], ticket["badge_id"]) == (value, value)


def test_soft_deleted_rows_are_never_copied(
    copying: Copying, full: FullEvent, connection: Connection
) -> None:
    expected = dict.fromkeys(BY_DEFAULT + SESSIONS, 3) | {"events": 1}
    for table, columns in catalog.columns(connection).items():
        names = {column.name for column in columns}
        if table in {"events", "users"} or "id" not in names or table not in expected:
            continue
        if "deleted_at" in names:
            copying.run(f'UPDATE "{table}" SET deleted_at = now() WHERE id = '  # noqa: S608
                        f'(SELECT min(id) FROM "{table}")')  # fmt: skip
            expected[table] = 2
        elif "is_deleted" in names:
            copying.run(f'UPDATE "{table}" SET is_deleted = true WHERE id = '  # noqa: S608
                        f'(SELECT min(id) FROM "{table}")')  # fmt: skip
            expected[table] = 2
    # Rows of one number lead to each other: what led to a deleted row alone is skipped with it.
    for table in ("ticket_tagging", "discount_codes_tickets", "speakers_sessions",
                  "exhibitors_sessions"):  # fmt: skip
        expected[table] = 2
    answer = copying.copy(full.event, full.owner, {"include": ["sessions"]})
    assert answer["rows"] == expected
    stations = copying.rows("station", answer["id"])
    assert [row["microlocation_id"] is None for row in stations] == [True, False, False]
    assert copying.event(answer["id"])["discount_code_id"] is None


def test_a_deleted_event_is_not_there(copying: Copying, full: FullEvent) -> None:
    copying.run("UPDATE events SET deleted_at = now()")
    before = copying.snapshot()
    with pytest.raises(Exception, match="There is no such event") as refused:
        copying.copy(full.event, full.owner)
    assert refused.value.code == "event-not-found"  # type: ignore[attr-defined]
    assert copying.snapshot() == before


def test_a_discount_of_the_platform_is_kept(copying: Copying, connection: Connection) -> None:
    owner = factories.make_user(connection)
    code = factories.insert(connection, "discount_codes", event_id=None, used_for="event")
    event = factories.make_event(connection, owner, discount_code_id=code["id"])
    new_id = copying.copy(event, owner)["id"]
    assert copying.event(new_id)["discount_code_id"] == code["id"]


def test_a_discounts_address_leads_to_the_new_event(
    copying: Copying, connection: Connection
) -> None:
    owner = factories.make_user(connection)
    event = factories.make_event(connection, owner, identifier="934ebe39")
    kept = ["https://x.example.com/e/934ebe390?code=A", "https://x.example.com/e/?934ebe39x", None]
    urls = [
        "https://x.example.com/e/934ebe39?code=934ebe39",
        "https://x.example.com/e/934ebe39/tickets",
        "https://x.example.com/?event=934ebe39&code=A",
        *kept,
    ]
    for number, url in enumerate(urls):
        factories.insert(
            connection, "discount_codes",
            event_id=event["id"], code=f"C{number}", discount_url=url,
        )  # fmt: skip
    answer = copying.copy(event, owner)
    new = answer["identifier"]
    assert [row["discount_url"] for row in copying.rows("discount_codes", answer["id"])] == [
        f"https://x.example.com/e/{new}?code={new}",
        f"https://x.example.com/e/{new}/tickets",
        f"https://x.example.com/?event={new}&code=A",
        *kept,
    ]


def test_an_event_without_an_identifier_changes_no_address(
    copying: Copying, connection: Connection
) -> None:
    owner = factories.make_user(connection)
    event = factories.make_event(connection, owner, identifier="")
    url = "https://x.example.com/e/?code="
    factories.insert(connection, "discount_codes", event_id=event["id"], discount_url=url)
    new_id = copying.copy(event, owner)["id"]
    assert copying.rows("discount_codes", new_id)[0]["discount_url"] == url


def test_the_answer_says_what_was_reset(copying: Copying, connection: Connection) -> None:
    owner = factories.make_user(connection)
    event = factories.make_event(connection, owner)
    factories.insert(connection, "speakers_calls", event_id=event["id"])
    reset = copying.copy(event, owner)["reset"]
    assert "events.identifier" in reset
    assert "events.schedule_published_on" in reset
    assert "speakers_calls.hash" in reset
    assert "microlocations.chat_room_id" not in reset  # there is no row
    assert "events.deleted_at" not in reset


def test_the_new_event_is_made_now(copying: Copying, full: FullEvent) -> None:
    event = copying.event(copying.copy(full.event, full.owner)["id"])
    age = datetime.now(event["created_at"].tzinfo) - event["created_at"]
    assert 0 <= age.total_seconds() < 60
