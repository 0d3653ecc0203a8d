"""Start of an export: a waiting job, a row for Open Event's administrators, and a message."""

from dataclasses import dataclass
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.commit import OUTCOME_UNKNOWN, confirmed
from openevent.adapters.database import Database
from openevent.adapters.queue import TaskQueue
from openevent.errors import Unavailable
from openevent.export.job import Job, TableFile, new_job
from openevent.export.options import Options
from openevent.export.server_list import add_row
from openevent.export.starts import Starts
from openevent.jobs.clock import epoch
from openevent.programme.format import Format
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User

logger = Logger(child=True)
metrics = Metrics()


@dataclass(frozen=True, slots=True)
class ExportStart:
    """Starts exports; `queue` leads to the worker."""

    database: Database
    starts: Starts
    queue: TaskQueue
    archive_days: int

    def start(
        self,
        claims: Claims,
        event_name: str,
        options: Options,
        schedule: Format | None = None,
        table: TableFile | None = None,
    ) -> Job:
        """Return the waiting job of the event (an id or identifier) with these options, new or not.

        With `schedule`, it makes the event's programme in that format instead of an archive, with
        `table` that file.

        The job's record, its row in `export_jobs` and its message are all there, or none of them
        is. If the start dies in between, the worker adds the row. A job that waits but has neither
        worker nor message, as its start died or its message was lost, gets a new message.

        Raises `Unauthenticated`, `NotFound`, `Forbidden`, `TooManyRequests` or `Unavailable`.
        """
        opened: Job | None = None
        try:
            with confirmed(self.database) as session:
                admitted = admit(session, claims, event_name, Action.EXPORT)
                wanted = self._job(admitted.user, admitted.event, options, schedule, table)
                job = self.starts.open(wanted)
                if job.id == wanted.id:
                    opened = job
                    add_row(session, job)
                    # Before the commit, as a message without a job does no harm.
                    self.queue.send(job.id, group=job.group)
                elif job.is_idle(epoch()) and self.starts.jobs.requeue(job):
                    metrics.add_metric("JobsRequeued", MetricUnit.Count, 1)
                    self.queue.send(job.id, group=job.group)
        except BaseException as error:
            if opened is not None and not _may_be_done(error):
                self._withdraw(opened)
            raise
        if opened is not None:
            metrics.add_metric("ExportsStarted", MetricUnit.Count, 1)
        logger.info("Started" if opened else "Joined", extra={"task_id": job.id})
        return job

    def _job(
        self,
        user: User,
        event: Event,
        options: Options,
        schedule: Format | None,
        table: TableFile | None,
    ) -> Job:
        return new_job(
            task_id=str(uuid4()),
            event_id=event.id,
            event_identifier=event.identifier,
            event_name=event.name,
            user_id=user.id,
            user_email=user.email,
            options=options,
            archive_days=self.archive_days,
            schedule=schedule,
            table=table,
        )

    def _withdraw(self, job: Job) -> None:
        try:
            self.starts.withdraw(job)
        except Unavailable:
            logger.exception(
                "A job that could not be started waits for the sweeper", extra={"task_id": job.id}
            )


def _may_be_done(error: BaseException) -> bool:
    """Return whether the commit failed with `error` although it may have taken effect."""
    return isinstance(error, Unavailable) and error.code == OUTCOME_UNKNOWN
