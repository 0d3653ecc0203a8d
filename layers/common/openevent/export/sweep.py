"""Sweep of the exports: finish or remove what a lost message or a killed function has left.

job without message, mail not sent       ─▶ see `jobs.sweep`
archive, upload or workspace, no owner   ─▶ removed, once no running worker can need it
"""

from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.keys import ROOT, task_of
from openevent.export.leftovers import FoundUpload, Leftovers
from openevent.jobs.orphans import is_old, orphans_of
from openevent.jobs.record import State
from openevent.jobs.sweep import JobSweep
from openevent.media.deadline import Deadline

logger = Logger(child=True)
metrics = Metrics()


@dataclass(frozen=True, slots=True)
class ExportSweep:
    """Sweeps jobs, their mails, and the bucket of archives."""

    jobs: Jobs
    sweep_jobs: JobSweep[Job]
    leftovers: Leftovers

    def sweep(self, owner: str, deadline: Deadline) -> None:
        """Sweep until `deadline`, as `owner`; the next sweep does the rest.

        Raises `Unavailable` if DynamoDB or S3 does not answer.
        """
        self.sweep_jobs.sweep(owner, deadline)
        self._remove_objects(deadline)
        self._abort_uploads(deadline)

    def _remove_objects(self, deadline: Deadline) -> None:
        for page in self.leftovers.objects(ROOT):
            if deadline.is_over():
                return
            orphans = orphans_of(page, self.jobs, task_of=task_of, needs=_needs)
            if not orphans:
                continue
            self.leftovers.delete(orphans)
            archives = sum(1 for key in orphans if key.endswith(".zip"))
            files = len(orphans) - archives
            metrics.add_metric("ArchivesRemoved", MetricUnit.Count, archives)
            metrics.add_metric("WorkspaceFilesRemoved", MetricUnit.Count, files)
            logger.warning("Removed objects that no job needs", extra={"keys": orphans})

    def _abort_uploads(self, deadline: Deadline) -> None:
        for page in self.leftovers.uploads(ROOT):
            if deadline.is_over():
                return
            owned = [(found, task_of(found.key)) for found in page if is_old(found.begun_at)]
            jobs = self.jobs.find_all(task_id for _, task_id in owned if task_id is not None)
            for upload, task_id in owned:
                if task_id and not _resumes(jobs.get(task_id), upload):
                    self.leftovers.abort(upload)
                    metrics.add_metric("UploadsAborted", MetricUnit.Count, 1)
                    logger.warning("Aborted an upload that no job needs", extra={"key": upload.key})


def _needs(job: Job, key: str) -> bool:
    """Return whether the job, which was not removed, still needs the object `key`."""
    if job.state is State.SUCCESS:
        return job.archive is not None and job.archive.key == key
    return job.state is State.WAITING


def _resumes(job: Job | None, upload: FoundUpload) -> bool:
    """Return whether the job is yet to resume the upload."""
    if job is None or job.upload is None or not job.is_waiting:
        return False
    return job.upload.id == upload.id
