"""The factories make what they say, also in databases unlike the one they were written for."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, text

from tests import catalog
from tests.factories import (
    delete_softly,
    give_role,
    insert,
    join_group,
    make_event,
    make_full_event,
    make_group,
    make_microlocation,
    make_role_invite,
    make_session,
    make_session_type,
    make_speaker,
    make_sponsor,
    make_ticket,
    make_track,
    make_user,
)
from tests.factories.full_event import tables_of_an_event
from tests.factories.rows import insert_filled

WITHOUT_FOREIGN_KEYS = {"sessions_speakers_links"}


def test_every_table_takes_a_filled_row(connection: Connection) -> None:
    for table, columns in catalog.columns(connection).items():
        parents = {
            column.name: insert(connection, column.refers_to)["id"]
            for column in columns
            if column.refers_to
        }
        (row,) = insert_filled(connection, table, columns, [parents])
        assert {name for name, value in row.items() if value is None} <= {"deleted_at"}


def test_a_required_reference_brings_its_row(connection: Connection) -> None:
    exhibitor = insert(connection, "exhibitors", name="Kiosk")
    assert exhibitor["event_id"] == connection.scalar(text("SELECT id FROM events"))


def test_values_are_kept_unchanged(connection: Connection) -> None:
    room = make_microlocation(connection, make_event(connection), name="Große Ärzte — 大ホール 🎪")
    assert room["name"] == "Große Ärzte — 大ホール 🎪"


def test_a_misspelt_column_is_refused(connection: Connection) -> None:
    with pytest.raises(LookupError, match="tilte"):
        make_session(connection, make_event(connection), tilte="Hello")


def test_a_column_this_database_lacks_is_skipped(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE sessions DROP COLUMN subtitle"))
    session = make_session(connection, make_event(connection), subtitle="gone")
    assert "subtitle" not in session


def test_an_unknown_column_is_filled(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE sessions ADD COLUMN mood varchar(4) NOT NULL"))
    assert len(make_session(connection, make_event(connection))["mood"]) == 4


def test_people_and_their_roles(connection: Connection) -> None:
    ada, bo = make_user(connection, "ada@example.com"), make_user(connection)
    event = make_event(connection, ada)
    group = make_group(connection, bo)
    give_role(connection, bo, event, "moderator")
    join_group(connection, ada, group, "organizer", accepted=False)
    invite = make_role_invite(connection, event, "cy@example.com", "registrar")
    given = connection.execute(
        text("""
            SELECT u._email, r.name FROM users_events_roles e
            JOIN users u ON u.id = e.user_id JOIN roles r ON r.id = e.role_id ORDER BY e.id
        """)
    ).all()
    assert [tuple(row) for row in given] == [
        ("ada@example.com", "owner"),
        (bo["_email"], "moderator"),
    ]
    assert not bo["is_blocked"]
    assert (invite["status"], invite["role_name"]) == ("pending", "registrar")
    assert connection.scalar(text("SELECT count(*) FROM roles")) == 7


def test_parts_of_an_event(connection: Connection) -> None:
    event = make_event(connection)
    speaker = make_speaker(connection, event)
    session = make_session(connection, event, speaker)
    parts = [
        make(connection, event)
        for make in (make_session_type, make_sponsor, make_ticket, make_track)
    ]
    assert {part["event_id"] for part in [speaker, session, *parts]} == {event["id"]}
    assert connection.scalar(text("SELECT session_id FROM speakers_sessions")) == session["id"]
    delete_softly(connection, "sessions", session)
    deleted = connection.scalar(text("SELECT deleted_at FROM sessions"))
    assert isinstance(deleted, datetime)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_full_event_has_rows_everywhere(connection: Connection, rows: int) -> None:
    full = make_full_event(connection, rows)
    expected = tables_of_an_event(catalog.columns(connection)) | WITHOUT_FOREIGN_KEYS
    assert {table: len(made) for table, made in full.rows.items()} == dict.fromkeys(expected, rows)
    assert full.owner["id"] == full.rows["users_events_roles"][0]["user_id"]


def test_a_full_event_leaves_nothing_empty(connection: Connection) -> None:
    full = make_full_event(connection)
    empty = {
        (table, name)
        for table, (row,) in {"events": [full.event], **full.rows}.items()
        for name, value in row.items()
        if value is None and name != "deleted_at"
    }
    assert empty == set()


def test_a_full_event_hangs_together(connection: Connection) -> None:
    rows = make_full_event(connection, 3).rows
    for table in ("custom_forms", "custom_form_translates"):
        assert {row["form_id"] for row in rows[table]} == {t["form_id"] for t in rows["tickets"]}
    for table in ("badge_forms", "badge_field_forms"):
        assert {row["badge_id"] for row in rows[table]} == {t["badge_id"] for t in rows["tickets"]}
    assert [row["ticket_holder_id"] for row in rows["virtual_check_in"]] == [
        [holder["id"]] for holder in rows["ticket_holders"]
    ]


def test_a_full_event_fills_unknown_tables(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE snacks (name varchar, event_id int REFERENCES events)"))
    connection.execute(text("DROP TABLE station_store_paxs"))
    connection.execute(text("ALTER TABLE events DROP COLUMN discount_code_id"))
    full = make_full_event(connection, 2, {"snacks": {"name": "Samosa"}, "events": {"name": "X"}})
    assert [row["name"] for row in full.rows["snacks"]] == ["Samosa", "Samosa"]
    assert "station_store_paxs" not in full.rows
    assert full.event["name"] == "X"


def test_two_full_events_fit_in_one_database(connection: Connection) -> None:
    first, second = make_full_event(connection, 2), make_full_event(connection, 2)
    assert first.event["id"] != second.event["id"]
