"""Exports whose calls to AWS take effect without an answer, and workers that are killed.

The numbers are those of the defects that a campaign of faults found in the first release.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.jobs.record import State
from tests.factories import delete_softly, give_role, make_user
from tests.functions import EXPORTS, TABLE, Cloud
from tests.integration.export.leftovers import bodies, change, uploads
from tests.lost_answers import answer_lost, meanwhile, refused, request_lost

Row = dict[str, Any]


@pytest.fixture
def colleague(connection: Connection, event: Row) -> Row:
    """Another organizer of the event."""
    user = make_user(connection, "colleague@example.com")
    give_role(connection, user, event, "organizer")
    connection.commit()
    return user


@pytest.fixture
def task(cloud: Cloud, owner: Row, event: Row) -> str:
    """A job that waits; its message was taken."""
    task_id = cloud.start(owner, event["id"])
    assert len(cloud.messages()) == 1
    return task_id


def sets(*words: str) -> Callable[[Any], bool]:
    """Whether a request to DynamoDB holds all `words`."""

    def holds(request: Any) -> bool:  # noqa: ANN401 - of botocore
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        return all(word.encode() in body for word in words)

    return holds


SUCCEED = sets('"SUCCESS"')
FAIL = sets('"FAILED"')
CLAIM = sets("lease_owner", "attempts")
RELEASE = sets("lease_until")


def records() -> list[str]:
    """The ids of all jobs."""
    items = clients.dynamodb().scan(TableName=TABLE)["Items"]
    return [item["id"]["S"] for item in items if "event_id" in item]


# 1: a lost answer destroys a finished archive


def test_1_a_lost_answer_to_success_keeps_the_archive(cloud: Cloud, owner: Row, task: str) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=SUCCEED) as lost:
        assert cloud.work(task)
    assert len(lost) == 1
    assert cloud.job(task).state is State.SUCCESS
    assert cloud.archive(task).namelist()[0] == "event"
    assert len(cloud.mails()) == 1
    answer = cloud.call("GET", f"/v1/tasks/{task}", user=owner)
    assert answer.json["state"] == "SUCCESS"


def test_1_success_that_was_never_confirmed_keeps_the_archive(cloud: Cloud, task: str) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=SUCCEED, times=9):
        assert not cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS
    assert cloud.archive(task).namelist()[0] == "event"
    assert cloud.work(task)
    assert len(cloud.mails()) == 1


def test_1_a_lost_answer_to_failure_sends_the_mail(
    cloud: Cloud, connection: Connection, event: Row, task: str
) -> None:
    delete_softly(connection, "events", event)
    connection.commit()
    with answer_lost(clients.dynamodb(), "UpdateItem", of=FAIL) as lost:
        assert cloud.work(task)
    assert len(lost) == 1
    assert cloud.job(task).state is State.FAILED
    assert [mail.subject for mail in cloud.mails()] == ["The export of PyCon failed"]


def test_1_a_lost_answer_to_a_claim_does_not_lock_the_worker_out(cloud: Cloud, task: str) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=CLAIM) as lost:
        assert cloud.work(task)
    assert len(lost) == 1
    job = cloud.job(task)
    assert (job.state, job.attempts) == (State.SUCCESS, 1)
    assert len(cloud.mails()) == 1


def test_1_a_claim_that_was_never_confirmed_is_given_back(cloud: Cloud, task: str) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=CLAIM, times=9):
        assert not cloud.work(task)
    assert cloud.job(task).lease_until == 0
    assert cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS


def test_1_a_lost_answer_to_giving_up_sends_the_mail(cloud: Cloud, task: str) -> None:
    change(task, attempts=3)
    with answer_lost(clients.dynamodb(), "UpdateItem", of=FAIL) as lost:
        assert cloud.give_up(task)
    assert len(lost) == 1
    assert [mail.subject for mail in cloud.mails()] == ["The export of PyCon failed"]


def test_1_a_lost_answer_to_a_start_starts_one_job_and_counts_one(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    cloud.set("EXPORT_STARTS_PER_HOUR", "2")
    with answer_lost(clients.dynamodb(), "TransactWriteItems") as lost:
        task_id = cloud.start(owner, event["id"])
    assert len(lost) == 1
    assert records() == [task_id]
    assert bodies(cloud) == [{"task_id": task_id}]
    cloud.start(owner, event["id"], image=True)
    refusal = cloud.call(
        "POST", f"/v1/events/{event['id']}/export/json", user=owner, body={"audio": True}
    )
    assert refusal.codes == ["too-many-exports"]


def test_1_a_start_that_was_never_confirmed_leaves_nothing(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    opened = sets("running#", '"Put"')
    with answer_lost(clients.dynamodb(), "TransactWriteItems", of=opened, times=9):
        answer = cloud.call("POST", f"/v1/events/{event['id']}/export/json", user=owner)
    assert (answer.status, answer.codes) == (503, ["jobs-unavailable"])
    assert records() == []
    assert bodies(cloud) == []


def test_1_a_lost_answer_to_a_removal_removes(cloud: Cloud, owner: Row, task: str) -> None:
    assert cloud.work(task)
    with answer_lost(clients.dynamodb(), "UpdateItem", of=sets("removed_at")) as lost:
        assert cloud.call("DELETE", f"/v1/tasks/{task}", user=owner).status == 200
    assert len(lost) == 1
    assert cloud.archives() == []


# 2: a start that dies leaves a job that no worker has


def test_2_joining_a_job_without_a_message_sends_one(
    cloud: Cloud, owner: Row, event: Row, task: str
) -> None:
    change(task, queued_at=0)
    assert cloud.start(owner, event["id"]) == task
    assert bodies(cloud) == [{"task_id": task}]
    # And only one.
    assert cloud.start(owner, event["id"]) == task
    assert bodies(cloud) == []
    assert cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS


def test_2_joining_a_job_that_a_worker_has_sends_none(
    cloud: Cloud, owner: Row, event: Row, task: str
) -> None:
    cloud.jobs.claim(task, "worker", seconds=900)
    change(task, queued_at=0)
    assert cloud.start(owner, event["id"]) == task
    assert bodies(cloud) == []


def test_2_a_start_that_fails_leaves_the_job_to_those_who_joined_it(
    cloud: Cloud, owner: Row, colleague: Row, event: Row
) -> None:
    joined: list[str] = []

    def join() -> None:
        joined.append(cloud.start(colleague, event["id"]))

    client = clients.sqs()
    with meanwhile(client, "SendMessage", join), request_lost(client, "SendMessage"):
        answer = cloud.call("POST", f"/v1/events/{event['id']}/export/json", user=owner)
    assert (answer.status, answer.codes) == (503, ["queue-unavailable"])
    answer = cloud.call("GET", f"/v1/tasks/{joined[0]}", user=colleague)
    assert (answer.status, answer.json["state"]) == (200, "WAITING")


def test_2_a_job_of_release_1_0_without_a_message_gets_one(
    cloud: Cloud, owner: Row, event: Row, task: str
) -> None:
    """The record names neither its message nor what is still to be done."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task}},
        UpdateExpression="REMOVE queued_at, requeued, pending",
    )
    assert cloud.start(owner, event["id"]) == task
    assert bodies(cloud) == [{"task_id": task}]
    assert [job.id for job in cloud.jobs.pending()] == [task]


