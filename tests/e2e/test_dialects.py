"""Dialects, privacy and dry runs, through the deployed template."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from local.schema.rows import Row
from local.stack import Stack
from tests import factories
from tests.database import engine
from tests.e2e.exporting import ALL_MEDIA, Download, download, export, finished, record, start
from tests.e2e.web import Page, Web

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)
ORGANIZER = "organizer@paperboats.example"
DEAD = "http://media.invalid/portraits/darya.jpg"
NINE = {
    *("event", "microlocations", "sessions", "speakers", "sponsors", "tracks", "session_types"),
    *("forms", "meta"),
}


@pytest.fixture
def database(stack: Stack) -> Iterator[Connection]:
    with engine(stack.database_url).connect() as connection:
        yield connection


def make_event(stack: Stack, connection: Connection, name: str = "Days") -> Row:
    """An event of the sample's organizer."""
    event = factories.make_event(connection, name=name)
    factories.give_role(connection, {"id": stack.users["organizer"]}, event, "organizer")
    connection.commit()
    return event


def dry_run(stack: Stack, event: object, body: dict[str, object]) -> dict[str, Any]:
    answer = stack.request(
        "POST",
        f"/v1/events/{event}/export/json",
        token=stack.tokens["organizer"],
        body={**body, "dry_run": True},
    )
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture(scope="module")
def webapp(stack: Stack) -> tuple[str, Download]:
    """The sample event for the generators of web apps: its task, and its archive."""
    task_id = start(stack, body={**ALL_MEDIA, "dialect": "webapp"})
    return task_id, download(finished(stack, task_id))


def test_an_archive_for_web_apps_has_what_they_look_for(webapp: tuple[str, Download]) -> None:
    archive = webapp[1]

    names = {name for name in archive.zip.namelist() if "/" not in name}
    assert names == {*NINE, "manifest.json"}
    event = archive.json("event")
    assert event["starts-at"] == event["start_time"] == "2027-04-16T09:00:00+05:45"
    assert event["logo"] == event["logo-url"] == "/images/logo.png"
    speakers = {speaker["id"]: speaker for speaker in archive.json("speakers")}
    given = [
        speakers[speaker["id"]]["name"] == speaker["name"]
        for session in archive.json("sessions")
        for speaker in session["speakers"]
    ]
    assert given == [True] * len(given) != []
    photos = [speaker["photo"] for speaker in speakers.values() if speaker["photo"]]
    assert all(photo.lstrip("/") in archive.zip.namelist() for photo in photos)
    assert re.fullmatch(r"/images/speakers/speaker_\d+\.png", photos[0])


def test_what_was_asked_for_and_changed_is_in_the_task_and_in_the_manifest(
    stack: Stack, webapp: tuple[str, Download]
) -> None:
    task_id, archive = webapp

    manifest = archive.json("manifest.json")
    assert manifest["options"] == {
        **ALL_MEDIA,
        "dialect": "webapp",
        "privacy": "full",
        "for": None,
        "schedules": True,
        "tables": True,
        "excel": False,
        "pages": True,
    }
    assert record(stack, task_id)["options"] == {
        **{flag: {"BOOL": True} for flag in ALL_MEDIA},
        "dialect": {"S": "webapp"},
        "privacy": {"S": "full"},
        "schedules": {"BOOL": True},
        "tables": {"BOOL": True},
        "excel": {"BOOL": False},
        "pages": {"BOOL": True},
    }
    assert finished(stack, task_id)["repaired"] == {
        "count": len(manifest["repaired"]),
        "changes": Counter(one["change"] for one in manifest["repaired"]),
    }
    assert manifest["repaired"]


def test_a_public_archive_holds_nobodys_address(stack: Stack) -> None:
    archive = export(stack, body={"privacy": "public"})

    assert archive.json("roles") == []
    assert {speaker["email"] for speaker in archive.json("speakers")} == {None}
    assert {session["state"] for session in archive.json("sessions")} <= {"accepted", "confirmed"}
    data = b"".join(archive.zip.read(name) for name in archive.zip.namelist())
    assert ORGANIZER.encode() not in data


def test_a_teams_archive_holds_no_bank_details(stack: Stack) -> None:
    archive = export(stack, body={"privacy": "team"})

    assert archive.json("event")["bank_details"] is None
    assert len(archive.json("roles")) == 7
    assert {"file": "event", "field": "bank_details", "reason": "payment"} in (
        archive.json("manifest.json")["withheld"]
    )


