"""The mail about the end of a job, to the person who started it: one for each job."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused, MailUnconfirmed
from openevent.delivery.record import About, Subject
from openevent.delivery.sender import Sender
from openevent.errors import Unavailable
from openevent.jobs.record import JobRecord
from openevent.jobs.store import JobStore

logger = Logger(child=True)
metrics = Metrics()

J = TypeVar("J", bound=JobRecord)

# Seconds for which a mail is claimed: more than SES's client takes until it gives up.
CLAIM_SECONDS = 120

# Attempts after which a mail is given up: with the pauses between them, several days.
ATTEMPTS = 20

# Unconfirmed attempts after which a mail counts as sent, so that no one gets many.
UNCONFIRMED_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Notifier(Generic[J]):
    """Sends mails to those who started jobs; `write` returns the mail about a job that ended."""

    sender: Sender
    jobs: JobStore[J]
    write: Callable[[J], mail.Message]

    def notify(self, job: J, owner: str) -> None:
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

    def _send(self, job: J) -> None:
        # A record that was claimed has the id of its mail.
        about = About(Subject.JOB, job.user_id, task_id=job.id)
        message = self.write(job)
        self.sender.send(message, to=job.user_email, mail_id=str(job.mail_id), about=about)

    def _give_up(self, job: J, code: str) -> None:
        self.jobs.give_up_mail(job, code)
        metrics.add_metric("MailNotSent", MetricUnit.Count, 1)
        logger.error("The mail cannot be sent", extra={"code": code})

    def _release(self, job: J, owner: str, *, unconfirmed: bool = False) -> None:
        with suppress(Unavailable):
            self.jobs.release_mail(job, owner, unconfirmed=unconfirmed)
