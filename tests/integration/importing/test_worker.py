"""A job's way through the worker: downloaded, imported, reported; and whatever can come between."""

import html
import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.importing.give_up import CHANGED, FAILURE, NO_USER, NOT_UPLOADED
from tests.factories import (
    delete_softly,
    make_event,
    make_session,
    make_speaker,
    make_track,
    make_user,
    role_id,
)
from tests.functions import EXPORTS, MEDIA, Cloud
from tests.integration.export.hostile_web import PNG
from tests.integration.importing.calls import (
    announce,
    archive,
    import_jobs,
    job_of,
    post_file,
    records,
    stored,
    task_of,
)
from tests.lambda_context import Context
from tests.lost_answers import answer_lost, request_lost

Row = dict[str, Any]

EVENT = {
    "id": 7,
    "name": "Ada's Day",
    "starts_at": "2027-05-01T09:00:00+00:00",
    "ends_at": "2027-05-02T18:00:00+00:00",
    "timezone": "Europe/Berlin",
    "state": "published",
}
ARCHIVE = archive(event=EVENT, sessions=[{"id": 3, "title": "Keynote"}, {"id": 4}])


@pytest.fixture
def user(connection: Connection) -> Row:
    role_id(connection, "owner")
    made = make_user(connection, "ada@example.com")
    connection.commit()
    return made


@pytest.fixture
def task(cloud: Cloud, user: Row) -> str:
    return task_of(post_file(cloud, user, ARCHIVE))


def work(cloud: Cloud, task_id: str, context: Context | None = None) -> bool:
    return cloud.work(task_id, to="import_worker", context=context)


def task_shown(cloud: Cloud, user: Row, task_id: str) -> Any:  # noqa: ANN401 - JSON
    return cloud.call("GET", f"/v1/tasks/{task_id}", user=user).json


def events(connection: Connection) -> list[tuple[Any, ...]]:
    connection.rollback()
    query = "SELECT id, name, state FROM events ORDER BY id"
    return [tuple(row) for row in connection.execute(text(query))]


def open_intents() -> list[str]:
    items = clients.dynamodb().scan(TableName="copies")["Items"]
    return [item["id"]["S"] for item in items if "open" in item]


