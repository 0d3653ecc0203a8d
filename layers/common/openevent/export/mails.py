"""The mail that tells who asked how an export ended: one a job, retried alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters import mail
from openevent.export import tickets
from openevent.export.job import ArchiveRecord, Job, State
from openevent.export.job_store import Jobs
from openevent.export.tickets import Ticket

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)

# Media that a mail names; the rest it counts.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Notifier:
    """Mails the one who started a job."""

    ses: "SESV2Client"
    jobs: Jobs
    sender: str
    api_url: str
    frontend_url: str
    ticket_key: str

    def notify(self, job: Job) -> None:
        """Send the mail about how `job` ended, unless it was sent.

        Raises `Unavailable` when it cannot be sent; the job's state has nothing to do with that.
        """
        if job.mailed_at is not None or job.removed_at is not None:
            return
        if job.state is State.SUCCESS and job.archive is not None:
            message = self._ready(job, job.archive)
        else:
            message = self._failed(job)
        mail.send(self.ses, message, sender=self.sender, to=job.user_email)
        self.jobs.mark_mailed(job)
        logger.info("Mailed")

    def _ready(self, job: Job, archive: ArchiveRecord) -> mail.Message:
        ticket = tickets.issue(
            Ticket(job.user_id, job.id), self.ticket_key, expires_at=archive.expires_at
        )
        page = f"{self.api_url}/v1/events/{job.event_id}/exports/{archive.path}"
        return mail.render(
            "export_ready",
            "The export of $event is ready",
            {
                "event": job.event_name,
                "link": f"{page}?ticket={ticket}",
                "size": readable_size(archive.size),
                "expires": readable_time(archive.expires_at),
                "skipped": skipped_text(archive),
                "frontend": self.frontend_url,
            },
        )

    def _failed(self, job: Job) -> mail.Message:
        return mail.render(
            "export_failed",
            "The export of $event failed",
            {
                "event": job.event_name,
                "failure": job.failure or "",
                "reference": job.id,
                "frontend": self.frontend_url,
            },
        )


def skipped_text(archive: ArchiveRecord) -> str:
    """What is not in the archive, for a person; empty when everything is."""
    if not archive.skipped_count:
        return ""
    lines = [
        f"- {medium.file} {medium.id}, {medium.field}: {medium.detail} ({medium.address})"
        for medium in archive.skipped[:NAMED]
    ]
    more = archive.skipped_count - len(lines)
    if more:
        lines.append(f"- and {more} more; the file manifest.json in the archive names them all")
    return "These media files could not be fetched and are not in it:\n" + "\n".join(lines) + "\n"


def readable_size(size: int) -> str:
    """`size` bytes as a person reads them, in units of 1,000."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit's size
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def readable_time(seconds: int) -> str:
    """Epoch `seconds` as a person reads them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y, %H:%M UTC")
