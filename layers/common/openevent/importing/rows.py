"""The rows of `import_jobs`, which Open Event's server shows to users and administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from sqlalchemy import Table, insert, update

from openevent.adapters.database import Database, Session
from openevent.importing.job import ImportJob
from openevent.jobs.record import State

logger = Logger(child=True)

# Values of `result_status`, as the server writes them.
SUCCEEDED, FAILED = "SUCCESS", "FAILURE"


def note_start(session: Session, job: ImportJob) -> None:
    """Write the row of a job that begins. `task` is its bare id, without the address."""
    table = session.schema.find("import_jobs")
    if table is None:
        logger.warning("The database has no table import_jobs")
        return
    session.connection.execute(insert(table).values(_known(table, _start_of(job))))


def note_end(database: Database, job: ImportJob) -> None:
    """Write how the job ended: the new event's id, or the reason of the failure. Idempotent.

    A start that died before its commit has left no row: it is written too. No start is under way
    any more, as the message, or the upload, follows its commit. Raises `Unavailable`.
    """
    with database.transaction() as session:
        table = session.schema.find("import_jobs")
        if table is None:
            return
        has_succeeded = job.state is State.SUCCESS
        event_id = None if job.event is None else job.event.id
        row = {
            "result": ("" if event_id is None else str(event_id)) if has_succeeded else job.failure,
            "result_status": SUCCEEDED if has_succeeded else FAILED,
        }
        known = _known(table, row)
        if not known:
            return
        ended = update(table).where(table.c.task == job.id).values(known)
        if not session.connection.execute(ended).rowcount:
            known = _known(table, {**_start_of(job), **row})
            session.connection.execute(insert(table).values(known))


def _start_of(job: ImportJob) -> dict[str, Any]:
    return {
        "task": job.id,
        "starts_at": datetime.fromisoformat(job.created_at),
        "user_id": job.user_id,
    }


def _known(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in table.c}
