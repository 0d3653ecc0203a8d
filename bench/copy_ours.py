"""Copy an event as the function does: `python -m bench.copy_ours DATABASE_URL`.

From the first connection to the commit, in a process that has copied before, as a warm function
has. The event holds no media, so that S3 is not asked.
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
    """Copy event 1 some times, and say how long the fastest took."""
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
    # So short that anything else on the machine shows: the best of some.
    report(min(copy() for _ in range(5)))


if __name__ == "__main__":
    main(*sys.argv[1:])
