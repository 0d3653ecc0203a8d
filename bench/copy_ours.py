"""Copy an event as the function does: `python -m bench.copy_ours DATABASE_URL`.

From the first connection to the commit, in a process that has read the schema before, as a warm
function has. The event holds no media, so that S3 is not asked.
"""

import sys
import time

from bench.measure import report
from openevent import clients
from openevent.copying.copy import EventCopy
from openevent.copying.request import CopyRequest
from openevent.database import Credentials, Database
from openevent.identity import User
from openevent.objects import MediaBucket


def main(database_url: str) -> None:
    """Copy event 1, and say how long it took."""
    database = Database(lambda: Credentials.from_url(database_url))
    copying = EventCopy(
        database=database,
        bucket=MediaBucket("bench", ["https://media.example.org"], ["events/{event_id}/"]),
        root_url="https://example.org",
        s3=clients.s3(),
    )
    with database.transaction() as connection:
        database.schema(connection)
    user = User(1, "owner@example.org", "Owner", is_staff=False)
    started = time.perf_counter()
    answer = copying.copy(user, 1, CopyRequest(), deadline=time.monotonic() + 60)
    seconds = time.perf_counter() - started
    if not answer["copied"]:
        sys.exit("nothing was copied")
    report(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
