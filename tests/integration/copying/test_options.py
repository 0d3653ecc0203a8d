"""Options of a copy, its owner, and its group."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from openevent.errors import Conflict, Invalid
from tests import factories
from tests.factories import Row
from tests.integration.copying.conftest import Copying

BERLIN = "Europe/Berlin"


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


def team(copying: Copying, event_id: int) -> list[tuple[int, str]]:
    """(user, role) of everybody in an event's team."""
    names = {row["id"]: row["name"] for row in copying.snapshot().rows("roles")}
    rows = copying.rows("users_events_roles", event_id)
    return [(row["user_id"], names[row["role_id"]]) for row in rows]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_name_of_its_own(copying: Copying, connection: Connection, owner: Row) -> None:
    event = factories.make_event(connection, owner, name="FOSSASIA 2026")
    assert copying.event(copying.copy(event, owner)["id"])["name"] == "Copy of FOSSASIA 2026"
    kept = copying.copy(event, owner, {"name": None, "keep_name": True})
    assert copying.event(kept["id"])["name"] == "FOSSASIA 2026"
    named = copying.copy(event, owner, {"name": "FOSSASIA 2027: Ünïcode 🎉"})
    assert copying.event(named["id"])["name"] == "FOSSASIA 2027: Ünïcode 🎉"


