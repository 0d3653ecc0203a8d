"""Sweep of jobs: those that a lost message or a killed function has left.

job waits, without lease or message      ─▶ its message again
job has ended, its mail was not sent     ─▶ its mail
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.queue import RetryAfter, TaskQueue
from openevent.errors import Unavailable
from openevent.jobs.clock import epoch
from openevent.jobs.notifier import Notifier
from openevent.jobs.record import IDLE_SECONDS, JobRecord
from openevent.jobs.store import JobStore
from openevent.media.deadline import Deadline

logger = Logger(child=True)
metrics = Metrics()

J = TypeVar("J", bound=JobRecord)

# Doublings of the pause before a job or mail is looked at again: up to a day (256 times 300 s).
MAX_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class JobSweep(Generic[J]):
    """Sweeps the jobs of one kind, and their mails."""

    jobs: JobStore[J]
    queue: TaskQueue
    notifier: Notifier[J]

    def sweep(self, owner: str, deadline: Deadline) -> None:
        """Sweep until `deadline`, as `owner`; the next sweep does the rest.

        Raises `Unavailable` if DynamoDB does not answer.
        """
        for job in self.jobs.pending():
            if deadline.is_over():
                return
            try:
                self._see_to(job, owner)
            except (RetryAfter, Unavailable):
                logger.warning("The next sweep has to see to the job", exc_info=True)

    def _see_to(self, job: J, owner: str) -> None:
        if job.is_idle(epoch(), seconds=_pause(job.attempts + job.requeued)):
            if self.jobs.requeue(job):
                self.queue.send(job.id, group=job.group)
                metrics.add_metric("JobsRequeued", MetricUnit.Count, 1)
                logger.warning("Sent the job's message again", extra={"task_id": job.id})
        elif job.is_mail_due and _ended_at(job) + _pause(job.mail_attempts) <= epoch():
            self.notifier.notify(job, owner)
            metrics.add_metric("MailsResumed", MetricUnit.Count, 1)
            logger.warning("Saw to the job's mail", extra={"task_id": job.id})


def _pause(times: int) -> int:
    return IDLE_SECONDS << min(times, MAX_DOUBLINGS)


def _ended_at(job: JobRecord) -> int:
    return int(datetime.fromisoformat(job.finished_at or job.created_at).timestamp())
