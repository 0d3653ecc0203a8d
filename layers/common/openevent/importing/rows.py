"""The rows of `import_jobs`, which Open Event's server shows to users and administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from openevent.adapters.database import Rows, Transactions
from openevent.adapters.schema import Schema
from openevent.importing.job import ImportJob
from openevent.jobs.record import State

logger = Logger(child=True)

_TABLE = "import_jobs"

# Values of `result_status`, as the server writes them.
SUCCEEDED, FAILED = "SUCCESS", "FAILURE"


def note_start(session: Rows, job: ImportJob) -> None:
    """Write the row of a job that begins. `task` is its bare id, without the address."""
    if not session.schema.has(_TABLE):
        logger.warning("The database has no table import_jobs")
        return
    _insert(session, _start_of(job))


def note_end(database: Transactions[Rows], job: ImportJob) -> None:
    """Write how the job ended: the new event's id, or the reason of the failure. Idempotent.

    A start that died before its commit has left no row: it is written too. No start is under way
    any more, as the message, or the upload, follows its commit. Raises `Unavailable`.
    """
    with database.transaction() as session:
        if not session.schema.has(_TABLE):
            return
        has_succeeded = job.state is State.SUCCESS
        event_id = None if job.event is None else job.event.id
        row = {
            "result": ("" if event_id is None else str(event_id)) if has_succeeded else job.failure,
            "result_status": SUCCEEDED if has_succeeded else FAILED,
        }
        known = _known(session.schema, row)
        if not known:
            return
        changes = ", ".join(f"{name} = %s" for name in known)
        ended = f"UPDATE {_TABLE} SET {changes} WHERE task = %s RETURNING 1"  # noqa: S608 - names of this module
        if not session.rows(ended, *known.values(), job.id):
            _insert(session, {**_start_of(job), **row})


def _start_of(job: ImportJob) -> dict[str, Any]:
    return {
        "task": job.id,
        "starts_at": datetime.fromisoformat(job.created_at),
        "user_id": job.user_id,
    }


def _insert(session: Rows, row: Mapping[str, Any]) -> None:
    known = _known(session.schema, row)
    names, places = ", ".join(known), ", ".join("%s" for _ in known)
    insert = f"INSERT INTO {_TABLE} ({names}) VALUES ({places})"  # noqa: S608 - names of this module
    session.rows(insert, *known.values())


def _known(schema: Schema, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if schema.has(_TABLE, name)}