def test_2_a_job_with_tries_left_is_not_given_up(cloud: Cloud, task: str) -> None:
    """The message was delivered too often although no worker could take it."""
    before = cloud.job(task)
    assert cloud.give_up(task)
    assert cloud.job(task) == before
    assert cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS


# 5: two mails without a crash


def test_5_a_second_delivery_before_the_mail_is_recorded_sends_none(
    cloud: Cloud, task: str
) -> None:
    second: list[bool] = []
    with meanwhile(clients.ses(), "SendEmail", lambda: second.append(cloud.work(task))):
        assert cloud.work(task)
    assert second == [False]
    assert len(cloud.mails()) == 1
    assert cloud.work(task)
    assert len(cloud.mails()) == 1


def test_5_a_mail_whose_claim_was_not_answered_is_sent_once(cloud: Cloud, task: str) -> None:
    with answer_lost(clients.dynamodb(), "UpdateItem", of=sets("mail_owner")) as lost:
        assert cloud.work(task)
    assert len(lost) == 1
    assert (len(cloud.mails()), cloud.job(task).mail_attempts) == (1, 1)


def test_5_a_mail_that_ses_does_not_confirm_is_sent_again_once(cloud: Cloud, task: str) -> None:
    with answer_lost(clients.ses(), "SendEmail", times=9):
        assert not cloud.work(task)
        assert len(cloud.mails()) == 1
        assert cloud.work(task)
    assert len(cloud.mails()) == 2
    assert cloud.job(task).mailed_at is not None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("MessageRejected", "mail-rejected"),
        ("AccountSuspendedException", "mail-account-suspended"),
        ("BadRequestException", "mail-invalid"),
        ("MailFromDomainNotVerifiedException", "mail-sender-unverified"),
    ],
)
def test_a_mail_that_ses_refuses_for_good_is_final(
    cloud: Cloud, task: str, capsys: pytest.CaptureFixture[str], code: str, reason: str
) -> None:
    with refused(clients.ses(), "SendEmail", code):
        assert cloud.work(task)
    assert '"MailNotSent":[1.0]' in capsys.readouterr().out
    job = cloud.job(task)
    assert (job.state, job.mail_failure, job.pending) == (State.SUCCESS, reason, None)
    assert cloud.work(task)
    assert cloud.mails() == []


# 8: a worker that is killed at its upload


@pytest.fixture
def killed(cloud: Cloud, task: str) -> str:
    """The job of a worker that was killed when its archive was stored, and before that was said."""
    with request_lost(clients.dynamodb(), "UpdateItem", of=SUCCEED):
        assert not cloud.work(task)
    (key,) = cloud.archives()
    clients.s3().create_multipart_upload(Bucket=EXPORTS, Key=key)
    return task


