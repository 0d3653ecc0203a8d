"""Sweep of the imports: finish or remove what a lost message or a killed function has left.

job without message, mail not sent       ─▶ see `jobs.sweep`
archive or report that no job needs      ─▶ removed
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.importing.job import ImportJob
from openevent.importing.job_store import ImportJobs
from openevent.importing.keys import ROOT, task_of
from openevent.importing.leftovers import ImportLeftovers
from openevent.jobs.clock import HOUR
from openevent.jobs.record import State
from openevent.jobs.sweep import JobSweep
from openevent.media.deadline import Deadline

logger = Logger(child=True)
metrics = Metrics()

# Age in seconds from which an object is looked at: four times what an invocation of the worker can
# live, so that none that is being made is older.
LEFTOVER_SECONDS = HOUR


@dataclass(frozen=True, slots=True)
class ImportSweep:
    """Sweeps jobs, their mails, and the objects of imports."""

    jobs: ImportJobs
    sweep_jobs: JobSweep[ImportJob]
    leftovers: ImportLeftovers

    def sweep(self, owner: str, deadline: Deadline) -> None:
        """Sweep until `deadline`, as `owner`; the next sweep does the rest.

        Raises `Unavailable` if DynamoDB or S3 does not answer.
        """
        self.sweep_jobs.sweep(owner, deadline)
        for page in self.leftovers.objects(ROOT):
            if deadline.is_over():
                return
            self._remove_from(page)

    def _remove_from(self, page: list[tuple[str, datetime]]) -> None:
        owned = [(key, task_of(key)) for key, stored_at in page if _is_old(stored_at)]
        jobs = self.jobs.find_all(task_id for _, task_id in owned if task_id is not None)
        orphans = [key for key, task_id in owned if task_id and not _needs(jobs.get(task_id), key)]
        if orphans:
            self.leftovers.delete(orphans)
            metrics.add_metric("ImportFilesRemoved", MetricUnit.Count, len(orphans))
            logger.warning("Removed objects that no import needs", extra={"keys": orphans})


def _needs(job: ImportJob | None, key: str) -> bool:
    """Return whether the job still needs the object `key`."""
    if job is None or job.removed_at is not None:
        return False
    if job.state is State.WAITING:
        return True
    return job.state is State.SUCCESS and key == job.report_key


def _is_old(moment: datetime) -> bool:
    return (datetime.now(UTC) - moment).total_seconds() >= LEFTOVER_SECONDS
