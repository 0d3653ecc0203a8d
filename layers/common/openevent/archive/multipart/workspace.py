"""Workspace of an unfinished archive in S3, from which the next invocation resumes it.

    <prefix>plan.json    the plan
            rows         contents that were read and are not in the archive yet
            data         the archive's first files, finished
            parts/<n>    a note for each part that S3 has
            stop, begun  where time was up, and the part that was begun then

It is in S3 and not in the job's record: the plan of ten thousand files has some megabytes, a record
at most 400 kB. A note is written when its part is there, so that a worker that is killed loses only
the parts that were under way.
"""

import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.storage import (
    Missing,
    StoredObject,
    find_object,
    open_object,
    storage_faults,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

PLAN = "plan.json"
ROWS = "rows"
DATA = "data"
STOP = "stop"
BEGUN = "begun"

# Keys that S3 deletes in one call.
MAX_DELETED = 1000

CONCURRENCY = 32


@dataclass(frozen=True, slots=True)
class Workspace:
    """The objects whose keys begin with `prefix`. Its methods raise `Unavailable`."""

    s3: "S3Client"
    bucket: str
    prefix: str

    def keep(self, name: str, content: IO[bytes]) -> StoredObject:
        """Store a file, which is read from its beginning; return the object."""
        content.seek(0)
        with storage_faults():
            self.s3.upload_fileobj(content, self.bucket, self._key(name))
        return find_object(self.s3, self.bucket, self._key(name))

    def fetch(self, name: str, to: IO[bytes]) -> None:
        """Write the file `name` to `to`, then return `to` to its beginning."""
        with storage_faults():
            self.s3.download_fileobj(self.bucket, self._key(name), to)
        to.seek(0)

    def write(self, name: str, document: object) -> None:
        """Store a JSON document."""
        body = json.dumps(document, ensure_ascii=False).encode()
        with storage_faults():
            self.s3.put_object(Bucket=self.bucket, Key=self._key(name), Body=body)

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return the document `name`; None if there is no such object."""
        try:
            with open_object(self.s3, self.bucket, self._key(name)) as body:
                return json.loads(b"".join(body.chunks))
        except Missing:
            return None

    def note(self, number: int, document: object) -> None:
        """Store the note of a part."""
        self.write(f"parts/{number}", document)

    def notes(self, numbers: Collection[int]) -> dict[int, Any]:
        """Return the notes of those of the parts that have one, by their numbers."""
        ordered = sorted(numbers)
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            found = pool.map(self.read, [f"parts/{number}" for number in ordered])
            return {
                number: note
                for number, note in zip(ordered, found, strict=True)
                if note is not None
            }

    def remove(self, *, last_part: int = 0) -> None:
        """Remove all objects, notes up to that of `last_part`; what cannot be removed expires."""
        names = [
            PLAN,
            ROWS,
            DATA,
            STOP,
            BEGUN,
            *(f"parts/{number}" for number in range(1, last_part + 1)),
        ]
        for first in range(0, len(names), MAX_DELETED):
            keys = [self._key(name) for name in names[first : first + MAX_DELETED]]
            try:
                self.s3.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
                )
            except (BotoCoreError, ClientError):
                logger.warning("A workspace stays until it expires", extra={"prefix": self.prefix})

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}"
