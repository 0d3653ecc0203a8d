"""A job's way: claimed, run, ended, mailed; and whatever can come in between."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.archive import maker
from openevent.archive.progress import Progress
from openevent.errors import Unavailable
from openevent.export import reporter
from openevent.export.build import Build
from openevent.export.give_up import EVENT_GONE
from openevent.export.job import ArchiveRecord, Job, new_job
from openevent.export.job_store import Jobs
from openevent.export.options import Options
from openevent.export.reporter import Reporter
from openevent.jobs.record import State
from openevent.jobs.store import Busy, LeaseLost
from tests.database import Server
from tests.factories import delete_softly, make_event, make_session, make_speaker
from tests.functions import EXPORTS, Cloud, client_error
from tests.lambda_context import Context

Row = dict[str, Any]


@pytest.fixture
def task(cloud: Cloud, owner: Row, event: Row) -> str:
    """A job that waits."""
    return cloud.start(owner, event["id"])


@pytest.fixture
def job(cloud: Cloud) -> Job:
    """A job that waits, of an event that is nowhere."""
    made = new_job(
        task_id="b7ca7088-876e-4c29-a0ee-b8029a64849a",
        event_id=7,
        event_identifier="abcd1234",
        event_name="PyCon",
        user_id=1,
        user_email="ada@example.com",
        options=Options(),
        archive_days=7,
    )
    return cloud.starts().open(made)


def away(operation: str) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise client_error("ServiceUnavailable", operation)

    return call


RECORD = ArchiveRecord(
    key="exports/7/zip/x/event7.zip",
    size=1,
    sha256="00",
    files=1,
    skipped_count=0,
    skipped=(),
    repaired={},
    expires_at=2_000_000_000,
)


# The record of a job


def test_a_claim_holds_until_its_lease_ends(cloud: Cloud, job: Job) -> None:
    claimed = cloud.jobs.claim(job.id, "one", seconds=100)
    assert claimed is not None
    assert (claimed.attempts, claimed.lease_owner, claimed.state) == (1, "one", State.WAITING)
    with pytest.raises(Busy) as caught:
        cloud.jobs.claim(job.id, "two", seconds=100)
    assert 98 <= caught.value.seconds <= 100
    assert cloud.job(job.id).attempts == 1


def test_after_the_lease_another_starts_afresh(cloud: Cloud, job: Job) -> None:
    cloud.jobs.claim(job.id, "one", seconds=0)
    claimed = cloud.jobs.claim(job.id, "two", seconds=100)
    assert claimed is not None
    assert (claimed.attempts, claimed.lease_owner) == (2, "two")
    for change in (
        lambda: cloud.jobs.advance(job, "one", Progress(stage="data", done=1, total=2, bytes=3)),
        lambda: cloud.jobs.succeed(job, "one", RECORD),
        lambda: cloud.jobs.fail(job, "one", "x"),
        lambda: cloud.jobs.release(job.id, "one"),
    ):
        with pytest.raises(LeaseLost):
            change()
    assert cloud.job(job.id) == claimed


def test_what_was_given_back_can_be_claimed(cloud: Cloud, job: Job) -> None:
    cloud.jobs.claim(job.id, "one", seconds=100)
    cloud.jobs.release(job.id, "one")
    claimed = cloud.jobs.claim(job.id, "two", seconds=100)
    assert claimed is not None
    assert claimed.attempts == 2


@pytest.mark.parametrize("end", ["succeed", "fail"])
def test_the_end_is_final(cloud: Cloud, job: Job, end: str) -> None:
    cloud.jobs.claim(job.id, "one", seconds=100)
    if end == "succeed":
        ended = cloud.jobs.succeed(job, "one", RECORD)
        assert ended.expires_at == RECORD.expires_at + 30 * 86400
    else:
        ended = cloud.jobs.fail(job, "one", "It failed.")
        assert ended.failure == "It failed."
    assert ended.finished_at is not None
    for change in (
        lambda: cloud.jobs.succeed(job, "one", RECORD),
        lambda: cloud.jobs.fail(job, "one", "x"),
        lambda: cloud.jobs.release(job.id, "one"),
    ):
        with pytest.raises(LeaseLost):
            change()
    assert cloud.jobs.claim(job.id, "two", seconds=100) == ended


def test_a_removed_job_has_no_owner(cloud: Cloud, job: Job) -> None:
    cloud.jobs.claim(job.id, "one", seconds=100)
    assert cloud.jobs.remove(job).removed_at is not None
    assert cloud.jobs.claim(job.id, "two", seconds=100) is None
    with pytest.raises(LeaseLost):
        cloud.jobs.succeed(job, "one", RECORD)


def test_a_job_that_never_was(cloud: Cloud, job: Job) -> None:
    assert cloud.jobs.claim("unknown", "one", seconds=100) is None
    assert cloud.jobs.find("unknown") is None
    # Nor are the table's other records jobs.
    others = [key for key in keys() if key != job.id]
    assert len(others) == 3
    for key in others:
        assert cloud.jobs.find(key) is None
        assert cloud.jobs.claim(key, "one", seconds=100) is None


def keys() -> list[str]:
    return [item["id"]["S"] for item in clients.dynamodb().scan(TableName="jobs")["Items"]]


def test_a_record_comes_back_unchanged(job: Job) -> None:
    assert Job.from_item(job.item()) == job


# The worker


def test_a_message_is_hidden_as_long_as_the_invocation_lives(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden: list[int] = []
    monkeypatch.setattr(
        clients.sqs(),
        "change_message_visibility",
        lambda **request: hidden.append(request["VisibilityTimeout"]),
    )
    assert cloud.work(task, context=Context(milliseconds=60_000))
    assert hidden == [65]


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 60), (2, 120), (3, 240), (10, 30_720), (11, 43_200), (500, 43_200)]
)
def test_each_try_waits_twice_as_long_as_the_one_before(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch, tries: int, seconds: int
) -> None:
    hidden: list[int] = []
    monkeypatch.setattr(
        clients.sqs(),
        "change_message_visibility",
        lambda **request: hidden.append(request["VisibilityTimeout"]),
    )
    clients.s3().delete_bucket(Bucket=EXPORTS)
    assert not cloud.deliver(json.dumps({"task_id": task}), tries=tries)
    assert hidden[-1] == seconds


def test_a_second_delivery_while_the_job_is_held_does_no_work(cloud: Cloud, task: str) -> None:
    cloud.jobs.claim(task, "another", seconds=100)
    held = cloud.job(task)
    assert not cloud.work(task)
    assert cloud.job(task) == held
    assert (cloud.archives(), cloud.mails()) == ([], [])


def test_a_second_delivery_after_the_end_does_no_work(cloud: Cloud, task: str) -> None:
    assert cloud.work(task)
    ended, archives = cloud.job(task), cloud.archives()
    assert cloud.work(task)
    assert cloud.work(task, to="export_failed")
    assert cloud.job(task) == ended
    assert cloud.archives() == archives
    assert len(cloud.mails()) == 1


def test_a_worker_that_died_is_followed_by_another(cloud: Cloud, task: str) -> None:
    cloud.jobs.claim(task, "dead", seconds=0)
    assert cloud.work(task)
    job = cloud.job(task)
    assert (job.state, job.attempts) == (State.SUCCESS, 2)


@pytest.mark.parametrize(
    "body", ["", "x", "{}", "[]", '{"task_id": 7}', '{"task_id": ""}', '{"task_id": null}', "null"]
)
def test_a_message_that_names_no_task_asks_for_nothing(cloud: Cloud, body: str) -> None:
    assert cloud.deliver(body)
    assert cloud.deliver(body, to="export_failed")
    assert (cloud.archives(), cloud.mails()) == ([], [])


def test_a_message_of_a_job_that_is_gone_asks_for_nothing(cloud: Cloud) -> None:
    assert cloud.work("b7ca7088-876e-4c29-a0ee-b8029a64849a")
    assert (cloud.archives(), cloud.mails()) == ([], [])


def test_a_job_that_is_removed_while_it_runs(
    cloud: Cloud, owner: Row, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Build.finish

    def removed(build: Build, *args: Any) -> object:  # noqa: ANN401 - as the original
        assert cloud.call("DELETE", f"/v1/tasks/{task}", user=owner).status == 200
        return finish(build, *args)

    monkeypatch.setattr(Build, "finish", removed)
    assert cloud.work(task)
    assert (cloud.archives(), cloud.mails()) == ([], [])
    assert cloud.call("GET", f"/v1/tasks/{task}", user=owner).codes == ["export-removed"]


def test_a_job_that_another_took_over_while_it_ran(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Build.finish

    def take(build: Build, *args: Any) -> object:  # noqa: ANN401 - as the original
        clients.dynamodb().update_item(
            TableName="jobs",
            Key={"id": {"S": task}},
            UpdateExpression="SET lease_owner = :another",
            ExpressionAttributeValues={":another": {"S": "another"}},
        )
        return finish(build, *args)

    monkeypatch.setattr(Build, "finish", take)
    assert cloud.work(task)
    assert cloud.job(task).state is State.WAITING
    assert (cloud.archives(), cloud.mails()) == ([], [])


def test_progress_never_goes_backwards_not_even_on_another_try(
    cloud: Cloud, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "PROGRESS_INTERVAL", 0)

    def seen() -> tuple[str, int]:
        progress = cloud.job(job.id).progress
        assert progress is not None
        return progress.stage, progress.done

    def try_(steps: list[Progress]) -> list[tuple[str, int]]:
        claimed = cloud.jobs.claim(job.id, "one", seconds=0)
        assert claimed is not None
        report = Reporter(cloud.jobs, claimed, "one")
        found = []
        for step in steps:
            report(step)
            found.append(seen())
        return found

    data = [Progress("data", done, 10, done) for done in (1, 5)]
    media = [Progress("media", done, 10, done) for done in (2, 6)]
    assert try_([*data, *media]) == [("data", 1), ("data", 5), ("media", 2), ("media", 6)]
    again = try_([*data, *media, Progress("media", 7, 10, 7), Progress("upload", 0, 1, 9)])
    assert again == [("media", 6)] * 4 + [("media", 7), ("upload", 0)]


def test_progress_is_not_written_at_every_step(
    cloud: Cloud, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Progress] = []
    monkeypatch.setattr(Jobs, "advance", lambda _s, _j, _o, progress: written.append(progress))
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = Reporter(cloud.jobs, job, "one")
    for done in range(100):
        now[0] += 0.1
        report(Progress("media", done, 100, done))
    assert 1 <= len(written) <= 1 + 10 / 1.5


# What passes and what does not


def test_an_event_that_is_gone_fails_at_once_with_a_mail(
    cloud: Cloud, connection: Connection, event: Row, task: str
) -> None:
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.work(task)
    job = cloud.job(task)
    assert (job.state, job.failure, job.attempts) == (State.FAILED, EVENT_GONE, 1)
    (mail,) = cloud.mails()
    assert mail.subject == "The export of PyCon failed"
    assert EVENT_GONE in mail.body
    assert task in mail.body


def test_another_event_whose_identifier_is_its_id_is_not_exported_instead(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, task: str
) -> None:
    make_event(connection, owner, identifier=str(event["id"]), name="Another")
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.work(task)
    assert cloud.job(task).state is State.FAILED


@pytest.mark.parametrize(("whole", "is_one_part"), [(1, False), (maker.WHOLE, True)])
def test_a_large_archive_is_uploaded_in_parts(
    cloud: Cloud,
    task: str,
    monkeypatch: pytest.MonkeyPatch,
    whole: int,
    is_one_part: bool,  # noqa: FBT001 - a case
) -> None:
    """Such an object's tag ends with the number of its parts."""
    monkeypatch.setattr(maker, "WHOLE", whole)
    assert cloud.work(task)
    cloud.archive(task)
    record = cloud.job(task).archive
    assert record is not None
    head = clients.s3().head_object(Bucket=EXPORTS, Key=record.key)
    assert head["ContentType"] == "application/zip"
    assert ("-" not in head["ETag"]) is is_one_part


