"""The end of jobs that cannot be done."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.errors import Unavailable
from openevent.export.job import MAX_TRIES, Job, State
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.mails import Notifier

logger = Logger(child=True)
metrics = Metrics()

FAILURE = (
    "The archive could not be made because of a problem on our side, which has been reported. "
    "Please start the export again later."
)


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Ends jobs as failed."""

    jobs: Jobs
    leftovers: Leftovers
    notifier: Notifier

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
            job = self.end(job, owner, FAILURE)
        self.notifier.notify(job, owner)

    def end(self, job: Job, owner: str, failure: str) -> Job:
        """End the job for a reason that the operator has to look into; `failure` is for a person.

        Raises `LeaseLost`, `Unavailable`.
        """
        failed = self._fail(job, owner, failure)
        metrics.add_metric("ExportsFailed", MetricUnit.Count, 1)
        logger.error("The export failed", extra={"failure": failure, "attempts": job.attempts})
        return failed

    def refuse(self, job: Job, owner: str, failure: str) -> Job:
        """End the job for a reason in the event itself; `failure` is for its organizer.

        Raises `LeaseLost`, `Unavailable`.
        """
        failed = self._fail(job, owner, failure)
        metrics.add_metric("ExportsRefused", MetricUnit.Count, 1)
        logger.info("The event cannot be exported", extra={"failure": failure})
        return failed

    def _fail(self, job: Job, owner: str, failure: str) -> Job:
        failed = self.jobs.fail(job, owner, failure)
        try:
            self.leftovers.remove(failed)
        except Unavailable:
            logger.warning("The sweeper has to remove what the job left", exc_info=True)
        return failed
