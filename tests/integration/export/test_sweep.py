"""The sweeper: what lost messages and killed functions have left is finished or removed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openevent.adapters import clients
from openevent.jobs import orphans
from openevent.jobs.record import State
from tests.functions import EXPORTS, TABLE, Cloud
from tests.integration.export.leftovers import bodies, change, uploads
from tests.lost_answers import request_lost

Row = dict[str, Any]

STRANGER = "exports/7/zip/b7ca7088-876e-4c29-a0ee-b8029a64849a/event7.zip"


@pytest.fixture
def task(cloud: Cloud, owner: Row, event: Row) -> str:
    """A job that waits; its message was lost."""
    task_id = cloud.start(owner, event["id"])
    assert len(cloud.messages()) == 1
    return task_id


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """All objects are old enough."""
    monkeypatch.setattr(orphans, "LEFTOVER_SECONDS", 0)


def ago(**span: int) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


def test_a_job_without_message_or_lease_is_queued_again(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], task: str
) -> None:
    change(task, queued_at=0)
    cloud.sweep()
    assert '"JobsRequeued":[1.0]' in capsys.readouterr().out
    assert bodies(cloud) == [{"task_id": task}]
    cloud.sweep()
    assert bodies(cloud) == []
    assert cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS


def test_a_job_that_was_queued_a_moment_ago_is_left_alone(cloud: Cloud, task: str) -> None:
    cloud.sweep()
    assert bodies(cloud) == []
    assert cloud.job(task).requeued == 0


def test_a_job_that_a_worker_has_is_left_alone(cloud: Cloud, task: str) -> None:
    cloud.jobs.claim(task, "worker", seconds=900)
    change(task, queued_at=0)
    cloud.sweep()
    assert bodies(cloud) == []


@pytest.mark.parametrize(("seconds", "messages"), [(500, 0), (700, 1)])
def test_each_message_is_waited_for_twice_as_long(
    cloud: Cloud, task: str, seconds: int, messages: int
) -> None:
    then = int(datetime.now(UTC).timestamp()) - seconds
    change(task, queued_at=then, requeued=1)
    cloud.sweep()
    assert len(bodies(cloud)) == messages


def test_a_mail_that_was_not_sent_is_sent(cloud: Cloud, task: str) -> None:
    with request_lost(clients.ses(), "SendEmail"):
        assert not cloud.work(task)
    cloud.sweep()
    assert cloud.mails() == []
    change(task, finished_at=ago(minutes=11))
    cloud.sweep()
    cloud.sweep()
    assert [mail.subject for mail in cloud.mails()] == ["The export of PyCon is ready"]
    assert cloud.job(task).pending is None


def test_a_job_that_is_done_with_is_not_looked_at(cloud: Cloud, task: str) -> None:
    assert cloud.work(task)
    assert list(cloud.jobs.pending()) == []
    cloud.sweep()
    assert len(cloud.mails()) == 1


@pytest.mark.usefixtures("old")
def test_archives_and_uploads_that_no_job_needs_are_removed(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], task: str
) -> None:
    assert cloud.work(task)
    (kept,) = cloud.archives()
    s3 = clients.s3()
    workspace = f"exports/{cloud.job(task).event_id}/assembly/{task}/plan.json"
    for key in (STRANGER, workspace):
        s3.put_object(Bucket=EXPORTS, Key=key, Body=b"x")
    for key in (STRANGER, kept):
        s3.create_multipart_upload(Bucket=EXPORTS, Key=key)
    cloud.sweep()
    said = capsys.readouterr().out
    assert (cloud.archives(), uploads()) == ([kept], [])
    assert '"ArchivesRemoved":[1.0]' in said
    assert '"WorkspaceFilesRemoved":[1.0]' in said
    assert '"UploadsAborted":[1.0,1.0]' in said


@pytest.mark.usefixtures("old")
def test_what_a_waiting_job_resumes_is_kept(cloud: Cloud, task: str) -> None:
    job = cloud.jobs.claim(task, "one", seconds=0)
    assert job is not None
    key = f"exports/{job.event_id}/zip/{task}/event{job.event_id}.zip"
    begun = clients.s3().create_multipart_upload(Bucket=EXPORTS, Key=key)
    upload = {"key": {"S": key}, "id": {"S": begun["UploadId"]}}
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task}},
        UpdateExpression="SET upload = :upload",
        ExpressionAttributeValues={":upload": {"M": upload}},
    )
    workspace = f"exports/{job.event_id}/assembly/{task}/plan.json"
    clients.s3().put_object(Bucket=EXPORTS, Key=workspace, Body=b"x")
    cloud.sweep()
    assert (uploads(), cloud.archives()) == ([key], [workspace])


@pytest.mark.usefixtures("old")
def test_what_a_failed_or_removed_job_left_is_removed(
    cloud: Cloud, owner: Row, event: Row, task: str
) -> None:
    removed = cloud.start(owner, event["id"], image=True)
    change(task, attempts=3)
    assert cloud.give_up(task)
    assert cloud.call("DELETE", f"/v1/tasks/{removed}", user=owner).status == 200
    for task_id in (task, removed):
        key = f"exports/{event['id']}/zip/{task_id}/event{event['id']}.zip"
        clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=b"x")
    cloud.sweep()
    assert cloud.archives() == []


@pytest.mark.usefixtures("old")
def test_objects_that_are_not_a_job_s_are_left_alone(cloud: Cloud) -> None:
    """Archives of earlier versions have random keys; they expire."""
    keys = ["exports/7/zip/ABCdef_0123456789-_xyz/event7.zip", "else/x", "exports/readme"]
    for key in keys:
        clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=b"x")
    cloud.sweep()
    assert cloud.archives() == sorted(keys)


def test_what_is_younger_than_a_worker_can_be_is_left_alone(cloud: Cloud) -> None:
    clients.s3().put_object(Bucket=EXPORTS, Key=STRANGER, Body=b"x")
    cloud.sweep()
    assert cloud.archives() == [STRANGER]