def test_the_row_that_a_dead_start_has_not_written_is_written_at_the_end(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    connection.execute(text("DELETE FROM import_jobs"))
    connection.commit()

    assert work(cloud, task)

    ((event_id, *_),) = events(connection)
    assert import_jobs(connection) == [(task, user["id"], str(event_id), "SUCCESS")]


def test_an_archive_becomes_an_event_of_the_importer(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    assert work(cloud, task)

    ((event_id, name, state),) = events(connection)
    assert (name, state) == ("Ada's Day", "draft")
    shown = task_shown(cloud, user, task)
    assert shown["state"] == "SUCCESS"
    assert shown["result"]["id"] == event_id
    assert shown["result"]["event_name"] == "Ada's Day"
    assert shown["result"]["url"].endswith(f"/events/{shown['result']['identifier']}")
    assert import_jobs(connection) == [(task, user["id"], str(event_id), "SUCCESS")]
    (mail,) = cloud.mails()
    assert "Ada's Day" in mail.subject
    # The archive is removed, the report is kept.
    assert cloud.archives() == [f"imports/{user['id']}/{task}.report.json"]
    assert open_intents() == []
    # The event can be exported again by its new owner.
    assert cloud.export(user, event_id).namelist()


def test_the_report_names_what_was_not_kept(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    assert work(cloud, task)

    report = json.loads(stored(f"imports/{user['id']}/{task}.report.json"))
    ((event_id, *_),) = events(connection)
    assert report["event"]["id"] == event_id
    assert report["archive"]["name"] == "event.zip"
    repaired = [r for r in report["remarks"] if (r["kind"], r["file"]) == ("repaired", "sessions")]
    assert report["files"]["sessions"] == {
        "read": 2,
        "written": 1,
        "repaired": sum(remark["count"] for remark in repaired),
        "skipped": 1,
    }
    skipped = [remark for remark in report["remarks"] if remark["kind"] == "skipped"]
    assert [(remark["file"], remark["id"], remark["field"]) for remark in skipped] == [
        ("sessions", 4, "title")
    ]
    sessions = [ids for ids in report["ids"] if ids["table"] == "sessions"]
    new = connection.execute(text("SELECT id FROM sessions")).scalar_one()
    assert sessions == [{"table": "sessions", "old": 3, "new": new}]
    short = task_shown(cloud, user, task)["report"]
    assert short["files"] == report["files"]
    assert short["remarks"]["kinds"] == report["remarks_by_kind"]
    assert short["size"] == len(stored(f"imports/{user['id']}/{task}.report.json"))


def test_a_dry_run_reports_the_same_and_writes_nothing(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    dry = task_of(post_file(cloud, user, ARCHIVE, dry_run=True))
    assert work(cloud, dry)

    assert events(connection) == []
    shown = task_shown(cloud, user, dry)
    assert shown["result"] == {"event_name": "Ada's Day"}
    assert work(cloud, task)
    real = task_shown(cloud, user, task)
    assert shown["report"]["files"] == real["report"]["files"]
    assert shown["report"]["remarks"] == real["report"]["remarks"]
    assert import_jobs(connection)[1][2:] == ("", "SUCCESS")
    assert "nothing was imported" in cloud.mails()[0].body


def test_the_same_archive_twice_is_a_warning(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    assert work(cloud, task)
    assert task_shown(cloud, user, task)["report"]["warnings"] == []
    again = task_of(post_file(cloud, user, ARCHIVE))

    assert work(cloud, again)

    first, second = events(connection)
    assert first[0] != second[0]
    assert task_shown(cloud, user, again)["report"]["warnings"] == [
        {
            "code": "archive-imported-before",
            "detail": f"You have imported this archive before, as the event {first[0]}.",
        }
    ]


def test_an_upload_starts_its_import(cloud: Cloud, connection: Connection, user: Row) -> None:
    answer = announce(cloud, user, ARCHIVE)
    key = answer.json["upload"]["fields"]["key"]
    clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=ARCHIVE)
    record = {"s3": {"bucket": {"name": EXPORTS}, "object": {"key": quote_plus(key)}}}

    assert cloud.deliver(json.dumps({"Records": [record]}), to="import_worker")

    assert [name for _, name, _ in events(connection)] == ["Ada's Day"]
    assert task_shown(cloud, user, task_of(answer))["state"] == "SUCCESS"


@pytest.mark.parametrize("key", ["imports/1/notes.zip", "exports/1/zip/x/event1.zip", "imports/"])
def test_a_notification_of_another_object_is_dropped(
    cloud: Cloud, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})

    assert cloud.deliver(body, to="import_worker")
    assert "UnreadableMessages" in capsys.readouterr().out


def test_the_test_of_s3_is_no_message(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": EXPORTS})

    assert cloud.deliver(body, to="import_worker")
    assert "UnreadableMessages" not in capsys.readouterr().out


def failed(cloud: Cloud, connection: Connection, user: Row, task_id: str) -> str:
    """The reason why a task failed, in all places where it is."""
    shown = task_shown(cloud, user, task_id)
    assert shown["state"] == "FAILED"
    assert import_jobs(connection)[-1] == (task_id, user["id"], shown["result"], "FAILURE")
    assert events(connection) == []
    assert open_intents() == []
    assert not [key for key in cloud.archives() if task_id in key]
    return str(shown["result"])


def test_an_archive_that_was_not_uploaded_fails(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    task_id = task_of(announce(cloud, user, ARCHIVE))

    assert work(cloud, task_id)
    assert failed(cloud, connection, user, task_id) == NOT_UPLOADED


@pytest.mark.parametrize("content", [ARCHIVE[:-1], ARCHIVE + b"x", bytes(len(ARCHIVE))])
def test_another_archive_than_the_announced_fails(
    cloud: Cloud, connection: Connection, user: Row, content: bytes
) -> None:
    answer = announce(cloud, user, ARCHIVE)
    key = answer.json["upload"]["fields"]["key"]
    clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=content)

    assert work(cloud, task_of(answer))
    assert failed(cloud, connection, user, task_of(answer)) == CHANGED


@pytest.mark.parametrize(
    "content", [b"no archive", archive(sessions=[]), archive(event=[]), archive(event={"id": 1})]
)
def test_what_is_no_archive_of_an_event_fails_with_words(
    cloud: Cloud, connection: Connection, user: Row, content: bytes
) -> None:
    task_id = task_of(post_file(cloud, user, content))

    assert work(cloud, task_id)
    reason = failed(cloud, connection, user, task_id)
    assert reason.endswith(".")
    assert reason in html.unescape(cloud.mails()[0].body)
    assert reason != FAILURE


def test_a_user_who_is_gone_imports_nothing(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    delete_softly(connection, "users", user)
    connection.commit()

    assert work(cloud, task)
    assert job_of(cloud, task).failure == NO_USER
    assert events(connection) == []


def test_a_job_that_is_gone_asks_for_nothing(cloud: Cloud, connection: Connection) -> None:
    assert work(cloud, "b7ca7088-876e-4c29-a0ee-b8029a64849a")
    assert events(connection) == []


def test_a_second_message_finds_the_job_done(
    cloud: Cloud, connection: Connection, task: str
) -> None:
    assert work(cloud, task)
    assert work(cloud, task)
    assert len(events(connection)) == 1
    assert len(cloud.mails()) == 1


def test_a_transient_fault_is_tried_again(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    with request_lost(clients.s3(), "GetObject"):
        assert not work(cloud, task)
    assert task_shown(cloud, user, task)["state"] == "WAITING"
    assert (events(connection), job_of(cloud, task).lease_until) == ([], 0)

    assert work(cloud, task)
    assert len(events(connection)) == 1


def test_the_third_failed_try_is_the_last(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    with request_lost(clients.s3(), "GetObject"):
        for _ in range(3):
            assert not work(cloud, task)

    assert work(cloud, task)
    assert failed(cloud, connection, user, task) == FAILURE


def test_a_report_that_cannot_be_stored_keeps_the_event_away(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    with request_lost(clients.s3(), "PutObject"):
        assert not work(cloud, task)
    assert events(connection) == []

    assert work(cloud, task)
    assert task_shown(cloud, user, task)["state"] == "SUCCESS"
    assert len(events(connection)) == 1


def is_success(request: Any) -> bool:  # noqa: ANN401 - of botocore
    return b'"SUCCESS"' in request.body


def test_a_worker_that_dies_after_the_commit_makes_no_second_event(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    with request_lost(clients.dynamodb(), "UpdateItem", of=is_success):
        assert not work(cloud, task)
    ((event_id, *_),) = events(connection)
    assert job_of(cloud, task).state == "WAITING"

    assert work(cloud, task)

    shown = task_shown(cloud, user, task)
    assert (shown["state"], shown["result"]["id"]) == ("SUCCESS", event_id)
    assert len(events(connection)) == 1
    # The report is that of the try that made the event.
    report = json.loads(stored(f"imports/{user['id']}/{task}.report.json"))
    assert report["event"]["id"] == event_id
    assert shown["report"]["files"] == report["files"]
    assert len(cloud.mails()) == 1


def test_a_lost_answer_to_the_end_makes_one_event(
    cloud: Cloud, connection: Connection, task: str
) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=is_success) as lost:
        assert work(cloud, task)

    assert lost
    assert (job_of(cloud, task).state, len(events(connection))) == ("SUCCESS", 1)
    assert len(cloud.mails()) == 1


def test_a_worker_that_lost_its_job_commits_nothing(
    cloud: Cloud, connection: Connection, task: str
) -> None:
    """Another has taken the job over, or it was removed, while the archive was read."""

    def take_over() -> None:
        clients.dynamodb().update_item(
            TableName="jobs",
            Key={"id": {"S": task}},
            UpdateExpression="SET lease_owner = :other",
            ExpressionAttributeValues={":other": {"S": "another"}},
        )

    with answer_lost(clients.s3(), "GetObject", then=take_over):
        assert work(cloud, task)

    assert events(connection) == []
    assert job_of(cloud, task).lease_owner == "another"
    assert [item["state"]["S"] for item in records().values() if "state" in item] == ["WAITING"]


def test_an_exported_archive_comes_back_with_its_media(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    event = make_event(connection, user, name="PyCon", identifier="934ebe39")
    track = make_track(connection, event, name="Web")
    speaker = make_speaker(connection, event, name="Ada")
    session = make_session(connection, event, title="Keynote", track_id=track["id"])
    key = f"events/{event['id']}/photo.png"
    clients.s3().put_object(Bucket=MEDIA, Key=key, Body=PNG)
    connection.execute(
        text("UPDATE speaker SET photo_url = :url WHERE id = :id"),
        {"url": f"https://media.s3.example.com/{key}", "id": speaker["id"]},
    )
    connection.execute(
        text("INSERT INTO speakers_sessions (speaker_id, session_id) VALUES (:a, :b)"),
        {"a": speaker["id"], "b": session["id"]},
    )
    connection.commit()
    task = cloud.start(user, event["id"], image=True)
    assert cloud.work(task)
    job = cloud.job(task)
    assert job.archive is not None
    content = clients.s3().get_object(Bucket=EXPORTS, Key=job.archive.key)["Body"].read()

    imported = task_of(post_file(cloud, user, content))
    assert work(cloud, imported)

    shown = task_shown(cloud, user, imported)
    assert shown["report"]["media"]["placed"] == 1
    new = connection.execute(
        text("""
            SELECT t.name, p.photo_url FROM sessions s JOIN tracks t ON t.id = s.track_id
            JOIN speakers_sessions l ON l.session_id = s.id JOIN speaker p ON p.id = l.speaker_id
            WHERE s.event_id = :id
        """),
        {"id": shown["result"]["id"]},
    ).one()
    assert new.name == "Web"
    address = new.photo_url
    assert address.startswith(f"https://media.s3.example.com/events/{shown['result']['id']}/")
    placed = address.removeprefix("https://media.s3.example.com/")
    assert clients.s3().get_object(Bucket=MEDIA, Key=placed)["Body"].read() == PNG
    assert {"email": "ada@example.com", "role": "owner"} in shown["report"]["proposed_invites"][
        "invites"
    ]
