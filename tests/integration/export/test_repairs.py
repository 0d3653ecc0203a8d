"""Data that breaks a reader is repaired and reported, or refused with its place."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, text

from local.schema.rows import Row
from openevent.catalogue.files import Dialect
from openevent.export.options import Options
from openevent.export.repairs import Unfit
from tests import factories
from tests.exports import Exported, Shelf, database_at, export

SERVER, WEBAPP = Options(), Options(dialect=Dialect.WEBAPP)


@pytest.fixture
def event(connection: Connection) -> Row:
    return factories.make_event(
        connection, name="Days", timezone="Europe/Lisbon", logo_url="/logo.png"
    )


def exported(connection: Connection, url: str, event: Row, options: Options) -> Exported:
    connection.commit()
    return export(database_at(url), int(event["id"]), options, Shelf())


def repaired(archive: Exported) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = archive.document("manifest.json")["repaired"]
    assert sum(archive.result.repaired.values()) == len(changes)
    return changes


def change(name: str, file: str, row: Row, field: str) -> dict[str, Any]:
    return {"change": name, "file": file, "id": row["id"], "field": field}


def set_time(connection: Connection, table: str, column: str, moment: str, row: Row) -> None:
    connection.execute(
        text(f"UPDATE {table} SET {column} = '{moment}' WHERE id = :id"),  # noqa: S608
        {"id": row["id"]},
    )


def scheduled(connection: Connection, event: Row, *speakers: Row, **more: object) -> Row:
    times = {"starts_at": "2031-03-30T09:00:00Z", "ends_at": "2031-03-30T09:30:00Z"}
    return factories.make_session(connection, event, *speakers, **{**times, **more})


def test_references_to_rows_that_are_gone_are_null(
    connection: Connection, database_url: str, event: Row
) -> None:
    track = factories.make_track(connection, event)
    room = factories.make_microlocation(connection, event)
    elsewhere = factories.make_session_type(connection, factories.make_event(connection))
    session = factories.make_session(
        connection,
        event,
        track_id=track["id"],
        microlocation_id=room["id"],
        session_type_id=elsewhere["id"],
    )
    intact = factories.make_session(connection, event, microlocation_id=room["id"])
    factories.delete_softly(connection, "tracks", track)

    archive = exported(connection, database_url, event, SERVER)

    ids = ("track_id", "microlocation_id", "session_type_id")
    assert [[row[key] for key in ids] for row in archive.document("sessions")] == [
        [None, room["id"], None],
        [None, intact["microlocation_id"], None],
    ]
    assert repaired(archive) == [
        change("reference-dropped", "sessions", session, "track_id"),
        change("reference-dropped", "sessions", session, "session_type_id"),
    ]


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0044-03-15 BC", "12000-01-01"])
def test_moments_no_calendar_writes_are_null(
    connection: Connection, database_url: str, event: Row, moment: str
) -> None:
    session = scheduled(connection, event)
    set_time(connection, "sessions", "starts_at", moment, session)

    archive = exported(connection, database_url, event, SERVER)

    assert [row["starts_at"] for row in archive.document("sessions")] == [None]
    assert repaired(archive) == [change("date-dropped", "sessions", session, "starts_at")]


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0044-03-15 BC", "12000-01-01"])
def test_sessions_at_such_a_moment_are_not_for_web_apps(
    connection: Connection, database_url: str, event: Row, moment: str
) -> None:
    session = scheduled(connection, event)
    set_time(connection, "sessions", "starts_at", moment, session)

    archive = exported(connection, database_url, event, WEBAPP)

    assert archive.document("sessions") == []
    assert repaired(archive) == [change("session-dropped", "sessions", session, "starts_at")]


@pytest.mark.parametrize("options", [SERVER, WEBAPP])
def test_an_event_at_such_a_moment_is_refused(
    connection: Connection, database_url: str, event: Row, options: Options
) -> None:
    set_time(connection, "events", "ends_at", "infinity", event)

    with pytest.raises(Unfit) as refused:
        exported(connection, database_url, event, options)

    key = "ends_at" if options is SERVER else "end_time"
    assert (refused.value.file, refused.value.id, refused.value.field) == (
        "event",
        event["id"],
        key,
    )


def test_an_event_without_a_name_is_refused(connection: Connection, database_url: str) -> None:
    event = factories.make_event(connection, name=" / ")

    with pytest.raises(Unfit) as refused:
        exported(connection, database_url, event, WEBAPP)

    assert refused.value.text == (
        "The archive cannot be made, because programs that read it would fail: in event"
        f" {event['id']}, the field name is empty or has a value that they cannot use."
        " Please correct this and export again."
    )


def test_web_apps_get_what_they_cannot_do_without(
    connection: Connection, database_url: str
) -> None:
    event = factories.make_event(
        connection, name="Tools/Days", timezone="Mars/Base", logo_url="/logo.png"
    )
    gone, nameless = (
        factories.make_speaker(connection, event, name=name, order=0) for name in ("Ada", " ")
    )
    factories.delete_softly(connection, "speaker", gone)
    track = factories.make_track(connection, event, color="no colour")
    room = factories.make_microlocation(connection, event)
    factories.delete_softly(connection, "microlocations", room)
    session = scheduled(
        connection,
        event,
        gone,
        nameless,
        microlocation_id=room["id"],
        title="A </scr</script>ipt> tag",
    )

    archive = exported(connection, database_url, event, WEBAPP)

    document = archive.document("event")
    assert (document["name"], document["timezone"]) == ("Tools-Days", "UTC")
    (made,) = archive.document("sessions")
    title = "A \u2039/scr\u2039/script\u203aipt> tag"
    assert made["title"] == title
    assert made["starts-at"] == "2031-03-30T09:00:00+00:00"
    assert made["track"] == {"id": 0, "name": "General"}
    assert made["microlocation"] == {"id": 0, "name": "Room to be announced"}
    assert archive.document("microlocations") == [
        {"id": 0, "name": "Room to be announced", "floor": None}
    ]
    assert made["speakers"] == [{"id": nameless["id"], "name": f"Speaker {nameless['id']}"}]
    assert archive.document("tracks") == [
        {
            "id": track["id"],
            "name": track["name"],
            "color": "#777777",
            "font_color": "#ffffff",
            "font-color": "#ffffff",
            "sessions": [],
        },
        {
            "id": 0,
            "name": "General",
            "color": "#777777",
            "font_color": "#ffffff",
            "font-color": "#ffffff",
            "sessions": [{"id": session["id"], "title": title}],
        },
    ]
    assert sorted(map(json.dumps, repaired(archive))) == sorted(
        json.dumps(one)
        for one in (
            change("markup-stripped", "sessions", session, "title"),
            change("reference-dropped", "sessions", session, "speakers"),
            change("name-replaced", "speakers", nameless, "name"),
            change("timezone-replaced", "event", event, "timezone"),
            change("name-replaced", "event", event, "name"),
            change("track-replaced", "sessions", session, "track_id"),
            change("room-replaced", "sessions", session, "microlocation_id"),
            change("color-replaced", "tracks", track, "color"),
        )
    )
