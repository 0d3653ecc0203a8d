"""Files of an event's programme: started by a GET, made by the worker, handed out by the task."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.catalogue.privacy import Privacy
from openevent.export.give_up import EVENT_GONE
from openevent.programme.read import read_programme
from openevent.rights.events import find_event
from tests.counting import statements
from tests.exports import database_at
from tests.factories import (
    delete_softly,
    give_role,
    insert,
    make_event,
    make_session,
    make_speaker,
    make_track,
    make_user,
)
from tests.functions import EXPORTS, Cloud, client_error
from tests.programmes import SITE
from tests.schedule_readers import check_ics, check_xcs, check_xml, read_ics, read_xcs, read_xml

Row = dict[str, Any]

FORMATS = {
    "ical": ("ics", "text/calendar; charset=utf-8", check_ics, read_ics),
    "xcal": ("xcs", "application/calendar+xml; charset=utf-8", check_xcs, read_xcs),
    "pentabarf": ("xml", "application/xml; charset=utf-8", check_xml, read_xml),
}
NINE, TEN = (datetime(2027, 3, 27, hour, tzinfo=UTC) for hour in (9, 10))


@pytest.fixture
def owner(connection: Connection) -> Row:
    user = make_user(connection, "owner@example.com")
    connection.commit()
    return user


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    made = make_event(
        connection, owner, name="PyCon", identifier="934ebe39", timezone="Europe/Berlin"
    )
    for title, state in (("Accepted", "accepted"), ("Confirmed", "confirmed"), ("Draft", "draft")):
        make_session(connection, made, title=title, state=state, starts_at=NINE, ends_at=TEN)
    connection.commit()
    return made


def start(cloud: Cloud, user: Row | None, event: object, name: str) -> str:
    answer = cloud.call("GET", f"/v1/events/{event}/export/{name}", user=user)
    assert (answer.status, list(answer.json)) == (200, ["task_url", "page_url"]), answer.text
    return str(answer.json["task_url"]).removeprefix("/v1/tasks/")


@pytest.mark.parametrize("name", FORMATS)
def test_the_task_leads_to_the_file(cloud: Cloud, owner: Row, event: Row, name: str) -> None:
    extension, content_type, check, read = FORMATS[name]
    task_id = start(cloud, owner, event["identifier"], name)
    assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json["state"] == "WAITING"
    assert cloud.work(task_id)

    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert (task["state"], task["files"]) == ("SUCCESS", 1)
    address = urlsplit(task["result"]["download_url"])
    key = f"exports/{event['id']}/zip/{task_id}/event{event['id']}.{extension}"
    assert address.path.endswith(key)
    # A browser saves it, without a token.
    assert parse_qs(address.query)["response-content-disposition"] == [
        f'attachment; filename="event{event["id"]}.{extension}"'
    ]
    stored = clients.s3().get_object(Bucket=EXPORTS, Key=key)
    assert stored["ContentType"] == content_type
    body = stored["Body"].read().decode()
    check(body)
    assert sorted(one.title for one in read(body).values()) == ["Accepted", "Confirmed"]
    assert len(body.encode()) == task["size"]


def test_no_mail_announces_it_and_nothing_is_left_to_do(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    task_id = start(cloud, owner, event["id"], "ical")
    assert cloud.work(task_id)
    assert cloud.work(task_id)
    cloud.sweep()
    assert cloud.mails() == []
    assert cloud.job(task_id).pending is None


def test_equal_calls_share_a_task_and_others_have_their_own(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    first = start(cloud, owner, event["id"], "ical")
    assert start(cloud, owner, event["identifier"], "ical") == first
    others = {start(cloud, owner, event["id"], "xcal"), cloud.start(owner, event["id"])}
    assert len(others | {first}) == 3


@pytest.mark.parametrize("role", ["moderator", "registrar", None])
def test_others_may_not(cloud: Cloud, connection: Connection, event: Row, role: str | None) -> None:
    user = make_user(connection)
    if role is not None:
        give_role(connection, user, event, role)
    connection.commit()
    for name in FORMATS:
        path = f"/v1/events/{event['id']}/export/{name}"
        assert cloud.call("GET", path, user=user).status == 403
        assert cloud.call("GET", path).status == 401
        assert cloud.call("POST", path, user=user).status == 405
        assert cloud.call("GET", f"/v1/events/nothing/export/{name}", user=user).status == 404


def test_the_file_has_what_anyone_may_see(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    speaker = make_speaker(connection, event, name="Ada", email="ada@example.com")
    make_session(
        connection,
        event,
        speaker,
        title="A talk",
        state="accepted",
        starts_at=NINE,
        ends_at=TEN,
        comments="Not for anyone",
        slides=[{"name": "Deck", "link": "https://example.org/deck.pdf"}],
    )
    connection.commit()
    for name, (extension, *_) in FORMATS.items():
        task_id = start(cloud, owner, event["id"], name)
        assert cloud.work(task_id)
        key = f"exports/{event['id']}/zip/{task_id}/event{event['id']}.{extension}"
        body = clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read().decode()
        assert "Ada" in body
        assert "https://example.org/deck.pdf" in body
        assert "ada@example.com" not in body
        assert "Not for anyone" not in body


def test_deleted_rows_are_not_in_it(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    room, track = (
        insert(connection, table, event_id=event["id"], name=f"Deleted {table}")
        for table in ("microlocations", "tracks")
    )
    speaker = make_speaker(connection, event, name="Deleted speaker")
    make_session(
        connection,
        event,
        speaker,
        title="Kept",
        state="accepted",
        starts_at=NINE,
        ends_at=TEN,
        microlocation_id=room["id"],
        track_id=track["id"],
    )
    gone = make_session(
        connection, event, title="Deleted talk", state="accepted", starts_at=NINE, ends_at=TEN
    )
    for table, row in (
        ("microlocations", room),
        ("tracks", track),
        ("speaker", speaker),
        ("sessions", gone),
    ):
        delete_softly(connection, table, row)
    connection.commit()
    task_id = start(cloud, owner, event["id"], "pentabarf")
    assert cloud.work(task_id)
    key = f"exports/{event['id']}/zip/{task_id}/event{event['id']}.xml"
    body = clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read().decode()
    check_xml(body)
    assert "Kept" in body
    assert "Room to be announced" in body
    assert "Deleted" not in body


def test_an_event_that_is_deleted_meanwhile_fails_the_task(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    task_id = start(cloud, owner, event["id"], "ical")
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.work(task_id)
    job = cloud.job(task_id)
    assert (job.state, job.failure, job.pending) == ("FAILED", EVENT_GONE, None)
    assert cloud.mails() == []


def test_a_fault_of_s3_is_transient(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = start(cloud, owner, event["id"], "ical")
    with monkeypatch.context() as patch:

        def put(**_: object) -> None:
            raise client_error("SlowDown", "PutObject")

        patch.setattr(clients.s3(), "put_object", put)
        assert not cloud.work(task_id)
    assert cloud.work(task_id)
    assert cloud.job(task_id).state == "SUCCESS"


def test_it_is_listed_downloaded_and_removed_as_archives_are(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    task_id = start(cloud, owner, event["id"], "ical")
    assert cloud.work(task_id)
    path = f"/v1/events/{event['id']}/exports"
    (listed,) = cloud.call("GET", path, user=owner).json["data"]
    assert listed["attributes"]["format"] == "ics"
    found = cloud.call("GET", f"{path}/{listed['attributes']['path']}", user=owner)
    assert found.status == 302
    assert cloud.call("DELETE", f"/v1/tasks/{task_id}", user=owner).status == 200
    assert "Contents" not in clients.s3().list_objects_v2(Bucket=EXPORTS)
    assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).status == 410


def test_four_statements_read_a_programme_of_any_size(
    connection: Connection, database_url: str, event: Row
) -> None:
    def count() -> int:
        with database_at(database_url).snapshot() as session:
            found = find_event(session, event["id"])
            with statements() as seen:
                read_programme(session, found, Privacy.PUBLIC, SITE)
        return len(seen)

    before = count()
    for number in range(3):
        speaker = make_speaker(connection, event, name=f"Speaker {number}")
        make_session(connection, event, speaker, state="accepted", starts_at=NINE, ends_at=TEN)
        make_track(connection, event)
    connection.commit()
    assert (before, count()) == (4, 4)


def test_a_database_may_lack_tables_and_columns(
    connection: Connection, database_url: str, event: Row
) -> None:
    connection.execute(text("DROP TABLE tracks, session_types, speaker CASCADE"))
    connection.execute(text("ALTER TABLE sessions DROP COLUMN slides, DROP COLUMN language"))
    connection.commit()
    with database_at(database_url).snapshot() as session:
        found = find_event(session, event["id"])
        made = read_programme(session, found, Privacy.PUBLIC, SITE)
        assert [(one.title, one.track, one.kind) for one in made.sessions()] == [
            ("Accepted", None, ""),
            ("Confirmed", None, ""),
        ]
    connection.execute(text("ALTER TABLE sessions DROP COLUMN starts_at"))
    connection.commit()
    with database_at(database_url).snapshot() as session:
        found = find_event(session, event["id"])
        assert list(read_programme(session, found, Privacy.PUBLIC, SITE).sessions()) == []


def test_moments_outside_of_calendars_are_not_shown(
    connection: Connection, database_url: str, event: Row
) -> None:
    connection.execute(text("UPDATE sessions SET starts_at = '-infinity' WHERE title = 'Accepted'"))
    connection.execute(
        text("UPDATE sessions SET last_modified_at = 'infinity' WHERE title = 'Confirmed'")
    )
    connection.commit()
    with database_at(database_url).snapshot() as session:
        found = find_event(session, event["id"])
        (one,) = read_programme(session, found, Privacy.PUBLIC, SITE).sessions()
    assert one.title == "Confirmed"
    assert one.modified == (one.created or datetime(2000, 1, 1, tzinfo=UTC))


def test_an_unknown_time_zone_is_named_loudly(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner, timezone="Mars/Base")
    connection.commit()
    repaired = {"count": 1, "changes": {"timezone-replaced": 1}}
    warnings = [{"code": "timezone-unknown", "table": "events", "column": "timezone"}]
    place = {
        "change": "timezone-replaced",
        "file": "schedule",
        "id": event["id"],
        "field": "timezone",
    }

    path = f"/v1/events/{event['id']}/export/json"
    planned = cloud.call("POST", path, user=owner, body={"dry_run": True}).json
    assert planned["repaired"] == {**repaired, "first": [place]}
    assert planned["warnings"] == warnings
    for task_id in (cloud.start(owner, event["id"]), start(cloud, owner, event["id"], "ical")):
        assert cloud.work(task_id)
        task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
        assert (task["repaired"], task["warnings"]) == (repaired, warnings)


def test_an_unknown_time_zone_is_no_matter_without_schedules(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner, timezone="Mars/Base")
    connection.commit()
    path = f"/v1/events/{event['id']}/export/json"
    options = {"schedules": False, "tables": False, "pages": False}
    planned = cloud.call("POST", path, user=owner, body={**options, "dry_run": True}).json
    task_id = cloud.start(owner, event["id"], **options)
    assert cloud.work(task_id)
    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert (planned["repaired"]["count"], planned["warnings"]) == (0, [])
    assert (task["repaired"]["count"], task["warnings"]) == (0, [])
