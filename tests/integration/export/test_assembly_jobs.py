"""Jobs whose archive S3 puts together: handed on, given up, removed, begun again."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.archive.multipart import planned_parts
from openevent.export.give_up import TOO_LONG
from openevent.jobs import work
from openevent.jobs.clock import DAY
from openevent.jobs.record import State
from openevent.media.deadline import Deadline
from tests.factories import make_event, make_session, make_speaker, make_user
from tests.functions import EXPORTS, MEDIA, TABLE, Cloud, client_error
from tests.integration.export.assembling import MIB, noise

Row = dict[str, Any]

VIDEO = noise(12 * MIB, "video")


@pytest.fixture
def owner(connection: Connection) -> Row:
    user = make_user(connection, "owner@example.com")
    connection.commit()
    return user


@pytest.fixture
def task(cloud: Cloud, connection: Connection, owner: Row, monkeypatch: pytest.MonkeyPatch) -> str:
    """A job that waits, of an event with more media than goes over the worker's disk."""
    cloud.set("ASSEMBLE_ABOVE_MEGABYTES", "1")
    monkeypatch.setattr(planned_parts, "PAUSE", 0.0)
    event = make_event(connection, owner, name="PyCon")
    key = f"events/{event['id']}/video.mp4"
    clients.s3().put_object(Bucket=MEDIA, Key=key, Body=VIDEO)
    make_session(connection, event, video_url=f"https://media.s3.example.com/{key}")
    connection.commit()
    return cloud.start(owner, event["id"], video=True)


class Looks(Deadline):
    """Time that is up when it was looked at so often."""

    left_over = 0

    @property
    def left(self) -> float:
        Looks.left_over -= 1
        return float(Looks.left_over)


@pytest.fixture
def begun(cloud: Cloud, task: str) -> str:
    """The job when its first invocation had time for one part."""
    # One before anything is assembled: for the time of media.
    Looks.left_over = 4
    with pytest.MonkeyPatch.context() as short:
        short.setattr(work, "Deadline", Looks)
        assert cloud.work(task)
    return task


def uploads() -> list[str]:
    found = clients.s3().list_multipart_uploads(Bucket=EXPORTS)
    return [upload["Key"] for upload in found.get("Uploads", [])]


def check_archive(cloud: Cloud, task: str) -> None:
    job = cloud.job(task)
    assert (job.state, job.archive is not None and job.archive.sha256) == (State.SUCCESS, None)
    with cloud.archive(task) as archive:
        (name,) = (name for name in archive.namelist() if name.startswith("videos/"))
        assert archive.read(name) == VIDEO
    assert uploads() == []
    assert len(cloud.archives()) == 1


def test_a_large_archive_is_made_by_s3(cloud: Cloud, task: str) -> None:
    assert cloud.work(task)

    check_archive(cloud, task)
    assert len(cloud.mails()) == 1


@pytest.fixture
def asked() -> Iterator[list[tuple[str, str]]]:
    """Operation and key of each call for an object of the media bucket."""
    calls: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if params.get("Bucket") == MEDIA:
            calls.append((model.name, params["Key"]))

    events = clients.s3().meta.events
    events.register("before-parameter-build.s3", note)
    yield calls
    events.unregister("before-parameter-build.s3", note)