def test_8_the_next_try_uses_the_key_of_the_worker_that_was_killed(
    cloud: Cloud, killed: str
) -> None:
    before = cloud.archives()
    assert cloud.work(killed)
    assert (cloud.archives(), uploads()) == (before, [])
    cloud.archive(killed)


def test_8_what_a_killed_worker_left_goes_when_the_job_is_given_up(
    cloud: Cloud, killed: str
) -> None:
    change(killed, attempts=3)
    assert cloud.give_up(killed)
    assert (cloud.archives(), uploads()) == ([], [])


def test_8_what_a_killed_worker_left_goes_when_the_job_is_removed(
    cloud: Cloud, owner: Row, killed: str
) -> None:
    assert cloud.call("DELETE", f"/v1/tasks/{killed}", user=owner).status == 200
    assert (cloud.archives(), uploads()) == ([], [])


# 12: messages that name no job


@pytest.mark.parametrize("task_id", ["x" * 3000, "x", "b7ca7088-876e-4c29-a0ee-b8029a64849a ", "é"])
@pytest.mark.parametrize("function", ["export_worker", "export_failed"])
def test_12_a_broken_message_is_counted_and_not_retried(
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    task_id: str,
    function: str,
) -> None:
    assert cloud.deliver(json.dumps({"task_id": task_id}), to=function)
    assert '"UnreadableMessages":[1.0]' in capsys.readouterr().out
    assert "ERROR" in [record.levelname for record in caplog.records]


# 13: an archive that others share


def test_13_a_former_member_cannot_remove_what_others_share(  # noqa: PLR0913, PLR0917 - fixtures
    cloud: Cloud, connection: Connection, owner: Row, colleague: Row, event: Row, task: str
) -> None:
    assert cloud.start(colleague, event["id"]) == task
    assert cloud.work(task)
    connection.execute(
        text("DELETE FROM users_events_roles WHERE user_id = :user"), {"user": owner["id"]}
    )
    connection.commit()
    answer = cloud.call("DELETE", f"/v1/tasks/{task}", user=owner)
    assert (answer.status, answer.codes) == (403, ["access-forbidden"])
    assert len(cloud.archives()) == 1
    assert cloud.call("DELETE", f"/v1/tasks/{task}", user=colleague).status == 200
    assert cloud.archives() == []


def test_13_a_former_member_removes_what_is_theirs_alone(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, task: str
) -> None:
    assert cloud.start(owner, event["id"]) == task
    assert cloud.work(task)
    connection.execute(text("DELETE FROM users_events_roles"))
    connection.commit()
    assert cloud.call("DELETE", f"/v1/tasks/{task}", user=owner).status == 200
    assert cloud.archives() == []


# Quotas


def test_a_user_s_running_exports_are_limited(
    cloud: Cloud, owner: Row, colleague: Row, event: Row
) -> None:
    cloud.set("EXPORTS_RUNNING_PER_USER", "2")
    first = cloud.start(owner, event["id"])
    cloud.start(owner, event["id"], image=True)

    def refusal() -> Any:  # noqa: ANN401 - an answer
        path = f"/v1/events/{event['id']}/export/json"
        return cloud.call("POST", path, user=owner, body={"audio": True})

    answer = refusal()
    assert (answer.status, answer.codes) == (429, ["too-many-running-exports"])
    assert answer.headers["retry-after"] == "60"
    # To join one that waits costs nothing, and others are not affected.
    assert cloud.start(owner, event["id"]) == first
    cloud.start(colleague, event["id"], video=True)
    assert cloud.work(first)
    cloud.start(owner, event["id"], audio=True)
    assert refusal().status == 200


def test_the_bytes_that_an_event_exports_a_day_are_limited(
    cloud: Cloud, owner: Row, event: Row, task: str
) -> None:
    assert cloud.work(task)
    second = cloud.start(owner, event["id"])
    assert cloud.work(second)
    counted = [
        item
        for item in clients.dynamodb().scan(TableName=TABLE)["Items"]
        if item["id"]["S"].startswith("exported-bytes#")
    ]
    archives = [cloud.job(id_).archive for id_ in (task, second)]
    sizes = [archive.size for archive in archives if archive is not None]
    assert [int(item["count"]["N"]) for item in counted] == [sum(sizes)]
    change(counted[0]["id"]["S"], count=500_000_000_000)
    path = f"/v1/events/{event['id']}/export/json"
    answer = cloud.call("POST", path, user=owner)
    assert (answer.status, answer.codes) == (429, ["too-many-bytes"])
    assert 1 <= int(answer.headers["retry-after"]) <= 86_400


def test_messages_are_grouped_by_user(cloud: Cloud, owner: Row, event: Row) -> None:
    cloud.start(owner, event["id"])
    received = clients.sqs().receive_message(
        QueueUrl=cloud.queue_url, MessageSystemAttributeNames=["MessageGroupId"]
    )
    (message,) = received["Messages"]
    assert message["Attributes"] == {"MessageGroupId": f"user-{owner['id']}"}
