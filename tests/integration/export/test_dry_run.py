"""A dry run tells, in time, and makes nothing; an export that no reader takes fails at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Flag
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from local.schema.rows import Row
from openevent.adapters import clients
from openevent.jobs.record import State
from openevent.media.deadline import Deadline
from openevent.media.hosts import MAX_FAILURES, Hosts
from openevent.media.places import Places
from openevent.media.sizes import Scale
from openevent.media.skipped import Reason, Skip, Skipped
from openevent.media.transfer import Answer
from openevent.media.web import Web
from tests import factories
from tests.exports import BUCKET, MEDIA, Shelf
from tests.functions import MEDIA as MEDIA_BUCKET
from tests.functions import Cloud


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection, "owner@example.com")


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    event = factories.make_event(connection, owner)
    connection.commit()
    return event


def dry_run(cloud: Cloud, user: Row, event: Row, **options: object) -> dict[str, Any]:
    answer = cloud.call(
        "POST",
        f"/v1/events/{event['id']}/export/json",
        user=user,
        body={**options, "dry_run": True},
    )
    assert answer.status == 200, answer.text
    described: dict[str, Any] = answer.json
    return described


def test_a_dry_run_of_an_event_without_anything(cloud: Cloud, owner: Row, event: Row) -> None:
    answer = dry_run(cloud, owner, event, dialect="webapp", privacy="public")

    files = ("microlocations", "sessions", "speakers", "sponsors", "tracks", "session_types")
    assert answer == {
        "dry_run": True,
        "options": {
            **dict.fromkeys(("image", "video", "document", "audio"), False),
            "dialect": "webapp",
            "privacy": "public",
            "tables": True,
            "excel": False,
            "for": None,
            "schedules": True,
            "pages": True,
        },
        "failure": None,
        "rows": {"event": 1, **dict.fromkeys(files, 0), "forms": 0, "meta": 1},
        "tables": [],
        "media": {"files": 0, "bytes": 0, "of_unknown_size": 0, "timed_out": 0},
        "skipped": {"count": 0, "media": []},
        "repaired": {
            "count": 1,
            "changes": {"picture-replaced": 1},
            "first": [
                {
                    "change": "picture-replaced",
                    "file": "event",
                    "id": event["id"],
                    "field": "logo_url",
                }
            ],
        },
        "withheld": [],
        "warnings": [],
    }


def test_a_dry_run_leaves_no_trace(cloud: Cloud, owner: Row, event: Row) -> None:
    dry_run(cloud, owner, event)

    assert cloud.messages() == []
    assert list(cloud.jobs.of_event(event["id"])) == []
    assert cloud.archives() == []
    assert cloud.mails() == []


def test_media_of_the_bucket_is_weighed_once_an_address(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    key = f"events/{event['id']}/portrait.png"
    clients.s3().put_object(Bucket=MEDIA_BUCKET, Key=key, Body=bytes(700))
    for address in (key, key, "gone.png", f"events/{event['id'] + 1}/theirs.png"):
        factories.make_speaker(
            connection, event, photo_url=f"https://media.s3.example.com/{address}"
        )
    connection.commit()

    answer = dry_run(cloud, owner, event, image=True)

    assert answer["media"] == {"files": 2, "bytes": 1400, "of_unknown_size": 0, "timed_out": 0}
    assert [skip["reason"] for skip in answer["skipped"]["media"]] == [
        "not-of-this-event",
        "not-of-this-event",
    ]


def test_dry_runs_are_limited_as_starts_are_and_apart_from_them(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    cloud.set("EXPORT_STARTS_PER_HOUR", "2")
    for _ in range(2):
        dry_run(cloud, owner, event)

    answer = cloud.call(
        "POST", f"/v1/events/{event['id']}/export/json", user=owner, body={"dry_run": True}
    )

    assert (answer.status, answer.codes) == (429, ["too-many-exports"])
    assert cloud.start(owner, event["id"])


def test_an_export_that_no_reader_takes_fails_at_once_with_a_mail(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = factories.make_event(connection, owner, name="/")
    connection.commit()
    answer = cloud.call(
        "POST",
        f"/v1/events/{event['id']}/export/json",
        user=owner,
        body={"dialect": "webapp"},
    )
    task_id = answer.json["task_url"].split("/")[3]

    assert cloud.work(task_id)

    job = cloud.job(task_id)
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.failure == dry_run(cloud, owner, event, dialect="webapp")["failure"]
    assert f"in event {event['id']}, the field name is empty" in str(job.failure)
    assert len(cloud.mails()) == 1
    assert cloud.archives() == []


class SlowWeb(Web):
    """Servers that answer when they are let, or at once."""

    def __init__(self) -> None:
        super().__init__()
        self.let = Flag()

    @contextmanager
    def get(self, address: str, hosts: Hosts, deadline: Deadline) -> Iterator[Answer]:
        if "slow" in address:
            self.let.wait()
        yield Answer(address, None, None if "silent" in address else 5, iter(()))


def test_what_does_not_answer_in_time_is_not_waited_for() -> None:
    web = SlowWeb()
    scale = Scale(cast("Any", Shelf()), web, Places(BUCKET, ["events/1/"], MEDIA), max_bytes=5)

    # It returns while the slow server has not answered; the others have long done so.
    found = scale.weigh_all(
        ["http://a.example/quick", "http://a.example/silent", "http://a.example/slow", "x:y"],
        concurrency=4,
        deadline=Deadline.after(2),
    )

    web.let.set()
    (quick, silent, invalid) = found.values()
    assert (quick, silent) == (5, None)
    assert isinstance(invalid, Skip)
    assert invalid.reason is Reason.ADDRESS_INVALID


@pytest.mark.parametrize(("size", "reason"), [(0, Reason.EMPTY), (6, Reason.TOO_LARGE)])
def test_what_an_export_would_skip_is_not_weighed(size: int, reason: Reason) -> None:
    shelf = Shelf()
    address = shelf.put("events/1/a.png", bytes(size), "image/png")
    places = Places(BUCKET, ["events/1/"], MEDIA)
    scale = Scale(cast("Any", shelf), SlowWeb(), places, max_bytes=5)

    with pytest.raises(Skipped) as skipped:
        scale.weigh(address, Hosts(), Deadline.after(10))

    assert skipped.value.reason is reason
    assert shelf.weighed == ["events/1/a.png"]


def test_defect_4_a_dry_run_asks_a_host_that_fails_only_a_few_times() -> None:
    asked: list[str] = []

    class DeadWeb(Web):
        @contextmanager
        def get(self, address: str, hosts: Hosts, deadline: Deadline) -> Iterator[Answer]:
            asked.append(address)
            raise Skipped(Reason.UNREACHABLE)
            yield  # type: ignore[unreachable]

    scale = Scale(cast("Any", Shelf()), DeadWeb(), Places(BUCKET, [], MEDIA), max_bytes=5)
    addresses = [f"http://a.example/{number}" for number in range(20)]

    found = scale.weigh_all(addresses, concurrency=1, deadline=Deadline.after(60))

    assert len(asked) == MAX_FAILURES
    last = found[addresses[-1]]
    assert isinstance(last, Skip)
    assert last.reason is Reason.HOST_FAILED
