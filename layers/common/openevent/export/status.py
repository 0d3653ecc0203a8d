"""Ask about exports: a task, an event's exports, the way to an archive, and its removal."""

import time
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from openevent.adapters.database import Database, Session
from openevent.adapters.storage import presign
from openevent.edge.jsonapi import Page
from openevent.errors import Forbidden, Gone, NotFound, Unauthenticated
from openevent.export.job import ArchiveRecord, Job, State
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.tickets import Ticket
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import authorize, find_event
from openevent.rights.identity import Claims, User, find_user, load_user

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class ExportStatus:
    """Answers about exports. Addresses it hands out are good for `download_seconds`."""

    database: Database
    jobs: Jobs
    s3: "S3Client"
    bucket: str
    leftovers: Leftovers
    download_seconds: int

    def task(self, claims: Claims, task_id: str) -> dict[str, Any]:
        """The task as clients poll it.

        The one who asked learns of a job without an archive from DynamoDB alone; an address is
        handed out to those alone who may export the event now. Raises `NotFound` for what is not
        the caller's business, `Gone` for what was removed or has expired.
        """
        job = self._find(task_id)
        own = claims.user_id == job.user_id
        if not own or (job.archive is not None and _is_there(job)):
            with self.database.snapshot() as session:
                self._require_business(session, claims, job, own=own)
        _require_there(job)
        return self._document(job)

    def list(self, claims: Claims, event_name: str, page: Page) -> tuple[list[Job], int]:
        """One page of the event's exports, newest first, and the number of all.

        Raises `NotFound`, `Forbidden`.
        """
        with self.database.snapshot() as session:
            event = admit(session, claims, event_name, Action.EXPORT).event
        jobs = list(self.jobs.of_event(event.id))
        return list(islice(jobs, page.offset, page.offset + page.size)), len(jobs)

    def download(self, claims: Claims, event_name: str, path: str) -> str:
        """A fresh address of the event's archive at `path` (`zip/<random>/event<id>.zip`).

        Raises `NotFound`, `Forbidden`, `Gone`.
        """
        with self.database.snapshot() as session:
            event = admit(session, claims, event_name, Action.EXPORT).event
        key = f"exports/{event.id}/{path}"
        for job in self.jobs.of_event(event.id):
            if job.archive is not None and job.archive.key == key:
                _require_there(job)
                return self._address(job, job.archive)
        raise _no_export()

    def download_with_ticket(self, ticket: Ticket, event_name: str, path: str) -> str:
        """As `download`, for the holder of a ticket, who may have lost the right since."""
        job = self.jobs.find(ticket.task_id)
        if job is None or job.archive is None:
            raise _no_export()
        if job.archive.key != f"exports/{job.event_id}/{path}":
            raise _no_export()
        with self.database.snapshot() as session:
            user = find_user(session, ticket.user_id)
            if user is None:
                raise Unauthenticated("user-unknown", "This link is not valid any more.")
            event = find_event(session, event_name)
            if event.id != job.event_id:
                raise _no_export()
            authorize(session, user, event, Action.EXPORT)
        _require_there(job)
        return self._address(job, job.archive)

    def remove(self, claims: Claims, task_id: str) -> None:
        """Remove the task's archive for good, and stop its job if it runs. Twice is once.

        It takes the right to export the event now, or to be the only one who asked for the export.
        Raises `NotFound` if the caller may not know of the task, `Forbidden`, `Unavailable`.
        """
        job = self._find(task_id)
        with self.database.snapshot() as session:
            user = load_user(session, claims)
            if user.id != job.user_id:
                self._require_right(session, user, job)
            elif job.joined_by - {user.id}:
                # Others wait for it, or have it.
                event = find_event(session, job.event_id)
                authorize(session, user, event, Action.EXPORT)
        self.leftovers.remove(self.jobs.remove(job))
        logger.info("Removed", extra={"task_id": job.id, "user_id": user.id})

    def _find(self, task_id: str) -> Job:
        job = self.jobs.find(task_id)
        if job is None:
            raise _no_task()
        return job

    def _require_business(self, session: Session, claims: Claims, job: Job, *, own: bool) -> None:
        try:
            admit(session, claims, job.event_id, Action.EXPORT)
        except (NotFound, Forbidden) as error:
            if own:
                raise
            raise _no_task() from error

    def _require_right(self, session: Session, user: User, job: Job) -> None:
        """Raise `NotFound`, as for a task that is not there, unless `user` may export its event."""
        try:
            event = find_event(session, job.event_id)
            authorize(session, user, event, Action.EXPORT)
        except (NotFound, Forbidden) as error:
            raise _no_task() from error

    def _document(self, job: Job) -> dict[str, Any]:
        if job.archive is not None:
            return {
                "state": job.state,
                "result": {"download_url": self._address(job, job.archive)},
                **archive_facts(job.archive),
            }
        if job.state is State.FAILED:
            return {"state": job.state, "result": job.failure}
        progress = asdict(job.progress) if job.progress is not None else None
        return {"state": job.state, "progress": progress}

    def _address(self, job: Job, archive: ArchiveRecord) -> str:
        return presign(
            self.s3,
            self.bucket,
            archive.key,
            filename=f"event{job.event_id}.zip",
            seconds=max(1, min(self.download_seconds, archive.expires_at - int(time.time()))),
        )


def archive_facts(archive: ArchiveRecord) -> dict[str, Any]:
    """What clients are told about an archive: what it is, and what is not in it."""
    return {
        "size": archive.size,
        "sha256": archive.sha256,
        "files": archive.files,
        "expires_at": archive.expires_at,
        "skipped": {
            "count": archive.skipped_count,
            "media": [medium.model_dump() for medium in archive.skipped],
        },
        "repaired": {"count": sum(archive.repaired.values()), "changes": archive.repaired},
    }


def _is_there(job: Job) -> bool:
    expired = job.archive is not None and job.archive.expires_at <= time.time()
    return job.removed_at is None and not expired


def _require_there(job: Job) -> None:
    if job.removed_at is not None:
        raise Gone("export-removed", "This export was removed.")
    if not _is_there(job):
        raise Gone("export-expired", "This export has expired. Please start a new one.")


def _no_task() -> NotFound:
    return NotFound("task-not-found", "There is no such task.")


def _no_export() -> NotFound:
    return NotFound("export-not-found", "There is no such export.")
