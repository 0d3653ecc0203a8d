"""Copy an event with the function's code: `python -m bench.copy_ours DATABASE_URL`.

Measures from the first connection to the commit, in a process that has copied before, like a warm
function. The event has no media, so S3 is not called.
"""

import sys
import time

from bench.measure import report
from openevent.adapters import clients
from openevent.adapters.database import Credentials, Database
from openevent.adapters.storage import MediaBucket
from openevent.copying.copy import EventCopy
from openevent.copying.request import CopyRequest
from openevent.rights.identity import User


def main(database_url: str) -> None:
    """Copy event 1 several times and report the fastest copy."""
    database = Database(lambda: Credentials.from_url(database_url))
    copying = EventCopy(
        database=database,
        bucket=MediaBucket("bench", ["https://media.example.org"], ["events/{event_id}/"]),
        root_url="https://example.org",
        s3=clients.s3(),
    )
    user = User(1, "owner@example.org", "Owner", is_staff=False)

    def copy() -> float:
        started = time.perf_counter()
        copying.copy(user, 1, CopyRequest(), deadline=time.monotonic() + 60)
        return time.perf_counter() - started

    copy()
    # The time is so short that other processes disturb it, so the fastest of five counts.
    report(min(copy() for _ in range(5)))


if __name__ == "__main__":
    main(*sys.argv[1:])