def test_storage_that_is_away_is_tried_again(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(clients.s3(), "put_object", away("PutObject"))
        assert not cloud.work(task)
    job = cloud.job(task)
    assert (job.state, job.lease_until, cloud.mails()) == (State.WAITING, 0, [])
    assert cloud.work(task)
    assert cloud.job(task).attempts == 2


def test_a_bucket_that_is_not_there_is_no_success(cloud: Cloud, task: str) -> None:
    cloud.set("EXPORT_BUCKET", "nobody-s")
    assert not cloud.work(task)
    assert cloud.job(task).state is State.WAITING


def test_an_archive_whose_success_could_not_be_recorded_is_replaced_by_the_next_try(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unavailable("jobs-unavailable", "Away.")

    with monkeypatch.context() as broken:
        broken.setattr(Jobs, "succeed", fails)
        assert not cloud.work(task)
    # Nothing is removed on a guess: the success may have been recorded all the same.
    first = cloud.archives()
    assert len(first) == 1
    assert cloud.work(task)
    assert cloud.archives() == first
    cloud.archive(task)


def test_the_database_goes_away_and_comes_back(
    cloud: Cloud, connection: Connection, postgres: Server, event: Row, task: str
) -> None:
    for _ in range(3):
        make_session(connection, event, make_speaker(connection, event))
    connection.commit()
    read = Build._take

    def cut(build: Build, part: Any) -> None:  # noqa: ANN401 - as the original
        if part.file.name == "sessions":
            postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'open-event-functions' AND pid <> pg_backend_pid() "
                "AND state <> 'idle'"
            )
        read(build, part)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Build, "_take", cut)
        connection.rollback()
        assert not cloud.work(task)
    assert cloud.job(task).state is State.WAITING
    assert cloud.work(task)
    assert cloud.job(task).state is State.SUCCESS


