"""Exports while what they depend on is away, or dies."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from local.stack import Stack
from tests.e2e.exporting import (
    download,
    finished,
    mails_about,
    poll,
    record,
    start,
    until,
)
from tests.e2e.faults import (
    archives_refused,
    database_away,
    kill_worker,
    mail_refused,
    worker_paused,
)
from tests.e2e.web import Page, Web

ORGANIZER = "organizer@paperboats.example"
OWNER = "owner@paperboats.example"


def test_a_database_that_comes_back_finds_the_job_waiting(stack: Stack) -> None:
    """A transient fault is tried again."""
    with ExitStack() as away:
        with worker_paused(stack):
            task_id = start(stack, body={"image": True, "video": True})
            away.enter_context(database_away(stack))
        until(lambda: record(stack, task_id), _has_failed_once)

    download(finished(stack, task_id))

    assert int(record(stack, task_id)["attempts"]) > 1
    until(lambda: mails_about(stack, task_id, ORGANIZER), lambda mails: len(mails) == 1)


def test_who_waits_for_an_export_needs_no_database(stack: Stack) -> None:
    with worker_paused(stack):
        task_id = start(stack, body={"audio": True, "video": True})
        with database_away(stack):
            assert poll(stack, task_id)["state"] == "WAITING"

    download(finished(stack, task_id))


def test_while_the_database_is_away_nothing_is_started(stack: Stack) -> None:
    """A clean 503 and no job: neither a record nor a row nor a message."""
    before = _jobs_of(stack, "admin")
    with database_away(stack):
        answer = stack.request(
            "POST",
            f"/v1/events/{stack.event['id']}/export/json",
            token=stack.tokens["admin"],
            body={"audio": True},
        )

    assert answer.status == 503
    assert answer.json()["errors"][0]["code"] == "database-unavailable"
    assert answer.headers["Retry-After"] == "5"
    assert _jobs_of(stack, "admin") == before


def test_the_job_of_a_worker_that_dies_is_done_by_another(stack: Stack, web: Web) -> None:
    """The lease and the message's hiding both end with the time that the dead worker had."""
    address = web.put("/slow.png", Page(b"\x89PNG\r\n\x1a\n", delay=20))
    event = _event_with_logo(stack, address)
    task_id = start(stack, event, token=stack.tokens["admin"], body={"image": True})
    until(lambda: web.asked, lambda asked: "/slow.png" in asked)

    assert kill_worker(stack) > 0
    web.put("/slow.png", Page(b"\x89PNG\r\n\x1a\n"))

    archive = download(finished(stack, task_id, token=stack.tokens["admin"]))
    assert archive.json("event")["logo_url"] == "/images/logo.png"
    assert record(stack, task_id)["attempts"] == "2"
    until(lambda: record(stack, task_id), lambda job: "mailed_at" in job)
    assert len(mails_about(stack, task_id, "admin@paperboats.example")) == 1


def test_a_job_that_fails_again_and_again_ends_failed_with_a_mail(stack: Stack) -> None:
    with archives_refused(stack):
        task_id = start(stack, token=stack.tokens["owner"], body={"document": True})
        task = finished(stack, task_id, token=stack.tokens["owner"])

    assert task == {
        "state": "FAILED",
        "result": (
            "The archive could not be made because of a problem on our side, which has been "
            "reported. Please start the export again later."
        ),
        "mail": task["mail"],
    }
    assert record(stack, task_id)["attempts"] == "4"
    (mail,) = until(lambda: mails_about(stack, task_id, OWNER), bool)
    assert mail.subject == "The export of Paper Boats 2027 failed"
    assert task_id in mail.html
    assert "a problem on our side" in mail.text


def test_messages_that_name_no_job_end_without_harm(stack: Stack) -> None:
    client = stack.client("sqs")
    for body in (" ", "no JSON", "[]", "{}", '{"task_id": 7}', '{"task_id": "?"}'):
        client.send_message(QueueUrl=stack.export_queue_url, MessageBody=body)

    def waiting() -> int:
        return sum(
            int(number)
            for queue in (stack.export_queue_url, stack.dead_letter_queue_url)
            for number in client.get_queue_attributes(
                QueueUrl=queue,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"].values()
        )

    until(waiting, lambda number: number == 0)


def test_a_job_whose_message_was_lost_is_done_after_a_sweep(stack: Stack) -> None:
    with worker_paused(stack):
        task_id = start(stack, token=stack.tokens["owner"], body={"video": True})
        stack.client("sqs").purge_queue(QueueUrl=stack.export_queue_url)
        stack.client("dynamodb").update_item(
            TableName=stack.jobs_table,
            Key={"id": {"S": task_id}},
            UpdateExpression="SET queued_at = :then",
            ExpressionAttributeValues={":then": {"N": "0"}},
        )
    answer = stack.client("lambda").invoke(FunctionName=stack.functions["sweeper"])

    assert "FunctionError" not in answer
    download(finished(stack, task_id, token=stack.tokens["owner"]))


def test_mail_that_is_refused_is_sent_later_and_once(stack: Stack) -> None:
    """Export, 13: when the mail server was away, the export was reported as failed."""
    with mail_refused(stack):
        task_id = start(stack, token=stack.tokens["owner"], body={"video": True, "audio": True})
        task = finished(stack, task_id, token=stack.tokens["owner"])
        assert task["state"] == "SUCCESS"
        assert "mailed_at" not in record(stack, task_id)
        download(task)

    until(lambda: record(stack, task_id), lambda job: "mailed_at" in job)
    assert len(mails_about(stack, task_id, OWNER)) == 1


def test_many_at_once_start_one_job(stack: Stack) -> None:
    with worker_paused(stack), ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(lambda _: start(stack, body={"audio": True}), range(8)))

    assert len(set(tasks)) == 1
    finished(stack, tasks[0])


def _has_failed_once(job: dict[str, Any]) -> bool:
    """Return whether a worker has given the job back."""
    return int(job["attempts"]) >= 1 and int(job["lease_until"]) == 0


def _event_with_logo(stack: Stack, address: str) -> int:
    """The empty event, its logo at `address`."""
    event = int(stack.event["empty_id"])
    with stack.connect() as connection:
        connection.cursor().execute(
            "UPDATE events SET logo_url = %s WHERE id = %s", [address, event]
        )
        connection.commit()
    return event


def _jobs_of(stack: Stack, role: str) -> set[str]:
    """The ids of all jobs that somebody started."""
    jobs = stack.client("dynamodb").scan(TableName=stack.jobs_table)["Items"]
    user = {"N": str(stack.users[role])}
    return {job["id"]["S"] for job in jobs if job.get("user_id") == user}
