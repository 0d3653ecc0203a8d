"""Files under way end at once when what is fetched is given up, however slow their servers are."""

from collections.abc import Iterator
from threading import Event
from typing import Any, cast

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher, TooManyBytes
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.integration.export.hostile_web import PNG, Handler, Site, running_site
from tests.integration.export.sparse_s3 import Sparse, SparseS3
from tests.integration.media.disk import Disk

BUCKET = "media"
ROOT = "https://media.example"


class LateS3(SparseS3):
    """An S3 that answers as soon as `may_answer`."""

    def __init__(self, may_answer: Event) -> None:
        super().__init__()
        self.may_answer = may_answer

    def get_object(self, **call: Any) -> Any:  # noqa: ANN401 - boto3's
        assert self.may_answer.wait(60)
        return super().get_object(**call)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def stalled(site: Site, under_way: Event) -> str:
    """Put a photo that stops after a byte, which sets `under_way`, until the client hangs up."""

    def begin(handler: Handler) -> None:
        handler.close_connection = True
        handler.send(PNG[:1], Content_Length=str(len(PNG)))
        under_way.set()
        handler.connection.recv(1)

    return site.put("/slow.png", begin)


def fetcher(site: Site, s3: SparseS3 | None = None) -> Fetcher:
    source = MediaSource(
        cast("Any", s3),
        Web(trusted_hosts=[site.host]),
        MediaLimits(1 << 20, 120, 1 << 30),
        MediaBucket(BUCKET, [ROOT], ["events/{event_id}/"]),
        ROOT,
    )
    places = source.places(["events/7/"])
    deadline = Deadline.after(600)
    return Fetcher(source, places, disk=Disk(), deadline=deadline, stored_bytes=len(PNG) - 1)


@pytest.mark.parametrize("is_first", [True, False])
def test_objects_that_are_too_many_wait_for_no_slow_server(site: Site, *, is_first: bool) -> None:
    under_way = Event()
    s3 = LateS3(under_way)
    s3.put(BUCKET, "events/7/a.png", Sparse.of(PNG))
    addresses = [stalled(site, under_way), f"{ROOT}/events/7/a.png"]

    with pytest.raises(TooManyBytes):
        next(fetcher(site, s3).fetch_all(addresses[:: 1 if is_first else -1], concurrency=2))

    # Without the cut, a server that sends nothing more is asked again.
    assert site.paths() == ["GET /slow.png"]


def test_an_error_of_the_block_waits_for_no_slow_server(site: Site) -> None:
    under_way = Event()
    address = stalled(site, under_way)

    def fail() -> None:
        with fetcher(site).fetching([address], concurrency=1):
            assert under_way.wait(60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    # Without the cut, a server that sends nothing more is asked again.
    assert site.paths() == ["GET /slow.png"]
