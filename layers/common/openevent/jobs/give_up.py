"""The end of jobs that cannot be done."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.errors import Unavailable
from openevent.jobs.notifier import Notifier
from openevent.jobs.record import MAX_TRIES, JobRecord, State
from openevent.jobs.store import JobStore

logger = Logger(child=True)
metrics = Metrics()

J = TypeVar("J", bound=JobRecord)
J_contra = TypeVar("J_contra", bound=JobRecord, contravariant=True)


class Remains(Protocol[J_contra]):
    """Objects that jobs leave behind."""

    def remove(self, job: J_contra, /) -> None:
        """Remove what the job has left. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Endings:
    """How jobs of a kind end without success: the text for a person, and the names of metrics."""

    failure: str
    failed: str
    refused: str


@dataclass(frozen=True, slots=True)
class GiveUp(Generic[J]):
    """Ends jobs as failed."""

    jobs: JobStore[J]
    leftovers: Remains[J]
    notifier: Notifier[J]
    endings: Endings

    def give_up(self, task_id: str, owner: str, seconds: int) -> None:
        """End a job whose message was delivered too often, unless it has ended; see to its mail.

        A job with tries left is not ended: deliveries count although no worker could take the
        message, or it was a second one. The sweeper sends its message again.

        `owner` has `seconds` for it. Raises `Busy` while a worker has the job, `Unavailable` if
        DynamoDB or the mail service does not answer.
        """
        found = self.jobs.find(task_id)
        if found is not None and found.is_waiting and found.pending and found.tries < MAX_TRIES:
            logger.warning("The job has tries left; the sweeper sends its message again")
            return
        job = self.jobs.claim(task_id, owner, seconds=seconds)
        if job is None:
            logger.info("There is no such job any more")
            return
        if job.state is State.WAITING:
            job = self.end(job, owner, self.endings.failure)
        self.notifier.notify(job, owner)

    def end(self, job: J, owner: str, failure: str) -> J:
        """End the job for a reason that the operator has to look into; `failure` is for a person.

        Raises `LeaseLost`, `Unavailable`.
        """
        failed = self._fail(job, owner, failure)
        metrics.add_metric(self.endings.failed, MetricUnit.Count, 1)
        logger.error("The job failed", extra={"failure": failure, "attempts": job.attempts})
        return failed

    def refuse(self, job: J, owner: str, failure: str) -> J:
        """End the job for a reason in its data; `failure` is for the person who started it.

        Raises `LeaseLost`, `Unavailable`.
        """
        failed = self._fail(job, owner, failure)
        metrics.add_metric(self.endings.refused, MetricUnit.Count, 1)
        logger.info("The job cannot be done", extra={"failure": failure})
        return failed

    def _fail(self, job: J, owner: str, failure: str) -> J:
        failed = self.jobs.fail(job, owner, failure)
        try:
            self.leftovers.remove(failed)
        except Unavailable:
            logger.warning("The sweeper has to remove what the job left", exc_info=True)
        return failed