def test_two_dialects_are_two_tasks(stack: Stack, database: Connection) -> None:
    event = make_event(stack, database)

    first = start(stack, event["id"])
    second = start(stack, event["id"], body={"dialect": "webapp"})

    assert first != second
    for task_id in (first, second):
        assert finished(stack, task_id)["state"] == "SUCCESS"


def test_an_event_no_reader_takes_fails_with_the_place(stack: Stack, database: Connection) -> None:
    event = make_event(stack, database, name="/")

    task = finished(stack, start(stack, event["id"], body={"dialect": "webapp"}))

    shown = (
        "The archive cannot be made, because programs that read it would fail: in event"
        f" {event['id']}, the field name is empty or has a value that they cannot use."
        " Please correct this and export again."
    )
    task.pop("mail", None)
    assert task == {"state": "FAILED", "result": shown}
    assert dry_run(stack, event["id"], {"dialect": "webapp"})["failure"] == shown


def test_a_dry_run_tells_what_an_export_would_be(stack: Stack) -> None:
    shown = dry_run(stack, stack.event["id"], {**ALL_MEDIA, "dialect": "server"})

    archive = export(stack, body=ALL_MEDIA)
    listed = archive.json("manifest.json")["files"]
    files = [file for file in listed if not file["path"].startswith("tables/")]
    assert shown["failure"] is None
    assert shown["rows"] == {
        "event": 1,
        "meta": 1,
        **{file["path"]: file["rows"] for file in files if "rows" in file},
    }
    media = [file["size"] for file in files if "/" in file["path"]]
    assert shown["media"] == {
        "files": len(media),
        "bytes": sum(media),
        "of_unknown_size": 0,
        "timed_out": 0,
    }
    assert shown["tables"] == [file["path"] for file in listed if file not in files]
    assert [media_file["address"] for media_file in shown["skipped"]["media"]] == [DEAD]


def test_a_dry_run_makes_nothing(stack: Stack, database: Connection) -> None:
    event = make_event(stack, database)

    dry_run(stack, event["identifier"], {})

    exports = stack.request(
        "GET", f"/v1/events/{event['id']}/exports", token=stack.tokens["organizer"]
    )
    assert exports.json()["meta"] == {"count": 0}


def test_a_dry_run_asks_the_web_without_reading(
    stack: Stack, web: Web, database: Connection
) -> None:
    event = make_event(stack, database)
    for path, page in {
        "/dry/there.png": Page(PICTURE),
        "/dry/broken.png": Page(b"", 500),
    }.items():
        factories.make_speaker(database, event, photo_url=web.put(path, page))
    factories.make_speaker(database, event, photo_url=f"http://{web.host}/dry/gone.png")
    factories.make_speaker(database, event, photo_url="http://169.254.169.254/latest/meta-data")
    database.commit()

    shown = dry_run(stack, event["id"], {"image": True})

    assert shown["media"] == {
        "files": 1,
        "bytes": len(PICTURE),
        "of_unknown_size": 0,
        "timed_out": 0,
    }
    assert [
        (media_file["reason"], media_file["detail"]) for media_file in shown["skipped"]["media"]
    ] == [
        ("http-status", "the server refused (500)"),
        ("http-status", "the server refused (404)"),
        ("address-not-public", "the address is not a public one"),
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"dialect": "klingon"}, "/dialect"),
        ({"dialect": None}, "/dialect"),
        ({"privacy": "secret"}, "/privacy"),
        ({"privacy": True}, "/privacy"),
        ({"dry_run": "yes"}, "/dry_run"),
        ({"dry_run": True, "photos": True}, "/photos"),
    ],
)
def test_an_unknown_option_is_refused(stack: Stack, body: dict[str, object], pointer: str) -> None:
    answer = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/export/json",
        token=stack.tokens["organizer"],
        body=body,
    )

    assert answer.status == 422
    assert [error["source"] for error in answer.json()["errors"]] == [{"pointer": pointer}]


def test_a_dry_run_needs_the_right_to_export(stack: Stack) -> None:
    answer = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/export/json",
        token=stack.tokens["moderator"],
        body={"dry_run": True},
    )

    assert answer.status == 403
