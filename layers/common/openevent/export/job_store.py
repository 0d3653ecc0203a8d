"""The jobs of exports, as DynamoDB keeps them."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from openevent.archive.progress import Progress
from openevent.export.job import ArchiveRecord, Job, UploadRecord
from openevent.jobs.clock import DAY
from openevent.jobs.record import RECORD_DAYS, State
from openevent.jobs.store import IS_WAITING, JobStore
from openevent.jobs.table import Change, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EVENT = "by-event"


class Jobs(JobStore[Job]):
    """The records of all exports. Methods raise `Unavailable` if DynamoDB does not answer."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """`table`: its name."""
        super().__init__(client, table, Job)

    def of_event(self, event_id: int) -> Iterator[Job]:
        """Yield the event's jobs that were not removed, newest first."""
        pages = self._table.query(
            BY_EVENT,
            "event_id = :event",
            {":event": event_id},
            FilterExpression="attribute_not_exists(removed_at)",
            ScanIndexForward=False,
        )
        for items in pages:
            yield from map(Job.from_item, items)

    def join(self, job: Job, user_id: int) -> Job | None:
        """Record that `user_id` asked for the same export; None if the job waits no longer."""
        try:
            return self._table.update(
                job.id, Change({}, joins=user_id), IS_WAITING, {":waiting": State.WAITING}
            )
        except Refused:
            return None

    def advance(self, job: Job, owner: str, progress: Progress) -> None:
        """Record the job's progress. Raises `LeaseLost` if it is no longer the owner's."""
        self.while_held(job.id, owner, Change({"progress": asdict(progress)}))

    def begin_upload(self, job: Job, owner: str, upload: UploadRecord) -> Job:
        """Record the upload with which the job is resumed. Raises `LeaseLost`."""
        return self.while_held(job.id, owner, Change({"upload": upload.model_dump()}))

    def forget_upload(self, job: Job, owner: str) -> Job:
        """Record that the upload is gone, and the job starts again. Raises `LeaseLost`."""
        # A job of release 1.0 has its number from its upload (`old_jobs`).
        kept = {"upload": None, "handed_on": job.handed_on}
        return self.while_held(job.id, owner, Change(kept))

    def succeed(self, job: Job, owner: str, archive: ArchiveRecord) -> Job:
        """End the job with its archive. Raises `LeaseLost` if it is no longer the owner's."""
        outcome = {
            "archive": archive.model_dump(mode="json"),
            "expires_at": archive.expires_at + RECORD_DAYS * DAY,
        }
        return self.end(job, owner, outcome)
