"""Give up a job that failed again and again: what the dead-letter queue is for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.archive.multipart.workspace import abandon
from openevent.errors import Unavailable
from openevent.export.job import State
from openevent.export.job_store import Jobs
from openevent.export.mails import Notifier

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

FAILURE = "Something went wrong on our side, again and again. Please try again later."


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Ends jobs that could not be done; `bucket` is that of the archives."""

    jobs: Jobs
    s3: "S3Client"
    bucket: str
    notifier: Notifier

    def give_up(self, task_id: str, owner: str, seconds: int) -> None:
        """End the job as failed, unless it has ended, and send the mail, unless it was sent.

        `owner` has so many seconds for it.

        Raises `Busy` while a worker has the job, `Unavailable` when DynamoDB or the mail is away.
        """
        job = self.jobs.claim(task_id, owner, seconds=seconds)
        if job is None:
            logger.info("There is no such job any more")
            return
        if job.state is State.WAITING:
            metrics.add_metric("ExportsFailed", MetricUnit.Count, 1)
            logger.error("Given up")
            job = self.jobs.fail(job, owner, FAILURE)
            try:
                abandon(self.s3, self.bucket, job)
            except Unavailable:
                logger.warning("An unfinished upload stays until S3 aborts it", exc_info=True)
        self.notifier.notify(job)
