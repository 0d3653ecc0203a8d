"""The mails about the end of an export."""

from dataclasses import dataclass

from openevent.adapters import mail
from openevent.delivery.names import shown_name
from openevent.export.job import ArchiveRecord, Job
from openevent.export.page.nouns import place_of
from openevent.export.page_links import PageLinks
from openevent.export.readable import readable_size, readable_time
from openevent.jobs.record import State

# Media files that a mail names; the others are counted.
NAMED = 10


@dataclass(frozen=True, slots=True)
class ExportLetters:
    """Writes mails to those who started exports."""

    links: PageLinks
    frontend_url: str

    def write(self, job: Job) -> mail.Message:
        """Return the mail about how `job` ended."""
        if job.state is State.SUCCESS and job.archive is not None:
            return self._ready(job, job.archive)
        return self._failed(job)

    def _ready(self, job: Job, archive: ArchiveRecord) -> mail.Message:
        return mail.render(
            "export_ready",
            "The export of $event is ready",
            {
                "event": shown_name(job.event_name),
                "link": self.links.page_url(job, job.user_id),
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
                "event": shown_name(job.event_name),
                "failure": job.failure or "",
                "link": self.links.page_url(job, job.user_id),
                "reference": job.id,
                "frontend": self.frontend_url,
            },
        )


def skipped_text(archive: ArchiveRecord) -> str:
    """Return which media files the archive lacks, for a person; empty if it lacks none."""
    if not archive.skipped_count:
        return ""
    lines = [
        f"- {place_of(media.file, media.id, media.field)}: {media.detail} ({media.address})"
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
