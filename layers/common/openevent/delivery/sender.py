"""Sends mails, and records each before and after it is handed to SES."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused, MailUnconfirmed, Message
from openevent.delivery.events import TAG
from openevent.delivery.record import About
from openevent.delivery.states import Fact, Step, as_time
from openevent.delivery.store import DeliveryStore
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends mails from `address`, through the configuration set whose events are recorded."""

    ses: "SESV2Client"
    store: DeliveryStore
    address: str
    configuration_set: str

    def send(self, message: Message, *, to: str, mail_id: str, about: About) -> None:
        """Send `message`; the record `mail_id` says what becomes of it.

        The record is opened before the mail is sent, because events can come before the answer of
        SES, and the answer can be lost. A mail whose record cannot be written is sent all the same.
        Raises what `mail.send` raises.
        """
        with suppress(Unavailable):
            self.store.open(mail_id, about)
        try:
            message_id = mail.send(
                self.ses,
                message,
                sender=self.address,
                to=to,
                configuration_set=self.configuration_set,
                tags={TAG: mail_id},
            )
        except MailUnconfirmed:
            # SES's events will say whether it took the mail.
            raise
        except (MailRefused, Unavailable) as error:
            self.note(mail_id, Step.NOT_SENT, error.code)
            raise
        self.note(mail_id, Step.SENT, message_id=message_id)
        logger.info("Mail sent", extra={"mail_id": mail_id, "message_id": message_id})

    def note(
        self, mail_id: str, step: Step, reason: str = "", *, message_id: str | None = None
    ) -> None:
        """Record a fact of this moment. A fact that cannot be recorded is missing in the record."""
        fact = Fact(0, as_time(datetime.now(UTC)), "", reason)
        with suppress(Unavailable):
            self.store.add(mail_id, step, fact, message_id)


def new_mail_id() -> str:
    """Make the id of a mail: 32 hexadecimal digits."""
    return uuid.uuid4().hex
