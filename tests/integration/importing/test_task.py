"""The task of an import, its row, its mail, and the invites that it proposes."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.importing.give_up import FAILURE
from openevent.importing.job import (
    ImportedRecord,
    ImportJob,
    ImportProgress,
    InviteRecord,
    RemarkRecord,
    ReportRecord,
)
from openevent.jobs import orphans
from tests.aws import make_secret
from tests.factories import delete_softly, give_role, make_event, make_user
from tests.functions import EXPORTS, TABLE, Answer, Cloud
from tests.integration.importing.calls import (
    announce,
    archive,
    import_jobs,
    job_of,
    messages,
    post_file,
    task_of,
)

Row = dict[str, Any]

ARCHIVE = archive(event={"id": 1, "name": "PyCon"})
REPORT = ReportRecord(
    dialect="server",
    files={"event": {"read": 1, "written": 1, "repaired": 0, "skipped": 0}},
    media={"placed": 2, "missing": 1},
    remarks={"repaired": 2, "media-missing": 1},
    first=[
        RemarkRecord(
            kind="repaired",
            code="zone-unknown",
            file="event",
            id=1,
            field="timezone",
            detail="US / Pacific is no time zone.",
            count=2,
        )
    ],
    invites=[
        InviteRecord(email="bob@example.com", role="organizer"),
        InviteRecord(email="cleo@example.com", role="owner"),
    ],
    invites_count=2,
    size=120,
)


@pytest.fixture
def user(connection: Connection) -> Row:
    made = make_user(connection, "ada@example.com")
    connection.commit()
    return made


@pytest.fixture
def task(cloud: Cloud, user: Row) -> str:
    task_id = task_of(post_file(cloud, user, ARCHIVE))
    assert len(messages(cloud)) == 1
    return task_id


@pytest.fixture
def event(connection: Connection, user: Row) -> Row:
    made = make_event(connection, user, name="PyCon", identifier="934ebe39", state="draft")
    connection.commit()
    return made


def succeed(
    cloud: Cloud, task_id: str, event: Row | None, report: ReportRecord = REPORT
) -> ImportJob:
    """End the job as the worker does."""
    claimed = cloud.imports.claim(task_id, "worker", seconds=60)
    assert claimed is not None
    made = event or {"id": None, "identifier": None}
    imported = ImportedRecord(id=made["id"], identifier=made["identifier"], name="PyCon")
    return cloud.imports.succeed(claimed, "worker", imported, report, days=7)


def show(cloud: Cloud, user: Row | None, task_id: str) -> Answer:
    return cloud.call("GET", f"/v1/tasks/{task_id}", user=user)


def change(task_id: str, **values: int) -> None:
    """Set attributes of a record, as time does."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": {"N": str(value)} for name, value in values.items()},
    )


def test_a_task_waits_with_its_progress_beside(cloud: Cloud, user: Row, task: str) -> None:
    assert show(cloud, user, task).json == {"state": "WAITING", "progress": None}

    job = cloud.imports.claim(task, "worker", seconds=60)
    assert job is not None
    cloud.imports.advance(job, "worker", ImportProgress(stage="event", done=0, total=1))

    progress = {"stage": "event", "done": 0, "total": 1}
    assert show(cloud, user, task).json == {"state": "WAITING", "progress": progress}


def test_a_task_that_succeeded_has_what_the_client_opens(
    cloud: Cloud, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)

    shown = show(cloud, user, task).json

    assert shown["state"] == "SUCCESS"
    assert shown["result"] == {
        "id": event["id"],
        "identifier": "934ebe39",
        "event_name": "PyCon",
        "url": "https://www.example.com/events/934ebe39",
    }
    report = shown["report"]
    assert report["remarks"]["count"] == 3
    assert report["remarks"]["kinds"] == {"repaired": 2, "media-missing": 1}
    assert report["remarks"]["first"][0]["detail"] == "US / Pacific is no time zone."
    assert report["proposed_invites"]["count"] == 2
    assert f"/imports/{user['id']}/{task}.report.json?" in report["download_url"]


def test_a_dry_run_has_no_event_to_open(cloud: Cloud, user: Row) -> None:
    task_id = task_of(post_file(cloud, user, ARCHIVE, dry_run=True))
    succeed(cloud, task_id, None)

    shown = show(cloud, user, task_id).json

    assert (shown["state"], shown["dry_run"]) == ("SUCCESS", True)
    assert shown["result"] == {"event_name": "PyCon"}


