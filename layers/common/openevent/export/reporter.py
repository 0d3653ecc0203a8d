"""Recording of a job's progress."""

import time

from openevent.archive.progress import STAGES, Progress
from openevent.export.job import Job
from openevent.export.job_store import Jobs

# Shortest time between two records of a job's progress, in seconds.
PROGRESS_INTERVAL = 1.5


class Reporter:
    """Records a job's progress: not too often, and never backwards, not even on another try."""

    def __init__(self, jobs: Jobs, job: Job, owner: str) -> None:
        """`job`: with the progress that an earlier try recorded."""
        self._jobs = jobs
        self._job = job
        self._owner = owner
        self._reached = job.progress.position if job.progress else (-1, 0.0)
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """Record `progress` if it is time, and in any case before an upload ends.

        Only a worker that has the job may overwrite its archive. Raises `LeaseLost` if the job is
        no longer the owner's.
        """
        now = time.monotonic()
        is_last = progress.stage == STAGES[-1]
        if now < self._next and not is_last:
            return
        self._next = now + PROGRESS_INTERVAL
        if progress.position > self._reached or is_last:
            self._reached = progress.position
            self._jobs.advance(self._job, self._owner, progress)