def test_issue_11_a_name_fits_its_column(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(connection, owner, name="FOSSASIA 2026")
    copying.run("ALTER TABLE events ALTER name TYPE varchar(16)")
    copy = copying.in_a_new_process().copy(event, owner)
    assert copying.event(copy["id"])["name"] == "Copy of FOSSASIA"


# The team


def test_the_team_comes_along(copying: Copying, connection: Connection, owner: Row) -> None:
    event = factories.make_event(connection, owner)
    bob = factories.make_user(connection)
    factories.give_role(connection, bob, event, "coorganizer")
    factories.give_role(connection, bob, event, "moderator")
    answer = copying.copy(event, bob)
    assert team(copying, answer["id"]) == [
        (owner["id"], "owner"), (bob["id"], "coorganizer"), (bob["id"], "moderator"),
    ]  # fmt: skip
    assert answer["rows"]["users_events_roles"] == 3


@pytest.mark.parametrize("former", ["none", "deleted"])
def test_an_event_without_an_owner_gets_the_caller(
    copying: Copying, connection: Connection, owner: Row, former: str
) -> None:
    event = factories.make_event(connection, owner if former == "deleted" else None)
    if former == "deleted":
        factories.delete_softly(connection, "users", owner)
    bob = factories.make_user(connection)
    factories.give_role(connection, bob, event, "organizer")
    dry = copying.copy(event, bob, {"dry_run": True})
    answer = copying.copy(event, bob)
    old_team = [(owner["id"], "owner")] if former == "deleted" else []
    assert team(copying, answer["id"]) == [
        *old_team, (bob["id"], "organizer"), (bob["id"], "owner"),
    ]  # fmt: skip
    assert answer["rows"]["users_events_roles"] == len(old_team) + 2
    assert dry["rows"] == answer["rows"]


def test_a_copy_without_the_team_belongs_to_the_caller(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(connection, owner)
    admin = factories.make_user(connection, is_admin=True)
    answer = copying.copy(event, admin, {"exclude": ["users_events_roles"]})
    assert team(copying, answer["id"]) == [(admin["id"], "owner")]
    assert answer["rows"]["users_events_roles"] == 1


# The group


@pytest.mark.parametrize(
    ("who", "kept"),
    [
        ("the group's user", True),
        ("owner", True),
        ("organizer", True),
        ("coorganizer", False),
        ("not accepted", False),
        ("elsewhere", False),
        ("a stranger", False),
        ("admin", True),
    ],
)
def test_a_group_is_kept_by_those_who_manage_it(
    copying: Copying, connection: Connection, owner: Row, who: str, *, kept: bool
) -> None:
    group = factories.make_group(connection, owner)
    event = factories.make_event(connection, owner, group_id=group["id"])
    bob = factories.make_user(connection, is_admin=who == "admin")
    match who:
        case "owner" | "organizer" | "coorganizer":
            factories.join_group(connection, bob, group, who)
        case "not accepted":
            factories.join_group(connection, bob, group, "owner", accepted=False)
        case "elsewhere":
            other = factories.make_group(connection, owner)
            factories.join_group(connection, bob, other, "owner")
    answer = copying.copy(event, owner if who == "the group's user" else bob)
    assert copying.event(answer["id"])["group_id"] == (group["id"] if kept else None)
    assert ("events.group_id" in answer["reset"]) is not kept


def test_a_deleted_group_is_not_kept(copying: Copying, connection: Connection, owner: Row) -> None:
    group = factories.make_group(connection, owner)
    event = factories.make_event(connection, owner, group_id=group["id"])
    factories.delete_softly(connection, "groups", group)
    assert copying.event(copying.copy(event, owner)["id"])["group_id"] is None


# What is excluded


def test_what_leads_to_what_is_skipped_is_null(copying: Copying, connection: Connection) -> None:
    full = factories.make_full_event(connection, 1)
    body = {
        "include": ["sessions"],
        "exclude": ["tracks", "microlocations", "session_types", "faq_types", "custom_forms",
                    "badge_forms", "discount_codes"],
    }  # fmt: skip
    new_id = copying.copy(full.event, full.owner, body)["id"]
    (session,) = copying.rows("sessions", new_id)
    assert [session[f"{name}_id"] for name in ("track", "microlocation", "session_type")] == [
        None, None, None,
    ]  # fmt: skip
    assert copying.rows("faq", new_id)[0]["faq_type_id"] is None
    assert copying.rows("station", new_id)[0]["microlocation_id"] is None
    (ticket,) = copying.rows("tickets", new_id)
    assert (ticket["form_id"], ticket["badge_id"]) == (None, None)
    assert copying.event(new_id)["discount_code_id"] is None


# A dry run


def test_a_dry_run_says_all_and_changes_nothing(copying: Copying, connection: Connection) -> None:
    full = factories.make_full_event(connection, 2)
    gone = "https://media.example.com/events/1/gone.png"
    there = copying.media.put("events/1/there.png")
    copying.run("UPDATE sponsors SET logo_url = :gone", gone=gone)
    copying.run("UPDATE events SET logo_url = :there", there=there)
    body = {"include": ["sessions"], "starts_at": "2028-05-01T09:00:00+02:00", "name": "Next"}
    sequences = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"

    def everything() -> object:
        values = [tuple(row) for row in connection.exec_driver_sql(sequences)]
        return copying.snapshot(), values, copying.media.keys()

    before = everything()
    dry = copying.copy(full.event, full.owner, {**body, "dry_run": True})
    assert everything() == before
    answer = copying.copy(full.event, full.owner, body)
    assert (dry["id"], dry["identifier"], dry["copied"]) == (None, None, False)
    assert dry == {**answer, "id": None, "identifier": None, "copied": False}
    kept = dry["media"].pop("kept")
    assert kept
    assert all(address.startswith("https://www.example.com/") for address in kept)
    assert dry["media"] == {"copied": 1, "gone": [gone], "foreign": []}


# Dates


def test_dates_stay_when_no_start_is_given(copying: Copying, connection: Connection) -> None:
    full = factories.make_full_event(connection, 1)
    answer = copying.copy(full.event, full.owner)
    assert answer["dates"] == []
    assert copying.event(answer["id"])["starts_at"] == full.event["starts_at"]


def test_all_dates_move_by_the_wall_clock(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(
        connection, owner, timezone=BERLIN,
        starts_at=utc(2027, 3, 26, 8), ends_at=utc(2027, 3, 28, 16),
    )  # fmt: skip
    for name in ("Early", "Late"):
        factories.make_ticket(
            connection, event, name=name,
            sales_starts_at=utc(2027, 1, 1, 11), sales_ends_at=utc(2027, 3, 27, 22, 59, 59),
        )  # fmt: skip
    factories.insert(
        connection, "discount_codes", event_id=event["id"], code="A",
        valid_from=utc(2026, 10, 25, 0, 30), valid_till=None,
    )  # fmt: skip
    factories.insert(
        connection, "speakers_calls", event_id=event["id"],
        starts_at=utc(2026, 7, 1, 10), soft_ends_at=None, ends_at=utc(2026, 9, 1, 21, 59),
    )  # fmt: skip
    factories.make_session(connection, event, starts_at=utc(2027, 3, 28, 8), ends_at=None)
    # From the 26th of March to the 18th of June, both at nine: 84 days.
    body = {"starts_at": "2027-06-18T09:00:00+02:00", "include": ["sessions"]}
    answer = copying.copy(event, owner, body)
    assert answer["dates"] == [
        {"table": table, "column": column, "rows": rows, "before": before, "after": after}
        for table, column, rows, before, after in [
            ("events", "starts_at", 1, "2027-03-26T09:00:00+01:00", "2027-06-18T09:00:00+02:00"),
            ("events", "ends_at", 1, "2027-03-28T18:00:00+02:00", "2027-06-20T18:00:00+02:00"),
            ("speakers_calls", "starts_at", 1,
             "2026-07-01T12:00:00+02:00", "2026-09-23T12:00:00+02:00"),
            ("speakers_calls", "ends_at", 1,
             "2026-09-01T23:59:00+02:00", "2026-11-24T23:59:00+01:00"),
            ("discount_codes", "valid_from", 1,
             "2026-10-25T02:30:00+02:00", "2027-01-17T02:30:00+01:00"),
            ("sessions", "starts_at", 1, "2027-03-28T10:00:00+02:00", "2027-06-20T10:00:00+02:00"),
            ("tickets", "sales_starts_at", 2,
             "2027-01-01T12:00:00+01:00", "2027-03-26T12:00:00+01:00"),
            ("tickets", "sales_ends_at", 2,
             "2027-03-27T23:59:59+01:00", "2027-06-19T23:59:59+02:00"),
        ]
    ]  # fmt: skip
    copied = copying.event(answer["id"])
    assert (copied["starts_at"], copied["ends_at"]) == (utc(2027, 6, 18, 7), utc(2027, 6, 20, 16))
    assert [
        (row["sales_starts_at"], row["sales_ends_at"])
        for row in copying.rows("tickets", answer["id"])
    ] == [(utc(2027, 3, 26, 11), utc(2027, 6, 19, 21, 59, 59))] * 2
    (code,) = copying.rows("discount_codes", answer["id"])
    assert (code["valid_from"], code["valid_till"]) == (utc(2027, 1, 17, 1, 30), None)
    (session,) = copying.rows("sessions", answer["id"])
    assert (session["starts_at"], session["ends_at"]) == (utc(2027, 6, 20, 8), None)


def test_both_hours_of_an_autumn_night_stay_apart(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(
        connection, owner, timezone=BERLIN,
        starts_at=utc(2026, 10, 25, 0, 30), ends_at=utc(2026, 10, 25, 1, 30),
    )  # fmt: skip
    answer = copying.copy(event, owner, {"starts_at": "2027-10-31T02:30:00+02:00"})
    copied = copying.event(answer["id"])
    assert (copied["starts_at"], copied["ends_at"]) == (
        utc(2027, 10, 31, 0, 30), utc(2027, 10, 31, 1, 30),
    )  # fmt: skip


def test_dates_that_python_does_not_know_stay(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(connection, owner, timezone=BERLIN)
    for date in ("infinity", "-infinity", "20000-01-01T00:00:00Z"):
        factories.make_ticket(connection, event, name=date, sales_ends_at=date)
    answer = copying.copy(event, owner, {"starts_at": "2030-01-01T00:00:00Z"})
    assert [row["sales_ends_at"] for row in copying.rows("tickets", answer["id"])] == [
        row["sales_ends_at"] for row in copying.rows("tickets", event["id"])
    ]
    assert {date["column"] for date in answer["dates"] if date["table"] == "tickets"} == {
        "sales_starts_at"
    }


def test_dates_move_in_a_zone_whose_name_has_spaces(
    copying: Copying, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(
        connection, owner, starts_at=utc(2027, 3, 1, 17), ends_at=utc(2027, 3, 1, 20),
        timezone="US / Pacific",
    )  # fmt: skip
    answer = copying.copy(event, owner, {"starts_at": "2027-07-01T16:00:00Z"})
    assert [(date["before"], date["after"]) for date in answer["dates"]] == [
        ("2027-03-01T09:00:00-08:00", "2027-07-01T09:00:00-07:00"),
        ("2027-03-01T12:00:00-08:00", "2027-07-01T12:00:00-07:00"),
    ]


@pytest.mark.parametrize(
    "column",
    ["timezone = 'Middle/Earth'", "timezone = '../../etc/passwd'", "starts_at = 'infinity'"],
)
def test_dates_without_a_known_zone_or_start_are_not_moved(
    copying: Copying, connection: Connection, owner: Row, column: str
) -> None:
    event = factories.make_event(connection, owner)
    copying.run(f"UPDATE events SET {column}")  # noqa: S608
    before = copying.snapshot()
    with pytest.raises(Conflict) as refused:
        copying.copy(event, owner, {"starts_at": "2030-01-01T00:00:00Z"})
    assert refused.value.code == "dates-not-movable"
    assert copying.snapshot() == before
    assert copying.copy(event, owner)["copied"] is True


@pytest.mark.parametrize(
    "start",
    ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00", "2100-12-31T00:00:00Z"],
)
def test_dates_out_of_range_are_refused(
    copying: Copying, connection: Connection, owner: Row, start: str
) -> None:
    event = factories.make_event(
        connection, owner, starts_at=utc(2027, 1, 1), ends_at=utc(2027, 2, 1), timezone="UTC"
    )
    factories.make_ticket(connection, event, sales_starts_at=utc(2026, 1, 1))
    # With a start in 2100, this one would lie after the year 9999.
    factories.make_ticket(connection, event, sales_ends_at=utc(9990, 1, 1))
    before = copying.snapshot()
    with pytest.raises(Invalid) as refused:
        copying.copy(event, owner, {"starts_at": start})
    assert [(p.code, p.pointer) for p in refused.value.problems] == [
        ("date-out-of-range", "/starts_at")
    ]
    assert copying.snapshot() == before
