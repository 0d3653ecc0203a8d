"""Import an archive with the worker's code: `python -m bench.import_ours DATABASE_URL ARCHIVE`.

Measures reading and writing, in a process that has imported before, like a warm function. S3 and
DynamoDB are stubs; what they are sent goes nowhere. S3 answers after `S3_SECONDS`, DynamoDB at
once.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bench.imports import S3_SECONDS
from bench.measure import report
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.shape import shape_of
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.importing.reading.archive import Archive
from openevent.importing.source import Remark
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.write import EventImport, Order
from openevent.making.intents import Intents
from openevent.media.deadline import Deadline
from openevent.rights.identity import User

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ROUNDS = 3


class Stub:
    """A service that answers each call after some seconds, with an empty answer."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - any operation
        """Return the operation."""
        return self._call

    def _call(self, **_: object) -> dict[str, Any]:
        time.sleep(self._seconds)
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": "Owner"}]}}


class Remarks:
    """Counts remarks."""

    count = 0

    def add(self, _: Remark) -> None:
        """Count a remark."""
        self.count += 1


def main(database_url: str, archive: str) -> None:
    """Import the archive several times and report the fastest import."""
    importing = EventImport(
        database=Database(lambda: Credentials.from_url(database_url)),
        bucket=MediaBucket("bench", ["https://media.example.org"], ["events/{event_id}/"]),
        s3=cast("S3Client", Stub(S3_SECONDS)),
        acls=BucketAcls(cast("S3Client", Stub()), "bench"),
        intents=Intents(cast("DynamoDBClient", Stub()), "copies"),
    )
    with importing.database.snapshot() as session:
        shape = shape_of(session.schema)
    user = User(1, "owner@example.org", "", is_staff=False)

    def import_(number: int) -> float:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as work, Path(archive).open("rb") as file:
            remarks = Remarks()
            source = Archive(file, shape, remarks)
            order = Order(source, shape, remarks, Path(work), Deadline.after(600))
            importing.write(ImportCall(user, f"task-{number}", time.time() + 600), order)
        return time.perf_counter() - started

    report(min(import_(number) for number in range(ROUNDS)))


if __name__ == "__main__":
    main(*sys.argv[1:])
