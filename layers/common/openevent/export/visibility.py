"""Visibility of an export: who may know of it, and whether it can still be downloaded."""

import time

from openevent.adapters.database import Rows
from openevent.errors import Forbidden, Gone, NotFound
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.rights.access import Action
from openevent.rights.events import authorize, find_event
from openevent.rights.identity import User

# Code of the error for a task that does not exist, or looks so to the caller.
TASK_NOT_FOUND = "task-not-found"


def find_task(jobs: Jobs, task_id: str) -> Job:
    """Return the job `task_id`. Raises `NotFound`."""
    job = jobs.find(task_id)
    if job is None:
        raise _no_task()
    return job


def require_right(session: Rows, user: User, job: Job) -> None:
    """Require that `user` may export the job's event now.

    Raises `NotFound` or `Forbidden`; to users who did not start the job, it looks as if it did not
    exist.
    """
    try:
        authorize(session, user, find_event(session, job.event_id), Action.EXPORT)
    except (NotFound, Forbidden) as error:
        if user.id == job.user_id:
            raise
        raise _no_task() from error


def is_available(job: Job) -> bool:
    """Return whether the job was not removed, and its archive, if it has one, has not expired."""
    expired = job.archive is not None and job.archive.expires_at <= time.time()
    return job.removed_at is None and not expired


def require_available(job: Job) -> None:
    """Raise `Gone` if the job was removed, or its archive has expired."""
    if job.removed_at is not None:
        raise Gone("export-removed", "This export was removed. Start a new one if you need it.")
    if not is_available(job):
        raise Gone("export-expired", "This export has expired. Please start a new one.")


def _no_task() -> NotFound:
    return NotFound(TASK_NOT_FOUND, "There is no such task, or you have no access to it.")
