"""Recording of an import's progress."""

import time

from openevent.importing.job import ImportJob, ImportProgress
from openevent.importing.job_store import ImportJobs

# The stages in their order.
STAGES = ("archive", "event")

# Shortest time between two records of a job's progress, in seconds.
PROGRESS_INTERVAL = 1.5


class ImportReporter:
    """Records the progress of a job, not too often."""

    def __init__(self, jobs: ImportJobs, job: ImportJob, owner: str) -> None:
        """`owner`: the worker that has the job."""
        self._jobs = jobs
        self._job = job
        self._owner = owner
        self._stage = ""
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Record progress, if it is time, or another stage begins.

        Raises `LeaseLost` if the job is no longer the owner's: what is made must not be kept.
        """
        now = time.monotonic()
        if stage == self._stage and now < self._next:
            return
        self._stage, self._next = stage, now + PROGRESS_INTERVAL
        progress = ImportProgress(stage=stage, done=done, total=total)
        self._jobs.advance(self._job, self._owner, progress)
