"""Removal of an export."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger

from openevent.adapters.database import Snapshots
from openevent.export.holder import admit_holder, job_of_holder
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.tickets import Ticket
from openevent.export.visibility import find_task, require_right
from openevent.rights.identity import Claims, User, load_user

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class RemoveExport:
    """Removes exports."""

    database: Snapshots
    jobs: Jobs
    leftovers: Leftovers

    def remove(self, claims: Claims, task_id: str) -> None:
        """Remove the task's archive for good, and stop its job if it runs. Idempotent.

        The caller needs the right to export the event now, or to be the only one who asked for the
        export. Raises `Unauthenticated`, `NotFound`, `Forbidden` or `Unavailable`.
        """
        job = find_task(self.jobs, task_id)
        with self.database.snapshot() as session:
            user = load_user(session, claims)
            if user.id != job.user_id or job.joined_by - {user.id}:
                require_right(session, user, job)
        self._remove(job, user)

    def remove_for_holder(self, ticket: Ticket, event_name: str, task_id: str) -> None:
        """Remove as `remove` does, for the holder of a ticket, who needs the right now.

        Raises `Unauthenticated`, `NotFound`, `Forbidden` or `Unavailable`.
        """
        job = job_of_holder(self.jobs, ticket, task_id)
        with self.database.snapshot() as session:
            user, _ = admit_holder(session, ticket, job, event_name)
        self._remove(job, user)

    def _remove(self, job: Job, user: User) -> None:
        self.leftovers.remove(self.jobs.remove(job))
        logger.info("Removed", extra={"task_id": job.id, "user_id": user.id})
