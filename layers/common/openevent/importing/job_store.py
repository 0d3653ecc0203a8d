"""The jobs of imports, as DynamoDB keeps them."""

from typing import TYPE_CHECKING

from openevent.importing.job import ImportedRecord, ImportJob, ImportProgress, ReportRecord
from openevent.jobs.clock import DAY, epoch, timestamp
from openevent.jobs.record import RECORD_DAYS, State
from openevent.jobs.store import IS_WAITING, JobStore
from openevent.jobs.table import Change, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ImportJobs(JobStore[ImportJob]):
    """The records of all imports. Methods raise `Unavailable` if DynamoDB does not answer."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """`table`: its name."""
        super().__init__(client, table, ImportJob)

    def advance(self, job: ImportJob, owner: str, progress: ImportProgress) -> None:
        """Record the job's progress. Raises `LeaseLost` if it is no longer the owner's."""
        self.while_held(job.id, owner, Change({"progress": progress.model_dump()}))

    def displace(self, job: ImportJob, failure: str) -> bool:
        """End a job that no worker has had, for a newer one; return whether it has ended.

        `failure`: the reason, for a person. The job keeps `pending`, so that the sweeper writes its
        row and sends its mail.
        """
        ended = {"state": State.FAILED, "failure": failure, "finished_at": timestamp()}
        try:
            self._table.update(
                job.id,
                Change(ended),
                f"{IS_WAITING} AND attribute_not_exists(lease_owner)",
                {":waiting": State.WAITING},
            )
        except Refused as refused:
            return refused.now is None or not refused.now.is_waiting
        return True

    def note_report(self, job: ImportJob, owner: str, report: ReportRecord) -> None:
        """Record the report on what is about to be committed. Raises `LeaseLost`."""
        self.while_held(job.id, owner, Change({"report": report.model_dump(mode="json")}))

    def succeed(
        self, job: ImportJob, owner: str, event: ImportedRecord, report: ReportRecord, *, days: int
    ) -> ImportJob:
        """End the job with its event, and a report that is kept for `days`. Raises `LeaseLost`."""
        until = epoch() + days * DAY
        outcome = {
            "event": event.model_dump(mode="json"),
            "report": report.model_dump(mode="json"),
            "report_until": until,
            "expires_at": until + RECORD_DAYS * DAY,
        }
        return self.end(job, owner, outcome)
