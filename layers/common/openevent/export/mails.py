"""The mail about the end of an export, to the person who started it: one for each job."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused, MailUnconfirmed
from openevent.errors import Unavailable
from openevent.export import tickets
from openevent.export.job import ArchiveRecord, Job, State
from openevent.export.job_store import Jobs
from openevent.export.tickets import Ticket

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)
metrics = Metrics()

# Media files that a mail names; the others are counted.
NAMED = 10

# Seconds for which a mail is claimed: more than SES's client takes until it gives up.
CLAIM_SECONDS = 120

# Attempts after which a mail is given up: with the pauses between them, several days.
ATTEMPTS = 20

# Unconfirmed attempts after which a mail counts as sent, so that no one gets many.
UNCONFIRMED_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends mails to those who started jobs."""

    ses: "SESV2Client"
    jobs: Jobs
    sender: str
    api_url: str
    frontend_url: str
    ticket_key: str

    def notify(self, job: Job, owner: str) -> None:
        """Send the mail about how `job` ended, unless it was sent or given up.

        `owner` claims the mail first, so that of two workers one sends it. It is recorded as sent
        after SES has taken it: a worker that dies in between, or an answer of SES that is lost,
        leads to a second mail. A second mail does no harm; a missing one leaves a person waiting.

        Raises `Busy` while another worker sends it, `Unavailable` if it cannot be sent now. The
        job's state does not depend on its mail.
        """
        if not job.is_mail_due:
            return
        claimed = self.jobs.claim_mail(job, owner, seconds=CLAIM_SECONDS)
        if claimed is None:
            return
        try:
            self._send(claimed)
        except MailRefused as refused:
            self._give_up(claimed, refused.code)
        except MailUnconfirmed:
            if claimed.mail_unconfirmed + 1 < UNCONFIRMED_ATTEMPTS:
                self._release(claimed, owner, unconfirmed=True)
                raise
            logger.warning("The mail was not confirmed again, and counts as sent", exc_info=True)
            self.jobs.mark_mailed(claimed)
        except Unavailable:
            if claimed.mail_attempts < ATTEMPTS:
                self._release(claimed, owner)
                raise
            logger.exception("The mail was tried too often")
            self._give_up(claimed, "mail-unavailable")
        else:
            self.jobs.mark_mailed(claimed)
            logger.info("Mailed")

    def _send(self, job: Job) -> None:
        if job.state is State.SUCCESS and job.archive is not None:
            message = self._ready(job, job.archive)
        else:
            message = self._failed(job)
        mail.send(self.ses, message, sender=self.sender, to=job.user_email)

    def _give_up(self, job: Job, code: str) -> None:
        self.jobs.give_up_mail(job, code)
        metrics.add_metric("MailNotSent", MetricUnit.Count, 1)
        logger.error("The mail cannot be sent", extra={"code": code})

    def _release(self, job: Job, owner: str, *, unconfirmed: bool = False) -> None:
        with suppress(Unavailable):
            self.jobs.release_mail(job, owner, unconfirmed=unconfirmed)

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
