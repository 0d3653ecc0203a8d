"""Row of a job in `export_jobs`, the server's list of exports, which its administrators see."""

from datetime import UTC, datetime

import pg8000.dbapi
from aws_lambda_powertools import Logger

from openevent.adapters.database import Rows, Transactions
from openevent.errors import Unavailable
from openevent.export.job import Job, task_url

logger = Logger(child=True)

# The lock of a job's row, which is held until the transaction ends. By it, a worker waits for the
# start of its job to commit.
_LOCK = "pg_advisory_xact_lock(hashtext(%s))"


def add_row(session: Rows, job: Job) -> None:
    """Add the row of a new job, if the database has the table."""
    if not session.schema.has("export_jobs"):
        logger.warning("The database has no table export_jobs")
        return
    _insert(session, job)


def restore_row(database: Transactions[Rows], job: Job) -> None:
    """Add the row of a job whose start died before its commit, unless the row is there.

    An error is logged and not raised: the list is no reason to fail an export.
    """
    try:
        with database.transaction() as session:
            if not session.schema.has("export_jobs", "task"):
                return
            session.rows(f"SELECT {_LOCK}", task_url(job))
            listed = "SELECT 1 FROM export_jobs WHERE task = %s LIMIT 1"
            if not session.rows(listed, task_url(job)):
                _insert(session, job)
                logger.warning("Added the job to export_jobs; its start did not")
    except (pg8000.dbapi.Error, Unavailable):
        logger.warning("The job may be missing in export_jobs", exc_info=True)


def _insert(session: Rows, job: Job) -> None:
    row = {
        "task": task_url(job),
        "starts_at": datetime.now(UTC),
        "user_email": job.user_email,
        "event_id": job.event_id,
    }
    values = {name: value for name, value in row.items() if session.schema.has("export_jobs", name)}
    cast = ", ".join(f"%s::{session.schema.column('export_jobs', name).type}" for name in values)
    session.rows(
        f"INSERT INTO export_jobs ({', '.join(values)}) SELECT {cast} FROM {_LOCK} AS lock",  # noqa: S608 - names of this module
        *values.values(),
        task_url(job),
    )