def test_a_job_that_fails_again_and_again_is_given_up(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(clients.s3(), "put_object", away("PutObject"))
        for _ in range(3):
            assert not cloud.work(task)
    assert cloud.give_up(task)
    job = cloud.job(task)
    assert job.state is State.FAILED
    assert job.failure == (
        "The archive could not be made because of a problem on our side, which has been reported. "
        "Please start the export again later."
    )
    (mail,) = cloud.mails()
    assert (mail.subject, mail.destinations["ToAddresses"]) == (
        "The export of PyCon failed",
        ["owner@example.com"],
    )
    assert "ServiceUnavailable" not in mail.body
    assert cloud.give_up(task)
    assert len(cloud.mails()) == 1


def test_what_a_worker_holds_is_not_given_up(cloud: Cloud, task: str) -> None:
    for _ in range(2):
        cloud.jobs.claim(task, "worker", seconds=100)
        cloud.jobs.release(task, "worker")
    cloud.jobs.claim(task, "worker", seconds=100)
    assert not cloud.give_up(task)
    assert cloud.job(task).state is State.WAITING


# The mail


def test_export_defect_13_a_mail_that_cannot_be_sent_is_retried_alone(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the mail server was away, the export itself was reported as failed."""
    with monkeypatch.context() as broken:
        broken.setattr(clients.ses(), "send_email", away("SendEmail"))
        assert not cloud.work(task)
        assert not cloud.give_up(task)
    job, archives = cloud.job(task), cloud.archives()
    assert (job.state, job.mailed_at, job.attempts) == (State.SUCCESS, None, 1)
    assert cloud.work(task)
    assert cloud.archives() == archives
    assert len(cloud.mails()) == 1
    assert cloud.job(task).mailed_at is not None


def test_the_mail_comes_after_the_state(
    cloud: Cloud, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[State] = []

    def send_email(**_: object) -> dict[str, str]:
        states.append(cloud.job(task).state)
        return {"MessageId": "m"}

    monkeypatch.setattr(clients.ses(), "send_email", send_email)
    assert cloud.work(task)
    assert states == [State.SUCCESS]


def test_the_mail_of_success(cloud: Cloud, owner: Row, event: Row, task: str) -> None:
    assert cloud.work(task)
    (mail,) = cloud.mails()
    link = f"https://api.example.com/v1/events/{event['id']}/exports/page/{task}?ticket="
    assert mail.subject == "The export of PyCon is ready"
    assert mail.source == "Open Event <noreply@example.com>"
    assert mail.destinations["ToAddresses"] == [owner["_email"]]
    assert link in mail.body
    assert "could not be fetched" not in mail.body
    assert "X-Amz-" not in mail.body


def test_a_mail_of_a_removed_job_is_not_sent(cloud: Cloud, owner: Row, task: str) -> None:
    assert cloud.call("DELETE", f"/v1/tasks/{task}", user=owner).status == 200
    assert cloud.work(task)
    assert cloud.mails() == []


# Two at once


def test_export_defect_10_two_exports_at_once_share_nothing(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    """Two at once, and both were answered SUCCESS with photos missing."""
    other = make_event(connection, owner, name="Another")
    for n in range(20):
        make_speaker(connection, event, name=f"A{n}")
        make_speaker(connection, other, name=f"B{n}")
    connection.commit()
    tasks = [
        cloud.start(owner, event["id"]),
        cloud.start(owner, event["id"], image=True),
        cloud.start(owner, other["id"]),
    ]
    assert cloud.work_at_once(*tasks) == [True] * 3
    assert len(set(cloud.archives())) == 3
    letters = [
        {row["name"][0] for row in json.loads(cloud.archive(task).read("speakers"))}
        for task in tasks
    ]
    assert letters == [{"A"}, {"A"}, {"B"}]


def test_export_defect_10_a_key_cannot_be_guessed_and_an_archive_is_not_public(
    cloud: Cloud, event: Row, task: str
) -> None:
    """All exports of an event shared one S3 key, public and for ever."""
    assert cloud.work(task)
    (key,) = cloud.archives()
    exports, event_id, kind, random, name = key.split("/")
    assert (exports, event_id, kind, name) == (
        "exports",
        str(event["id"]),
        "zip",
        f"event{event['id']}.zip",
    )
    assert len(random) >= 22
    grants = clients.s3().get_object_acl(Bucket=EXPORTS, Key=key)["Grants"]
    assert all("URI" not in grant["Grantee"] for grant in grants)
    archive = cloud.job(task).archive
    assert archive is not None
    assert 0 <= archive.expires_at - time.time() - 7 * 86400 + 60 < 120


def test_an_id_that_no_key_can_be_is_timed_out_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB refuses keys of more than 2,048 bytes, which is no reason for a 503."""
    monkeypatch.setattr(clients.dynamodb(), "get_item", away("GetItem"))
    assert cloud.jobs.find("x" * 3000) is None
