"""Download of an archive: by a login, or by the ticket in a mail."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.adapters.database import Snapshots
from openevent.adapters.storage import presign
from openevent.export.holder import admit_holder, no_export
from openevent.export.job import ArchiveRecord
from openevent.export.job_store import Jobs
from openevent.export.tickets import Ticket
from openevent.export.visibility import require_available
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.identity import Claims

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class DownloadAddresses:
    """Signs addresses of archives in `bucket`, which expire after `seconds` or with the archive."""

    s3: "S3Client"
    bucket: str
    seconds: int

    def of(self, archive: ArchiveRecord) -> str:
        """Return a fresh address of the archive."""
        return presign(
            self.s3,
            self.bucket,
            archive.key,
            filename=archive.key.rpartition("/")[2],
            seconds=max(1, min(self.seconds, archive.expires_at - int(time.time()))),
        )


@dataclass(frozen=True, slots=True)
class Download:
    """Hands out addresses of archives."""

    database: Snapshots
    jobs: Jobs
    addresses: DownloadAddresses

    def for_login(self, claims: Claims, event_name: str, path: str) -> str:
        """Return a fresh address of the event's archive at `path` (`zip/<id>/event<id>.zip`).

        Raises `Unauthenticated`, `NotFound`, `Forbidden`, `Gone` or `Unavailable`.
        """
        with self.database.snapshot() as session:
            event = admit(session, claims, event_name, Action.EXPORT).event
        key = f"exports/{event.id}/{path}"
        for job in self.jobs.of_event(event.id):
            if job.archive is not None and job.archive.key == key:
                require_available(job)
                return self.addresses.of(job.archive)
        raise no_export()

    def for_ticket(self, ticket: Ticket, event_name: str, path: str) -> str:
        """Return a fresh address as `for_login` does, to the holder of a ticket.

        The right is checked again: the holder may have lost it since.
        """
        job = self.jobs.find(ticket.task_id)
        if job is None or job.archive is None:
            raise no_export()
        if job.archive.key != f"exports/{job.event_id}/{path}":
            raise no_export()
        with self.database.snapshot() as session:
            admit_holder(session, ticket, job, event_name)
        require_available(job)
        return self.addresses.of(job.archive)