@pytest.mark.parametrize("photos", [1, 3])
def test_images_are_asked_for_only_if_they_are_too_many(
    cloud: Cloud, connection: Connection, owner: Row, asked: list[tuple[str, str]], photos: int
) -> None:
    cloud.set("ASSEMBLE_ABOVE_MEGABYTES", "1")
    event = make_event(connection, owner)
    keys = [f"events/{event['id']}/{number}.jpg" for number in range(photos)]
    bodies = [noise(MIB // 2, key) for key in keys]
    for key, body in zip(keys, bodies, strict=True):
        clients.s3().put_object(Bucket=MEDIA, Key=key, Body=body, ContentType="image/jpeg")
        make_speaker(connection, event, photo_url=f"https://media.s3.example.com/{key}")
    connection.commit()
    task = cloud.start(owner, event["id"], image=True)
    asked.clear()

    assert cloud.work(task)

    job = cloud.job(task)
    assert job.archive is not None
    assert (job.archive.sha256 is None, job.archive.skipped_count) == (photos == 3, 0)
    heads = sorted(key for operation, key in asked if operation == "HeadObject")
    assert heads == ([] if photos == 1 else keys)
    assert ("GetObject", keys[0]) in asked
    with cloud.archive(task) as archive:
        names = [name for name in archive.namelist() if name.startswith("images/")]
        assert sorted(map(archive.read, names)) == sorted(bodies)


def test_what_is_left_when_time_is_up_is_resumed_with_a_new_message(
    cloud: Cloud, begun: str
) -> None:
    job = cloud.job(begun)
    assert (job.state, job.lease_until, cloud.mails()) == (State.WAITING, 0, [])
    assert job.upload is not None
    assert uploads() == [job.upload.key]
    # The one that started it, which no worker has received here, and the one that resumes it.
    assert [message["Body"] for message in cloud.messages()] == [f'{{"task_id": "{begun}"}}'] * 2

    assert cloud.work(begun)

    check_archive(cloud, begun)
    assert cloud.job(begun).attempts == 2
    assert len(cloud.mails()) == 1


def test_an_unfinished_upload_is_aborted_when_the_job_is_given_up(
    cloud: Cloud, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise client_error("ServiceUnavailable", "UploadPart")

    with monkeypatch.context() as broken:
        broken.setattr(clients.s3_for_copies(), "upload_part", away)
        for _ in range(3):
            assert not cloud.work(begun)
    assert uploads() != []

    assert cloud.give_up(begun)

    assert cloud.job(begun).state is State.FAILED
    assert uploads() == []
    assert cloud.archives() == []


def test_an_unfinished_upload_is_aborted_when_the_job_is_removed(
    cloud: Cloud, owner: Row, begun: str
) -> None:
    assert cloud.call("DELETE", f"/v1/tasks/{begun}", user=owner).status == 200

    assert uploads() == []
    assert cloud.archives() == []
    assert cloud.work(begun)
    assert cloud.mails() == []


def test_an_archive_whose_upload_s3_has_aborted_is_begun_again(cloud: Cloud, begun: str) -> None:
    upload = cloud.job(begun).upload
    assert upload is not None
    clients.s3().abort_multipart_upload(Bucket=EXPORTS, Key=upload.key, UploadId=upload.id)

    assert not cloud.work(begun)
    assert cloud.job(begun).upload is None
    assert cloud.work(begun)

    check_archive(cloud, begun)


def test_an_assembly_is_given_up_a_day_after_its_start(cloud: Cloud, begun: str) -> None:
    set_created_at(begun, datetime.now(UTC) - timedelta(seconds=DAY + 1))

    assert cloud.work(begun)

    job = cloud.job(begun)
    assert (job.state, job.failure) == (State.FAILED, TOO_LONG)
    assert uploads() == []
    assert cloud.archives() == []
    assert len(cloud.mails()) == 1


def test_the_rounds_of_a_day_have_no_number(cloud: Cloud, begun: str) -> None:
    """Short invocations make small rounds: their number says nothing about the time."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": begun}},
        UpdateExpression="SET rounds = :many",
        ExpressionAttributeValues={":many": {"N": "1000"}},
    )

    assert cloud.work(begun)

    check_archive(cloud, begun)


def test_a_job_that_waited_for_a_day_is_begun(cloud: Cloud, task: str) -> None:
    set_created_at(task, datetime.now(UTC) - timedelta(seconds=DAY + 1))

    assert cloud.work(task)

    check_archive(cloud, task)


def set_created_at(task_id: str, moment: datetime) -> None:
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET created_at = :moment",
        ExpressionAttributeValues={":moment": {"S": moment.isoformat(timespec="milliseconds")}},
    )


def test_an_archive_that_release_1_0_has_begun_is_begun_again(cloud: Cloud, begun: str) -> None:
    """The plan of 1.0 has another format, and each of its rounds counted as an attempt."""
    job = cloud.job(begun)
    plan = f"exports/{job.event_id}/assembly/{begun}/plan.json"
    document = json.loads(clients.s3().get_object(Bucket=EXPORTS, Key=plan)["Body"].read())
    del document["prefixes"], document["media_until"]
    document["event"] = {"id": job.event_id, "identifier": "934ebe39", "name": "PyCon"}
    clients.s3().put_object(Bucket=EXPORTS, Key=plan, Body=json.dumps(document).encode())
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": begun}},
        UpdateExpression="SET attempts = :five REMOVE handed_on, rounds, pending, queued_at",
        ExpressionAttributeValues={":five": {"N": "5"}},
    )

    assert not cloud.work(begun)
    assert (cloud.job(begun).upload, cloud.job(begun).state) == (None, State.WAITING)
    assert uploads() == []
    assert cloud.work(begun)
    if cloud.job(begun).state is State.WAITING:
        assert cloud.work(begun)

    check_archive(cloud, begun)


def pages(cloud: Cloud, task: str) -> dict[str, str]:
    """The archive's pages and README.txt, without the time of the request."""
    with cloud.archive(task) as archive:
        names = [name for name in archive.namelist() if name.endswith((".html", ".txt"))]
        texts = {name: archive.read(name).decode() for name in names}
    when = re.compile(r"on \d+ \w+ \d{4}, \d\d:\d\d \(")
    return {name: when.sub("on (", text) for name, text in texts.items()}


def test_pages_of_a_resumed_assembly_are_those_of_an_archive_on_the_disk(
    cloud: Cloud, owner: Row, begun: str
) -> None:
    event_id = cloud.job(begun).event_id
    while cloud.job(begun).state is not State.SUCCESS:
        assert cloud.work(begun)
    archive = cloud.job(begun).archive
    assert archive is not None
    assert archive.sha256 is None
    assembled = pages(cloud, begun)

    cloud.set("ASSEMBLE_ABOVE_MEGABYTES", "1000")
    task = cloud.start(owner, event_id, video=True)
    assert cloud.work(task)
    assert pages(cloud, task) == assembled
    assert list(assembled) == ["index.html", "README.txt"]
    assert "videos/" in assembled["README.txt"]
