"""Sweep of the imports: finish or remove what a lost message or a killed function has left.

job without message, mail not sent       ─▶ see `jobs.sweep`
archive or report that no job needs      ─▶ removed
"""

from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.importing.job import ImportJob
from openevent.importing.job_store import ImportJobs
from openevent.importing.keys import ROOT, task_of
from openevent.importing.leftovers import ImportLeftovers
from openevent.jobs.orphans import orphans_of
from openevent.jobs.record import State
from openevent.jobs.sweep import JobSweep
from openevent.media.deadline import Deadline

logger = Logger(child=True)
metrics = Metrics()


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
        orphans = orphans_of(page, self.jobs, task_of=task_of, needs=_needs)
        if orphans:
            self.leftovers.delete(orphans)
            metrics.add_metric("ImportFilesRemoved", MetricUnit.Count, len(orphans))
            logger.warning("Removed objects that no import needs", extra={"keys": orphans})


def _needs(job: ImportJob, key: str) -> bool:
    """Return whether the job, which was not removed, still needs the object `key`."""
    return job.state is State.WAITING or (job.state is State.SUCCESS and key == job.report_key)
