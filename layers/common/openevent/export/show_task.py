"""A task as clients poll it: its state, its progress, and the address of its archive."""

from dataclasses import asdict, dataclass
from typing import Any

from openevent.adapters.database import Snapshots
from openevent.delivery.store import DeliveryStore
from openevent.export.download import DownloadAddresses
from openevent.export.job import ArchiveRecord, Job
from openevent.export.job_store import Jobs
from openevent.export.visibility import (
    find_task,
    is_available,
    require_available,
    require_right,
)
from openevent.jobs.record import State
from openevent.jobs.task_mail import task_mail
from openevent.rights.identity import Claims, load_user


@dataclass(frozen=True, slots=True)
class ShowTask:
    """Shows tasks."""

    database: Snapshots
    jobs: Jobs
    deliveries: DeliveryStore
    addresses: DownloadAddresses

    def show(self, claims: Claims, task_id: str) -> dict[str, Any]:
        """Return the task.

        A task without an archive is shown to the user who started it from DynamoDB alone. An
        address is given only to those who may export the event now. Raises `Unauthenticated`,
        `NotFound`, `Forbidden`, `Gone` or `Unavailable`.
        """
        job = find_task(self.jobs, task_id)
        own = claims.user_id == job.user_id
        if not own or (job.archive is not None and is_available(job)):
            with self.database.snapshot() as session:
                require_right(session, load_user(session, claims), job)
        require_available(job)
        return self._document(job) | task_mail(job, self.deliveries)

    def _document(self, job: Job) -> dict[str, Any]:
        if job.archive is not None:
            return {
                "state": job.state,
                "result": {"download_url": self.addresses.of(job.archive)},
                **archive_facts(job.archive),
            }
        if job.state is State.FAILED:
            return {"state": job.state, "result": job.failure}
        progress = asdict(job.progress) if job.progress is not None else None
        return {"state": job.state, "progress": progress}


def archive_facts(archive: ArchiveRecord) -> dict[str, Any]:
    """Return what clients see of an archive: its facts, and the media that is not in it."""
    return {
        "size": archive.size,
        "sha256": archive.sha256,
        "files": archive.files,
        "expires_at": archive.expires_at,
        "skipped": {
            "count": archive.skipped_count,
            "media": [media.model_dump() for media in archive.skipped],
        },
        "repaired": {"count": sum(archive.repaired.values()), "changes": archive.repaired},
        "warnings": archive.warnings,
    }
