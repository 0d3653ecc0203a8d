"""Copy an event with the function's code: `python -m bench.copy_ours DATABASE_URL`.

Measures from the connection to the commit, in a process that has copied before, like a warm
function. The event has no media, so S3 is not called. After each copy PostgreSQL gets the same
statements with the same values again, but for the identifier, which no two events share.
"""

import sys
import time

from bench.measure import report
from bench.replay import Recorded, replayed
from openevent.adapters import clients
from openevent.adapters.database import Database
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.copying.calls import CopyCall
from openevent.copying.objects import ObjectCopier
from openevent.copying.request import CopyRequest
from openevent.copying.transaction import CopyTransaction
from openevent.making.journal import Journal
from openevent.making.names import new_identifier
from openevent.rights.identity import User

# The times are so short that other processes disturb them, so the fastest of these count.
ROUNDS = 12


def main(database_url: str) -> None:
    """Copy event 1 several times and report the fastest copy, and the fastest replay."""
    database = Database(lambda: Recorded.from_url(database_url))
    bucket = MediaBucket("bench", ["https://media.example.org"], ["events/{event_id}/"])
    user = User(1, "owner@example.org", "Owner", is_staff=False)
    call = CopyCall(user, 1, CopyRequest(), key=None, ends_at=time.time() + 60)

    def copy() -> tuple[float, float]:
        Recorded.sent.clear()
        identifier = new_identifier()
        started = time.perf_counter()
        deadline = time.monotonic() + 60
        objects = ObjectCopier(
            clients.s3(), bucket.name, BucketAcls(clients.s3(), bucket.name), deadline=deadline
        )
        transaction = CopyTransaction(
            call, identifier, bucket, "https://example.org", objects, deadline, Journal()
        )
        with database.transaction(isolation="REPEATABLE READ") as session:
            transaction.run(session)
        seconds = time.perf_counter() - started
        again = Recorded.sent.replace(identifier.encode(), new_identifier().encode())
        return seconds, replayed(database_url, again)

    copy()
    seconds, floors = zip(*(copy() for _ in range(ROUNDS)), strict=True)
    report(min(seconds), floor_seconds=min(floors))


if __name__ == "__main__":
    main(*sys.argv[1:])
