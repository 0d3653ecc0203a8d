"""The rows of an archive become the rows of a new event, and nothing is lost in silence."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from openevent.importing.source import ArchiveRefused, Place, Remark, RemarkKind, SourceRow
from tests.factories import Row, insert, make_event, make_group, make_user
from tests.factories.source import ENDS_AT, STARTS_AT, archive, source_event, source_row
from tests.integration.importing.conftest import Importing


def test_an_event_is_made_of_the_archive_s_rows(importing: Importing, user: Row) -> None:
    source = archive(
        source_row("tracks", 4, name="Web", color="#ff0000"),
        source_row("microlocations", 4, name="Hall"),
        source_row("speaker", 9, name="Ada", email="ada@example.com"),
        source_row("sessions", 12, title="Engines", track_id=4, microlocation_id=4),
        source_row("speakers_sessions", speaker_id=9, session_id=12),
        source_row("custom_forms", 3, field_identifier="bio", form="speaker", form_id="f"),
        source_row("tickets", 5, name="Day", sales_starts_at=STARTS_AT, sales_ends_at=ENDS_AT,
                   form_id="f", price=1.5),
        source_row("custom_form_options", 8, custom_form_id=3, value="S"),
    )  # fmt: skip
    written = importing.write(source)

    event = importing.event(written)
    assert {name: event[name] for name in (
        "name", "starts_at", "ends_at", "identifier", "state", "privacy", "timezone",
        "is_ticket_form_enabled", "is_featured",
    )} == {
        "name": "Kelantan Summit", "starts_at": STARTS_AT, "ends_at": ENDS_AT,
        "identifier": written.identifier, "state": "draft", "privacy": "public",
        "timezone": "UTC", "is_ticket_form_enabled": True, "is_featured": False,
    }  # fmt: skip
    (track,), (room,) = importing.rows("tracks", written), importing.rows("microlocations", written)
    (session,), (speaker,) = importing.rows("sessions", written), importing.rows("speaker", written)
    assert (session["track_id"], session["microlocation_id"]) == (track["id"], room["id"])
    assert (session["state"], session["is_locked"], track["position"]) == ("pending", False, 0)
    assert importing.query("SELECT * FROM speakers_sessions") == [
        {"speaker_id": speaker["id"], "session_id": session["id"]}
    ]
    (form,), (ticket,) = importing.rows("custom_forms", written), importing.rows("tickets", written)
    assert (form["name"], form["type"]) == ("bio", "text")
    assert form["form_id"] == ticket["form_id"] != "f"
    (option,) = importing.query("SELECT * FROM custom_form_options")
    assert (option["custom_form_id"], option["value"]) == (form["id"], "S")
    (role,) = importing.query(
        "SELECT r.name, g.user_id FROM users_events_roles g JOIN roles r ON r.id = g.role_id "
        "WHERE g.event_id = :id", id=written.event_id
    )  # fmt: skip
    assert role == {"name": "owner", "user_id": user["id"]}
    counts = {file: (rows.read, rows.written, rows.skipped) for file, rows in written.rows.items()}
    assert counts == {
        "event": (1, 1, 0), "tracks": (1, 1, 0), "microlocations": (1, 1, 0),
        "speakers": (1, 1, 0), "sessions": (1, 1, 0), "speakers_sessions": (1, 1, 0),
        "forms": (1, 1, 0), "tickets": (1, 1, 0), "form_options": (1, 1, 0),
    }  # fmt: skip
    assert written.ids is not None
    lines = written.ids.read_text().splitlines()
    assert lines[0] == "table,old,new"
    assert f"sessions,12,{session['id']}" in lines
    assert f"events,7,{written.event_id}" in lines
    assert len(lines) == 9


def test_values_of_all_types_arrive(importing: Importing) -> None:
    slides = [{"name": 'Ä\t"quoted" \\', "link": "https://example.com/a,b"}]
    moment, text = STARTS_AT + timedelta(microseconds=5), "\u2028 \U0001f600"
    source = archive(
        source_row("sessions", 1, title="A\nB\r\n\\N \\. ,\x01\x02'", slides=slides,
                   starts_at=moment, short_abstract=text, is_locked=True),
        source_row("badge_forms", 2, badge_id="b"),
        source_row("badge_field_forms", 3, badge_form_id=2, badge_id="b",
                   font_weight=[{"a": 1}, {"b": [2]}], font_size=12, is_deleted=False),
        event=source_event(latitude=1.25, longitude=-70.5, document_links=[{"a": None}]),
    )  # fmt: skip
    written = importing.write(source)

    (session,) = importing.rows("sessions", written)
    assert session["title"] == "A\nB\r\n\\N \\. ,\x01\x02'"
    assert session["slides"] == slides
    assert (session["starts_at"], session["short_abstract"]) == (moment, text)
    assert session["is_locked"] is True
    (badge,) = importing.query("SELECT * FROM badge_field_forms")
    (form,) = importing.rows("badge_forms", written)
    assert (badge["font_weight"], badge["font_size"]) == ([{"a": 1}, {"b": [2]}], 12)
    assert badge["badge_id"] == form["badge_id"] != "b"
    event = importing.event(written)
    assert (event["latitude"], event["longitude"]) == (1.25, -70.5)
    assert event["document_links"] == [{"a": None}]


def test_nothing_is_taken_that_an_archive_may_not_set(
    importing: Importing, connection: Connection
) -> None:
    admin = make_user(connection, is_admin=True)
    source = archive(
        source_row("speaker", 1, name="Eve", user_id=admin["id"]),
        source_row("sessions", 2, title="T", creator_id=admin["id"], average_rating=4.5),
        source_row("speakers_calls", 3, starts_at=STARTS_AT, ends_at=ENDS_AT, hash="guess"),
        event=source_event(
            identifier="0badcafe", state="published", is_featured=True, is_promoted=True,
            paypal_email="eve@example.com", can_pay_by_paypal=True, completed_order_sales=9,
            chat_room_id="room", deleted_at=None, created_at=STARTS_AT,
        ),
    )  # fmt: skip
    written = importing.write(source)

    event = importing.event(written)
    assert {name: event[name] for name in (
        "state", "is_featured", "is_promoted", "paypal_email", "can_pay_by_paypal",
        "completed_order_sales", "chat_room_id",
    )} == {
        "state": "draft", "is_featured": False, "is_promoted": False, "paypal_email": None,
        "can_pay_by_paypal": False, "completed_order_sales": 0, "chat_room_id": None,
    }  # fmt: skip
    assert event["identifier"] != "0badcafe"
    assert event["created_at"] > STARTS_AT - timedelta(days=365 * 3)
    assert event["created_at"] != STARTS_AT
    assert importing.rows("speaker", written)[0]["user_id"] is None
    session = importing.rows("sessions", written)[0]
    assert (session["creator_id"], session["average_rating"]) == (None, 0)
    secret = importing.rows("speakers_calls", written)[0]["hash"]
    assert (len(secret), secret != "guess") == (64, True)
    assert sorted(importing.remarks.of(RemarkKind.NOT_SET)) == [
        ("not-set", "event", 7, "can_pay_by_paypal", 1),
        ("not-set", "event", 7, "chat_room_id", 1),
        ("not-set", "event", 7, "completed_order_sales", 1),
        ("not-set", "event", 7, "is_featured", 1),
        ("not-set", "event", 7, "is_promoted", 1),
        ("not-set", "event", 7, "paypal_email", 1),
        ("not-set", "event", 7, "state", 1),
        ("not-set", "sessions", 2, "average_rating", 1),
        ("not-set", "sessions", 2, "creator_id", 1),
        ("not-set", "speakers", 1, "user_id", 1),
        ("not-set", "speakers_calls", 3, "hash", 1),
    ]


@pytest.mark.parametrize("manages", [True, False])
def test_a_group_is_kept_if_the_importer_may_use_it(
    importing: Importing, connection: Connection, user: Row, *, manages: bool
) -> None:
    owner = user if manages else make_user(connection)
    group = make_group(connection, owner)
    written = importing.write(archive(event=source_event(group_id=group["id"])))
    assert importing.event(written)["group_id"] == (group["id"] if manages else None)
    not_set = [] if manages else [("not-set", "event", 7, "group_id", 1)]
    assert importing.remarks.of(RemarkKind.NOT_SET) == not_set


def test_kinds_of_events_are_found_by_name_and_else_by_id(
    importing: Importing, connection: Connection
) -> None:
    kind = insert(connection, "event_types", name="Conference")
    topic = insert(connection, "event_topics", name="Science")
    event = source_event(
        names={"event_type_id": " conference", "event_sub_topic_id": "Unheard of"},
        event_type_id=99, event_topic_id=topic["id"],
    )  # fmt: skip
    made = importing.event(importing.write(archive(event=event)))
    assert (made["event_type_id"], made["event_topic_id"], made["event_sub_topic_id"]) == (
        kind["id"], topic["id"], None,
    )  # fmt: skip
    assert importing.remarks.of(RemarkKind.REFERENCE_DROPPED) == [
        ("not-listed", "event", 7, "event_sub_topic_id", 1)
    ]


def test_a_row_that_cannot_be_kept_is_skipped_with_what_belongs_to_it(
    importing: Importing,
) -> None:
    source = archive(
        source_row("tracks", 1, name=None, color="#111111"),
        source_row("tracks", 2, name="Web", color="#111111"),
        source_row("tracks", 3, name="Gone", color="#111111", deleted_at=STARTS_AT),
        source_row("speaker", 1, name="Ada"),
        source_row("sessions", 1, title=None),
        source_row("sessions", 2, title="Kept", track_id=1),
        source_row("sessions", 3, title="\ud800"),
        source_row("sessions", 4, title="Kept too", track_id=2, level=5),
        source_row("speakers_sessions", speaker_id=1, session_id=1),
        source_row("speakers_sessions", speaker_id=1, session_id=2),
        source_row("speakers_sessions", speaker_id=None, session_id=2),
        source_row("speakers_sessions", speaker_id=1, session_id=2),
        source_row("sponsors", 1, name="Big", level=2**40),
    )
    written = importing.write(source)

    sessions = importing.rows("sessions", written)
    (track,) = importing.rows("tracks", written)
    assert [(row["title"], row["track_id"]) for row in sessions] == [
        ("Kept", None), ("Kept too", track["id"]),
    ]  # fmt: skip
    assert len(importing.query("SELECT * FROM speakers_sessions")) == 1
    assert importing.remarks.of(RemarkKind.SKIPPED) == [
        ("value-required", "tracks", 1, "name", 1),
        ("row-deleted", "tracks", 3, None, 1),
        ("value-required", "sessions", 1, "title", 1),
        ("value-invalid", "sessions", 3, None, 1),
        ("parent-missing", "speakers_sessions", None, "session_id", 1),
        ("parent-missing", "speakers_sessions", None, "speaker_id", 1),
        ("row-refused", "speakers_sessions", None, None, 1),
    ]
    assert importing.remarks.of(RemarkKind.REFERENCE_DROPPED) == [
        ("reference-dropped", "sessions", 2, "track_id", 1)
    ]
    assert importing.remarks.of(RemarkKind.REPAIRED) == [
        ("number-too-large", "sponsors", 1, "level", 1),
        # Defaults that say nothing (false, 0) are not worth a line.
        ("value-missing", "event", 7, "timezone", 1),
        ("value-missing", "event", 7, "privacy", 1),
        ("value-missing", "event", 7, "is_ticket_form_enabled", 1),
        ("value-missing", "sessions", 1, "state", 4),
    ]
    rows = written.rows["speakers_sessions"]
    assert (rows.read, rows.written, rows.skipped) == (4, 1, 3)
    assert written.rows["sessions"].skipped == 2


def test_rows_that_a_unique_constraint_forbids_are_skipped(importing: Importing) -> None:
    importing.run("ALTER TABLE speaker ADD CONSTRAINT one_email UNIQUE (event_id, email)")
    importing = importing.in_a_new_process()

    def form(id_: int) -> SourceRow:
        return source_row("custom_forms", id_, field_identifier="bio", form="speaker", form_id="f")

    source = archive(
        form(1),
        form(2),
        source_row("speaker", 1, name="Ada", email="a@example.com"),
        source_row("speaker", 2, name="Twin", email="A@example.com"),
        source_row("sessions", 5, title="Talk"),
        source_row("speakers_sessions", speaker_id=2, session_id=5),
        source_row("custom_form_options", 8, custom_form_id=2, value="S"),
    )
    written = importing.write(source)
    assert [row["name"] for row in importing.rows("speaker", written)] == ["Ada"]
    assert importing.query("SELECT * FROM speakers_sessions") == []
    assert importing.query("SELECT * FROM custom_form_options") == []
    assert sorted(importing.remarks.of(RemarkKind.SKIPPED), key=str) == [
        ("row-refused", "form_options", 8, None, 1),
        ("row-refused", "forms", 2, None, 1),
        ("row-refused", "speakers", 2, None, 1),
        ("row-refused", "speakers_sessions", None, None, 1),
    ]


def test_rows_that_a_check_forbids_are_skipped_and_no_others(importing: Importing) -> None:
    importing.run("ALTER TABLE sessions ADD CHECK (title <> 'bad')")
    importing = importing.in_a_new_process()
    titles = [f"good {number}" for number in range(9)]
    titles[3:3] = ["bad"]
    titles.append("bad")
    rows = [source_row("sessions", number, title=title) for number, title in enumerate(titles)]
    written = importing.write(archive(*rows))
    good = [title for title in titles if title != "bad"]
    assert [row["title"] for row in importing.rows("sessions", written)] == good
    assert importing.remarks.of(RemarkKind.SKIPPED) == [
        ("row-refused", "sessions", 3, None, 1),
        ("row-refused", "sessions", 10, None, 1),
    ]


@pytest.mark.parametrize("column", ["name", "starts_at"])
def test_an_event_that_lacks_what_it_needs_is_refused(importing: Importing, column: str) -> None:
    before = importing.snapshot()
    event = source_event()
    event.values[column] = None
    with pytest.raises(ArchiveRefused) as refused:
        importing.write(archive(event=event))
    assert refused.value.code == "event-incomplete"
    assert column in refused.value.detail
    assert importing.snapshot() == before


def test_a_dry_run_says_everything_and_writes_nothing(importing: Importing) -> None:
    rows = [
        source_row("sessions", 1, title="Talk"),
        source_row("sessions", 2, title=None),
        source_row("speakers_sessions", speaker_id=3, session_id=1),
        source_row("speaker", 3, name="Ada"),
    ]
    before = importing.snapshot()
    dry = importing.write(archive(*rows), dry_run=True)
    remarks = list(importing.remarks.all)
    assert importing.snapshot() == before
    written = importing.write(archive(*rows))
    assert (dry.event_id, dry.identifier, dry.ids) == (None, None, None)
    assert (dry.name, dry.rows, dry.media) == (written.name, written.rows, written.media)
    assert remarks == importing.remarks.all
    assert Remark(
        RemarkKind.SKIPPED, "value-required", Place("sessions", 2, "title"), "It has no title."
    ) in remarks  # fmt: skip


def test_what_refers_to_another_event_s_pages_gets_the_new_identifier(
    importing: Importing,
) -> None:
    code = source_row(
        "discount_codes", 1, code="X", value=5.0, type="percent",
        discount_url="https://example.com/e/0badcafe?code=X",
    )  # fmt: skip
    event = source_event(identifier="0badcafe", discount_code_id=1)
    written = importing.write(archive(code, event=event))
    (made,) = importing.rows("discount_codes", written)
    assert made["discount_url"] == f"https://example.com/e/{written.identifier}?code=X"
    assert importing.event(written)["discount_code_id"] == made["id"]


def test_two_imports_are_two_events(importing: Importing, connection: Connection) -> None:
    make_event(connection)
    rows = [source_row("tracks", 4, name="Web"), source_row("sessions", 1, title="T", track_id=4)]
    first, second = (importing.write(archive(*rows)) for _ in range(2))
    assert first.event_id != second.event_id
    assert first.identifier != second.identifier
    for written in (first, second):
        (track,), (session,) = (importing.rows(name, written) for name in ("tracks", "sessions"))
        assert session["track_id"] == track["id"]
