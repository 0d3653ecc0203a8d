"""A process that fetches addresses 16 at once and prints by how many bytes its peak grew."""

import io
import json
import resource
import sys
from typing import Any, cast

from openevent.adapters.storage import MediaBucket
from openevent.media import retries
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.hosts import Hosts
from openevent.media.skipped import Skip
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.integration.media.disk import Disk

CONNECTIONS = 16


class Discarding(io.RawIOBase):
    """A disk that takes everything and keeps nothing in memory."""

    size = 0

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - a buffer
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(host: str, *names: str) -> None:
    """Fetch all files of each name; print the reasons and the bytes by which the peak grew."""
    retries.BACKOFF = 0.0
    source = MediaSource(
        cast("Any", None),
        Web(trusted_hosts=[host], connections=CONNECTIONS),
        MediaLimits(file_bytes=4 << 20, file_seconds=60, total_bytes=1 << 40),
        MediaBucket("media", ["https://b.example"], []),
        f"http://{host}",
    )
    fetcher = Fetcher(
        source,
        source.places([]),
        disk=Disk(cast("Any", Discarding)),
        deadline=Deadline.after(240),
    )

    def reasons(asked: list[str]) -> list[str]:
        fetcher._hosts = Hosts()
        outcomes = fetcher.fetch_all(asked, concurrency=CONNECTIONS)
        return [
            outcome.reason.value if isinstance(outcome, Skip) else "fetched" for outcome in outcomes
        ]

    # What threads, buffers and pools take in any case.
    reasons([f"http://{host}/good.png"] * 2 * CONNECTIONS)
    answer = {}
    for name in names:
        before = peak()
        found = reasons([f"http://{host}/{name}/{number}" for number in range(CONNECTIONS)])
        answer[name] = {"reasons": found, "growth": peak() - before}
    print(json.dumps(answer))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
