"""An import's task as clients poll it: its state, its progress, the new event and the report.

Open Event's client polls every 3 s, shows `state` as text, and opens the event of `result.id` at
SUCCESS. It does not know that a task can fail: it polls for ever then, unless the page is closed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.adapters.database import Snapshots
from openevent.adapters.storage import presign
from openevent.delivery.store import DeliveryStore
from openevent.errors import Gone, NotFound
from openevent.importing.job import ImportedRecord, ImportJob, ReportRecord
from openevent.importing.job_store import ImportJobs
from openevent.jobs.clock import epoch
from openevent.jobs.record import State
from openevent.jobs.task_mail import task_mail
from openevent.rights.identity import Claims, load_user

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class ImportAddresses:
    """Addresses that a task has: those of reports in `bucket`, and of the new event's page.

    `seconds`: lifetime of the address of a report.
    """

    s3: "S3Client"
    bucket: str
    seconds: int
    frontend_url: str

    def report(self, job: ImportJob) -> str | None:
        """Return a fresh address of the job's report; None if it has expired."""
        left = job.report_until - epoch()
        if left <= 0:
            return None
        return presign(
            self.s3,
            self.bucket,
            job.report_key,
            filename=f"import-{job.id}.json",
            seconds=min(self.seconds, left),
        )

    def page(self, event: ImportedRecord) -> str:
        """Return the address of the event's page, as Open Event's server gives it."""
        return f"{self.frontend_url}/events/{event.identifier}"


@dataclass(frozen=True, slots=True)
class ShowImport:
    """Shows the tasks of imports."""

    database: Snapshots
    jobs: ImportJobs
    deliveries: DeliveryStore
    addresses: ImportAddresses

    def show(self, claims: Claims, task_id: str) -> dict[str, Any]:
        """Return the task, to the user who started it and to no one else.

        Raises `Unauthenticated`, `NotFound`, `Gone` or `Unavailable`.
        """
        job = self.jobs.find(task_id)
        if job is None or job.user_id != claims.user_id:
            raise NotFound("task-not-found", "There is no such task, or you have no access to it.")
        if job.removed_at is not None:
            raise Gone("import-removed", "This import was removed. Start a new one if you need it.")
        if job.event is None or job.report is None:
            return _unfinished(job) | task_mail(job, self.deliveries)
        with self.database.snapshot() as session:
            load_user(session, claims)
        return {
            "state": job.state,
            "result": self._result(job.event),
            "dry_run": job.options.dry_run,
            "report": report_facts(job.report) | {"download_url": self.addresses.report(job)},
            **task_mail(job, self.deliveries),
        }

    def _result(self, event: ImportedRecord) -> dict[str, Any]:
        if event.id is None:
            return {"event_name": event.name}
        return {
            "id": event.id,
            "identifier": event.identifier,
            "event_name": event.name,
            "url": self.addresses.page(event),
        }


def _unfinished(job: ImportJob) -> dict[str, Any]:
    """Return the task of a job that waits, runs or has failed."""
    if job.state is State.FAILED:
        return {"state": job.state, "result": job.failure}
    progress = None if job.progress is None else job.progress.model_dump()
    return {"state": job.state, "progress": progress}


def report_facts(report: ReportRecord) -> dict[str, Any]:
    """Return what clients see of a report without downloading it."""
    return {
        "dialect": report.dialect,
        "files": report.files,
        "media": report.media,
        "remarks": {
            "count": sum(report.remarks.values()),
            "kinds": report.remarks,
            "first": [remark.model_dump() for remark in report.first],
        },
        "proposed_invites": {
            "count": report.invites_count,
            "invites": [invite.model_dump() for invite in report.invites],
        },
        "withheld": report.withheld,
        "warnings": report.warnings,
        "size": report.size,
    }
