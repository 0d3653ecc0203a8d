"""CSV files of sessions and speakers: the calls, rights and files of the web client's pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.export.give_up import EVENT_GONE
from tests.factories import (
    delete_softly,
    give_role,
    make_event,
    make_session,
    make_speaker,
    make_user,
)
from tests.functions import EXPORTS, Cloud, client_error
from tests.tables import Table, read_csv

Row = dict[str, Any]

NINE, TEN = (datetime(2027, 3, 27, hour, tzinfo=UTC) for hour in (9, 10))
STATES = ("pending", "accepted", "confirmed", "rejected", "withdrawn", "canceled", "draft")
NAMES = ("sessions", "speakers")


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    """An event with a session and a speaker of each state, and a speaker without a session."""
    made = make_event(connection, owner, identifier="934ebe39", timezone="Europe/Berlin")
    for state in STATES:
        speaker = make_speaker(connection, made, name=f"Of {state}")
        make_session(connection, made, speaker, title=state.title(), state=state)
    make_speaker(connection, made, name="Idle")
    connection.commit()
    return made


def start(cloud: Cloud, user: Row, event: object, name: str, body: object = None) -> str:
    path = f"/v1/events/{event}/export/{name}/csv"
    answer = cloud.call("POST", path, user=user, body={} if body is None else body)
    assert (answer.status, list(answer.json)) == (200, ["task_url", "page_url"]), answer.text
    return str(answer.json["task_url"]).removeprefix("/v1/tasks/")


def file_of(event: Row, task_id: str, name: str) -> bytes:
    key = f"exports/{event['id']}/zip/{task_id}/{name}-{event['id']}.csv"
    return bytes(clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read())


def made(cloud: Cloud, user: Row, event: Row, name: str, **body: object) -> Table:
    task_id = start(cloud, user, event["id"], name, body)
    assert cloud.work(task_id)
    return read_csv(file_of(event, task_id, name))


def column(table: Table, header: str) -> list[str]:
    place = table[0].index(header)
    return [row[place] for row in table[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_the_task_leads_to_the_file(cloud: Cloud, owner: Row, event: Row, name: str) -> None:
    task_id = start(cloud, owner, event["identifier"], name, {"status": "accepted"})
    assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json["state"] == "WAITING"
    assert cloud.work(task_id)

    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert (task["state"], task["files"], task["warnings"]) == ("SUCCESS", 1, [])
    address = urlsplit(task["result"]["download_url"])
    key = f"exports/{event['id']}/zip/{task_id}/{name}-{event['id']}.csv"
    assert address.path.endswith(key)
    # A browser saves it, without a token, and only who has the address.
    assert parse_qs(address.query)["response-content-disposition"] == [
        f'attachment; filename="{name}-{event["id"]}.csv"'
    ]
    assert "X-Amz-Signature" in parse_qs(address.query)
    stored = clients.s3().get_object(Bucket=EXPORTS, Key=key)
    assert stored["ContentType"] == "text/csv; charset=utf-8"
    body = stored["Body"].read()
    assert len(body) == task["size"]
    # Excel needs it, and the web client cannot ask for it.
    assert body.startswith(b"\xef\xbb\xbf")
    grants = clients.s3().get_object_acl(Bucket=EXPORTS, Key=key)["Grants"]
    assert all("URI" not in grant["Grantee"] for grant in grants)


@pytest.mark.parametrize(
    ("name", "header", "everything", "of_state", "idle"),
    [
        ("sessions", "Session Title", sorted(map(str.title, STATES)), str.title, None),
        (
            "speakers",
            "Speaker Name",
            ["Idle", *(f"Of {state}" for state in sorted(STATES))],
            "Of {}".format,
            ["Idle"],
        ),
    ],
)
def test_a_status_selects_rows(  # noqa: PLR0913 - one row for each table
    cloud: Cloud,
    owner: Row,
    event: Row,
    *,
    name: str,
    header: str,
    everything: list[str],
    of_state: Callable[[str], str],
    idle: list[str] | None,
) -> None:
    expected: list[tuple[object, list[str]]] = [
        *((state, [of_state(state)]) for state in STATES[:-1]),
        ("without_session", idle or everything),
        *((other, everything) for other in ("draft", "Accepted", None, 7)),
        (["accepted"], everything),
    ]
    for status, rows in expected:
        found = column(made(cloud, owner, event, name, status=status), header)
        assert sorted(found) == rows, status


@pytest.mark.parametrize("name", NAMES)
def test_a_body_may_be_absent_and_must_be_an_object(
    cloud: Cloud, owner: Row, event: Row, name: str
) -> None:
    path = f"/v1/events/{event['id']}/export/{name}/csv"
    assert cloud.call("POST", path, user=owner).status == 200
    assert cloud.call("POST", path, user=owner, body=[]).status == 400
    assert cloud.call("POST", path, user=owner, body={"excel": "yes"}).status == 422
    assert cloud.call("GET", path, user=owner).status == 405


@pytest.mark.parametrize("role", ["organizer", "coorganizer", "moderator", "registrar", None])
def test_rights(cloud: Cloud, connection: Connection, event: Row, role: str | None) -> None:
    user = make_user(connection)
    if role is not None:
        give_role(connection, user, event, role)
    connection.commit()
    for name in NAMES:
        path = f"/v1/events/{event['id']}/export/{name}/csv"
        allowed = role in ("organizer", "coorganizer")
        assert cloud.call("POST", path, user=user, body={}).status == (200 if allowed else 403)
        assert cloud.call("POST", path, body={}).status == 401
        nowhere = f"/v1/events/nothing/export/{name}/csv"
        assert cloud.call("POST", nowhere, user=user, body={}).status == 404


def test_equal_calls_share_a_task_and_others_have_their_own(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    first = start(cloud, owner, event["id"], "sessions")
    assert start(cloud, owner, event["identifier"], "sessions", {"status": "all"}) == first
    others = {
        start(cloud, owner, event["id"], "speakers"),
        start(cloud, owner, event["id"], "sessions", {"status": "accepted"}),
        start(cloud, owner, event["id"], "sessions", {"excel": False}),
        cloud.start(owner, event["id"]),
    }
    assert len(others | {first}) == 5
    # Each has a file of its own: none replaces or removes another.
    for task_id in (first, *others):
        assert cloud.work(task_id)
    for task_id in (first, *others):
        assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json["state"] == "SUCCESS"
    found = clients.s3().list_objects_v2(Bucket=EXPORTS)["Contents"]
    assert len(found) == 5


def test_a_file_without_a_mark(cloud: Cloud, owner: Row, event: Row) -> None:
    task_id = start(cloud, owner, event["id"], "sessions", {"excel": False})
    assert cloud.work(task_id)
    assert file_of(event, task_id, "sessions").startswith(b"Session Title,")


def test_no_mail_announces_it_and_it_is_listed_as_the_others_are(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    task_id = start(cloud, owner, event["id"], "speakers")
    assert cloud.work(task_id)
    cloud.sweep()
    assert cloud.mails() == []
    assert cloud.job(task_id).pending is None
    rows = connection.execute(text("SELECT task FROM export_jobs")).scalars().all()
    assert rows == [f"/v1/tasks/{task_id}"]
    path = f"/v1/events/{event['id']}/exports"
    (listed,) = cloud.call("GET", path, user=owner).json["data"]
    assert listed["attributes"]["format"] == "csv"
    found = cloud.call("GET", f"{path}/{listed['attributes']['path']}", user=owner)
    assert found.status == 302
    assert cloud.call("DELETE", f"/v1/tasks/{task_id}", user=owner).status == 200
    assert "Contents" not in clients.s3().list_objects_v2(Bucket=EXPORTS)
    assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).status == 410


def test_an_event_that_is_deleted_meanwhile_fails_the_task(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    task_id = start(cloud, owner, event["id"], "sessions")
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.work(task_id)
    assert (cloud.job(task_id).state, cloud.job(task_id).failure) == ("FAILED", EVENT_GONE)


def test_a_fault_of_s3_is_transient(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = start(cloud, owner, event["id"], "sessions")
    with monkeypatch.context() as patch:

        def put(**_: object) -> None:
            raise client_error("SlowDown", "PutObject")

        patch.setattr(clients.s3(), "put_object", put)
        assert not cloud.work(task_id)
    assert cloud.work(task_id)
    assert cloud.job(task_id).state == "SUCCESS"


def test_bad_rows_are_named_and_fail_no_file(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner, timezone="Mars/Base")
    odd = make_session(connection, event, title="", state=None, long_abstract="x" * 40_000)
    late = make_session(connection, event, title="Late", starts_at=NINE, ends_at=TEN)
    connection.execute(
        text("UPDATE sessions SET starts_at = 'infinity' WHERE id = :id"), {"id": late["id"]}
    )
    connection.execute(
        text("ALTER TABLE sessions ALTER title DROP NOT NULL"),
    )
    connection.execute(text("UPDATE sessions SET title = NULL WHERE id = :id"), {"id": odd["id"]})
    connection.commit()
    task_id = start(cloud, owner, event["id"], "sessions")
    assert cloud.work(task_id)

    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert task["state"] == "SUCCESS"
    assert task["warnings"] == [
        {"code": "timezone-unknown", "table": "events", "column": "timezone"},
        {
            "code": "date-unreadable",
            "table": "sessions",
            "id": str(late["id"]),
            "column": "Session Starts At",
        },
        {
            "code": "cell-cut",
            "table": "sessions",
            "id": str(odd["id"]),
            "column": "Session Abstract Long",
        },
    ]
    table = read_csv(file_of(event, task_id, "sessions"))
    assert column(table, "Session Title") == ["Late", ""]
    assert column(table, "Session Starts At")[0] == ""
    assert column(table, "Session Ends At")[0] == "2027-03-27 10:00:00"
    assert set(column(table, "Time Zone")) == {"UTC"}
    assert column(table, "Status")[1] == ""


def test_a_database_may_lack_tables_and_columns(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    whole = made(cloud, owner, event, "sessions")
    connection.execute(text("DROP TABLE tracks, session_types, custom_forms, speaker CASCADE"))
    connection.execute(text("ALTER TABLE sessions DROP COLUMN slides, DROP COLUMN is_mail_sent"))
    connection.commit()
    found = made(cloud, owner, event, "sessions", excel=False)
    assert found[0] == whole[0]
    assert sorted(column(found, "Session Title")) == sorted(map(str.title, STATES))
    assert set(column(found, "Session Track")) == set(column(found, "Session Speakers")) == {""}
    assert len(made(cloud, owner, event, "speakers")) == 1