def test_a_report_expires_and_the_task_remains(
    cloud: Cloud, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)
    change(task, report_until=1)

    assert show(cloud, user, task).json["report"]["download_url"] is None


def test_a_task_is_shown_to_its_user_alone(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    others = [
        make_user(connection, "eve@example.com"),
        make_user(connection, "root@example.com", is_admin=True),
    ]
    connection.commit()

    def answers() -> list[tuple[int, list[str]]]:
        found = [show(cloud, other, task) for other in others]
        return [(answer.status, answer.codes) for answer in found]

    hidden = [(404, ["task-not-found"])] * 2
    assert answers() == hidden
    succeed(cloud, task, event)
    assert answers() == hidden
    assert show(cloud, None, task).status == 401
    delete_softly(connection, "users", user)
    connection.commit()
    assert show(cloud, user, task).status == 401


def test_a_failure_is_written_down_and_mailed(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    for _ in range(3):
        assert cloud.imports.claim(task, "worker", seconds=0) is not None

    assert cloud.work(task, to="import_failed")

    shown = show(cloud, user, task).json
    assert shown.pop("mail")["state"] == "sent"
    assert shown == {"state": "FAILED", "result": FAILURE}
    assert import_jobs(connection) == [(task, user["id"], FAILURE, "FAILURE")]
    (mail,) = cloud.mails()
    assert mail.destinations["ToAddresses"] == ["ada@example.com"]
    assert "event.zip" in mail.subject
    assert FAILURE in mail.body
    assert task in mail.body
    # The archive is gone with the job.
    assert cloud.archives() == []


def test_a_success_is_written_down_and_mailed_by_the_sweeper(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)
    assert import_jobs(connection) == [(task, user["id"], None, None)]
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task}},
        UpdateExpression="SET finished_at = :then",
        ExpressionAttributeValues={":then": {"S": "2026-01-01T00:00:00+00:00"}},
    )

    cloud.sweep()

    assert import_jobs(connection) == [(task, user["id"], str(event["id"]), "SUCCESS")]
    (mail,) = cloud.mails()
    assert "https://www.example.com/events/934ebe39" in mail.body
    assert "1 rows and 2 media files were imported." in mail.body
    assert "- event 1, timezone: US / Pacific is no time zone." in mail.body
    assert "The archive names 2 people" in mail.body
    cloud.sweep()
    assert len(cloud.mails()) == 1


def test_a_database_that_is_away_delays_the_mail(
    cloud: Cloud, connection: Connection, user: Row, task: str
) -> None:
    for _ in range(3):
        cloud.imports.claim(task, "worker", seconds=0)
    place = {"host": "/nowhere", "dbname": "x", "username": "x"}
    cloud.set("DATABASE_SECRET_ARN", make_secret(json.dumps(place)))

    assert not cloud.work(task, to="import_failed")
    assert (job_of(cloud, task).state, cloud.mails()) == ("FAILED", [])

    cloud.set("DATABASE_SECRET_ARN", cloud.settings["DATABASE_SECRET_ARN"])
    cloud.forget()
    assert cloud.work(task, to="import_failed")
    assert import_jobs(connection) == [(task, user["id"], FAILURE, "FAILURE")]
    assert len(cloud.mails()) == 1


def test_an_idle_job_gets_its_message_again(cloud: Cloud, task: str) -> None:
    change(task, queued_at=0)

    cloud.sweep()
    assert messages(cloud) == [{"task_id": task}]
    cloud.sweep()
    assert messages(cloud) == []


def test_a_job_whose_upload_can_still_come_gets_no_message(cloud: Cloud, user: Row) -> None:
    task_id = task_of(announce(cloud, user, ARCHIVE))

    cloud.sweep()
    assert messages(cloud) == []
    change(task_id, queued_at=1, upload_until=1)
    cloud.sweep()
    assert messages(cloud) == [{"task_id": task_id}]


def test_archives_and_reports_that_no_job_needs_are_removed(
    cloud: Cloud, user: Row, task: str, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "LEFTOVER_SECONDS", 0)
    waiting = task_of(post_file(cloud, user, ARCHIVE))
    stranger = "b7ca7088-876e-4c29-a0ee-b8029a64849a"
    folder = f"imports/{user['id']}"
    keys = [f"{folder}/{stranger}.zip", f"{folder}/{task}.report.json", f"{folder}/notes.txt"]
    for key in keys:
        clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=b"x")
    succeed(cloud, task, event)

    cloud.sweep()

    assert sorted(cloud.archives()) == sorted(
        [f"{folder}/{waiting}.zip", f"{folder}/{task}.report.json", f"{folder}/notes.txt"]
    )


