"""The mails about the end of an export."""

from dataclasses import dataclass
from datetime import UTC, datetime

from openevent.adapters import mail
from openevent.export import tickets
from openevent.export.job import ArchiveRecord, Job
from openevent.export.tickets import Ticket
from openevent.jobs.record import State

# Media files that a mail names; the others are counted.
NAMED = 10


@dataclass(frozen=True, slots=True)
class ExportLetters:
    """Writes mails to those who started exports."""

    api_url: str
    frontend_url: str
    ticket_key: str

    def write(self, job: Job) -> mail.Message:
        """Return the mail about how `job` ended."""
        if job.state is State.SUCCESS and job.archive is not None:
            return self._ready(job, job.archive)
        return self._failed(job)

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
    """Return which media files the archive lacks, for a person; empty if it lacks none."""
    if not archive.skipped_count:
        return ""
    lines = [
        f"- {media.file} {media.id}, {media.field}: {media.detail} ({media.address})"
        for media in archive.skipped[:NAMED]
    ]
    more = archive.skipped_count - len(lines)
    if more:
        lines.append(f"- and {more} more; manifest.json in the archive lists all of them")
    return (
        "These media files could not be fetched and are not in the archive:\n"
        + "\n".join(lines)
        + "\n"
    )


def readable_size(size: int) -> str:
    """Return `size` in bytes for a person, in units of 1,000."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit's size
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def readable_time(seconds: int) -> str:
    """Return epoch `seconds` for a person."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y, %H:%M UTC")
