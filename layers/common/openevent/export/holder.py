"""The holder of a ticket: the job that it is for, and the right that the holder still needs."""

from openevent.adapters.database import Rows
from openevent.errors import NotFound, Unauthenticated
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.tickets import Ticket
from openevent.rights.access import Action
from openevent.rights.events import Event, authorize, find_event
from openevent.rights.identity import User, find_user


def job_of_holder(jobs: Jobs, ticket: Ticket, task_id: str) -> Job:
    """Return the job `task_id`, if the ticket is for it. Raises `NotFound` or `Unavailable`."""
    job = jobs.find(task_id) if task_id == ticket.task_id else None
    if job is None:
        raise no_export()
    return job


def admit_holder(session: Rows, ticket: Ticket, job: Job, event_name: str) -> tuple[User, Event]:
    """Return the holder, and the event `event_name`, if it is the job's and the holder may see it.

    The right is checked again at each use of a ticket: the holder may have lost it since. Raises
    `Unauthenticated`, `NotFound` or `Forbidden`, in this order.
    """
    user = find_user(session, ticket.user_id)
    if user is None:
        raise Unauthenticated(
            "user-unknown", "This link belongs to an account that no longer exists."
        )
    event = find_event(session, event_name)
    if event.id != job.event_id:
        raise no_export()
    authorize(session, user, event, Action.EXPORT)
    return user, event


def no_export() -> NotFound:
    """Return the error for an export that does not exist, or looks so to the caller."""
    return NotFound("export-not-found", "There is no such export. It may have been removed.")
