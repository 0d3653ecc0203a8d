"""The media files that were requested and are not in an archive."""

from collections.abc import Iterator
from typing import IO

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.export.job import NAMED_SKIPPED, SkippedMedia
from openevent.media.requested import RequestedMedia
from openevent.media.skipped import Reason, Skip

logger = Logger(child=True)
metrics = Metrics()

# Characters of an address in a job's record; the manifest has all of it.
MAX_ADDRESS = 300


class SkippedList:
    """Lists skipped media files: all of them on disk, the first few by name for the job's record.

    `count` is how many there are.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool`: an empty file."""
        self.count = 0
        self.named: list[SkippedMedia] = []
        self._spool = spool

    def add(self, requested: RequestedMedia, skip: Skip) -> None:
        """Write down that a requested media file was skipped; log and count it."""
        record = skipped_record(requested, skip)
        note_skip(record, skip)
        self.count += 1
        self._spool.write(record.model_dump_json().encode() + b"\n")
        if len(self.named) < NAMED_SKIPPED:
            short = record.address[:MAX_ADDRESS]
            self.named.append(record.model_copy(update={"address": short}))

    def lines(self) -> Iterator[str]:
        """Yield a JSON object for each skipped media file."""
        self._spool.seek(0)
        return (line.decode().rstrip("\n") for line in self._spool)


def note_skip(record: SkippedMedia, skip: Skip) -> None:
    """Log that a media file is skipped; count it if S3 denies access to it."""
    logger.warning(
        "A media file is skipped",
        extra={**record.model_dump(exclude={"detail"}), "cause": skip.cause},
    )
    if skip.reason is Reason.ACCESS_DENIED:
        metrics.add_metric("MediaAccessDenied", MetricUnit.Count, 1)


def skipped_record(requested: RequestedMedia, skip: Skip) -> SkippedMedia:
    """Make the record of a skipped media file, as manifest and task show it."""
    return SkippedMedia(
        file=requested.file,
        id=requested.row_id,
        field=requested.field.column,
        address=requested.address,
        reason=skip.reason,
        detail=skip.text,
    )
