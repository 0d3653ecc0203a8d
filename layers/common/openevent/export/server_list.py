"""Row of a job in `export_jobs`, the server's list of exports, which its administrators see."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from sqlalchemy import Function, Table, func, insert, literal, select
from sqlalchemy.exc import DBAPIError

from openevent.adapters.database import Database, Session
from openevent.errors import Unavailable
from openevent.export.job import Job, task_url

logger = Logger(child=True)


def add_row(session: Session, job: Job) -> None:
    """Add the row of a new job, if the database has the table."""
    table = session.schema.find("export_jobs")
    if table is None:
        logger.warning("The database has no table export_jobs")
        return
    _insert(session, table, job)


def restore_row(database: Database, job: Job) -> None:
    """Add the row of a job whose start died before its commit, unless the row is there.

    An error is logged and not raised: the list is no reason to fail an export.
    """
    try:
        with database.transaction() as session:
            table = session.schema.find("export_jobs")
            if table is None or "task" not in table.c:
                return
            session.connection.execute(select(_lock(job)))
            listed = select(table.c.task).where(table.c.task == task_url(job)).limit(1)
            if session.connection.execute(listed).first() is None:
                _insert(session, table, job)
                logger.warning("Added the job to export_jobs; its start did not")
    except (DBAPIError, Unavailable):
        logger.warning("The job may be missing in export_jobs", exc_info=True)


def _lock(job: Job) -> Function[Any]:
    """Return the lock of the job's row, which is held until the transaction ends.

    By it, a worker waits for the start of its job to commit.
    """
    return func.pg_advisory_xact_lock(func.hashtext(task_url(job)))


def _insert(session: Session, table: Table, job: Job) -> None:
    row = {
        "task": task_url(job),
        "starts_at": datetime.now(UTC),
        "user_email": job.user_email,
        "event_id": job.event_id,
    }
    values = {
        name: literal(value, table.c[name].type) for name, value in row.items() if name in table.c
    }
    locked = select(*values.values()).select_from(_lock(job).alias("lock"))
    session.connection.execute(insert(table).from_select(list(values), locked))
