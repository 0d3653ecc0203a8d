"""Start an export: a job that waits, a row for Open Event's administrators, and a message."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import insert

from openevent.adapters.database import Database, Session
from openevent.errors import Unavailable
from openevent.export.job import Job, new_job
from openevent.export.job_store import Jobs
from openevent.export.options import Options
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = Logger(child=True)
metrics = Metrics()


@dataclass(frozen=True, slots=True)
class ExportStart:
    """Starts exports, so many an hour of each event by each user."""

    database: Database
    jobs: Jobs
    enqueue: Callable[[str], None]
    starts_per_hour: int
    archive_days: int

    def start(self, claims: Claims, event_name: str, options: Options) -> Job:
        """The waiting job of the event (an id or identifier) with these options, new or not.

        The job's record, its row in `export_jobs` and its message are all there, or none of them
        is. Raises `Unauthenticated`, `NotFound`, `Forbidden`, `TooManyRequests` or `Unavailable`.
        """
        opened: Job | None = None
        try:
            with self.database.transaction() as session:
                admitted = admit(session, claims, event_name, Action.EXPORT)
                wanted = self._job(admitted.user, admitted.event, options)
                job = self.jobs.open(wanted, starts_per_hour=self.starts_per_hour)
                if job.id == wanted.id:
                    opened = job
                    _note(session, job)
                    # Before the commit: what fails after it could no longer be taken back, while a
                    # message without a job does nothing.
                    self.enqueue(job.id)
        except BaseException:
            if opened is not None:
                self._withdraw(opened)
            raise
        if opened is not None:
            metrics.add_metric("ExportsStarted", MetricUnit.Count, 1)
        logger.info("Started" if opened else "Joined", extra={"task_id": job.id})
        return job

    def _job(self, user: User, event: Event, options: Options) -> Job:
        return new_job(
            task_id=str(uuid4()),
            event_id=event.id,
            event_identifier=event.identifier,
            event_name=event.name,
            user_id=user.id,
            user_email=user.email,
            options=options,
            archive_days=self.archive_days,
        )

    def _withdraw(self, job: Job) -> None:
        try:
            self.jobs.withdraw(job)
        except Unavailable:
            logger.exception("A job that could not be started stays", extra={"task_id": job.id})


def task_url(job: Job) -> str:
    """The address of the job's task, as clients expect it: exactly `/v1/tasks/<id>`."""
    return f"/v1/tasks/{job.id}"


def to_queue(client: "SQSClient", queue_url: str) -> Callable[[str], None]:
    """What puts a task's id onto the queue. Raises `Unavailable` when the queue is away."""

    def enqueue(task_id: str) -> None:
        try:
            client.send_message(QueueUrl=queue_url, MessageBody=json.dumps({"task_id": task_id}))
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(
                "queue-unavailable", "Exports cannot be started at the moment."
            ) from error

    return enqueue


def _note(session: Session, job: Job) -> None:
    table = session.schema.find("export_jobs")
    if table is None:
        logger.warning("The database has no table export_jobs")
        return
    row = {
        "task": task_url(job),
        "starts_at": datetime.now(UTC),
        "user_email": job.user_email,
        "event_id": job.event_id,
    }
    known = {name: value for name, value in row.items() if name in table.c}
    session.connection.execute(insert(table).values(known))