def invite(cloud: Cloud, user: Row | None, task_id: str, body: object = None) -> Answer:
    return cloud.call("POST", f"/v1/events/import/{task_id}/invites", user=user, body=body)


def invited(connection: Connection) -> list[tuple[str, str]]:
    connection.rollback()
    query = "SELECT email, role_name FROM role_invites ORDER BY email"
    return [tuple(row) for row in connection.execute(text(query))]


def test_proposed_invites_are_sent_by_a_call_of_their_own(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)
    assert (invited(connection), cloud.mails()) == ([], [])

    answer = invite(cloud, user, task)

    assert answer.json == {
        "event": event["id"],
        "sent": 1,
        "invites": [
            {
                "email": "bob@example.com",
                "role": "organizer",
                "outcome": "sent",
                "code": None,
            },
            # An event has one owner, so an owner is invited by name alone.
            {
                "email": "cleo@example.com",
                "role": "owner",
                "outcome": "not-sent",
                "code": "owner-not-chosen",
            },
        ],
    }
    assert invited(connection) == [("bob@example.com", "organizer")]
    assert [mail.destinations["ToAddresses"] for mail in cloud.mails()] == [["bob@example.com"]]


def test_invites_can_be_chosen_and_sent_once(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)

    chosen = {"emails": ["cleo@example.com", "stranger@example.com"]}
    assert invite(cloud, user, task, chosen).json["sent"] == 1
    again = invite(cloud, user, task, chosen).json

    assert again["sent"] == 0
    assert [entry["code"] for entry in again["invites"]] == ["invite-open"]
    assert invited(connection) == [("cleo@example.com", "owner")]
    assert len(cloud.mails()) == 1


def test_who_lost_the_right_sends_no_invites(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)
    connection.execute(text("DELETE FROM users_events_roles"))
    give_role(connection, user, event, "moderator")
    connection.commit()

    answer = invite(cloud, user, task)

    assert (answer.status, answer.codes) == (403, ["access-forbidden"])
    assert invited(connection) == []


def test_the_limit_of_invites_holds(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    cloud.set("INVITE_MAILS_PER_HOUR", "1")
    cloud.forget()
    people = [InviteRecord(email=f"p{n}@example.com", role="moderator") for n in range(3)]
    succeed(cloud, task, event, REPORT.model_copy(update={"invites": people}))

    answer = invite(cloud, user, task)

    assert [entry["code"] for entry in answer.json["invites"]] == [None] + ["too-many-requests"] * 2
    assert len(invited(connection)) == 1
    assert invite(cloud, user, task).status == 429


def test_an_invite_that_cannot_be_is_said(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    people = [
        InviteRecord(email="no address", role="organizer"),
        InviteRecord(email="bob@example.com", role="emperor"),
        InviteRecord(email="bob@example.com", role="organizer"),
    ]
    succeed(cloud, task, event, REPORT.model_copy(update={"invites": people}))

    answer = invite(cloud, user, task).json

    assert [entry["outcome"] for entry in answer["invites"]] == ["not-sent", "not-sent", "sent"]
    assert invited(connection) == [("bob@example.com", "organizer")]


@pytest.mark.parametrize("dry", [True, False])
def test_without_an_event_no_one_is_invited(
    cloud: Cloud, connection: Connection, user: Row, *, dry: bool
) -> None:
    task_id = task_of(post_file(cloud, user, ARCHIVE, dry_run=dry))
    if dry:
        succeed(cloud, task_id, None)

    answer = invite(cloud, user, task_id)

    assert (answer.status, answer.codes) == (409, ["no-event-imported"])
    assert invited(connection) == []


def test_another_users_task_proposes_nothing(
    cloud: Cloud, connection: Connection, user: Row, task: str, event: Row
) -> None:
    succeed(cloud, task, event)
    eve = make_user(connection, "eve@example.com", is_admin=True)
    connection.commit()

    assert invite(cloud, eve, task).codes == ["task-not-found"]
    assert invite(cloud, None, task).status == 401
    refused = invite(cloud, user, task, {"emails": "bob@example.com"})
    assert (refused.status, refused.codes) == (422, ["invalid-field"])
    assert json.dumps(refused.json).count("/emails") == 1
    assert invited(connection) == []
