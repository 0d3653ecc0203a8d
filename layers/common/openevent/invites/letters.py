"""Mails of invites. A mail that cannot be sent fails no call: the answer says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused
from openevent.errors import Unavailable
from openevent.invites.rules import Invite
from openevent.invites.words import ABILITIES, TITLES, shown_name, shown_person, shown_time
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)
metrics = Metrics()

# Path of the page that the link in an invitation leads to.
PAGE = "/v1/role-invites/invitation"


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes and sends the mails.

    `api_url`, `frontend_url`: the beginning of links, without a final slash, to our pages and to
    those of the web client.
    """

    client: "SESV2Client"
    sender: str
    api_url: str
    frontend_url: str

    def send_invite(
        self, event: Event, inviter: User, invite: Invite, *, token: str, until: datetime
    ) -> str | None:
        """Send the invitee their link; the token is in no other place than this mail.

        Returns why the mail was not sent, as the code of the fault; None if SES took it.
        """
        values = {
            "event": shown_name(event.name),
            "inviter": shown_person(inviter),
            "role": TITLES[Role(invite.role_name)],
            "abilities": ABILITIES[Role(invite.role_name)],
            "link": f"{self.api_url}{PAGE}?token={quote(token)}",
            "until": shown_time(until),
        }
        return self._send("role_invite", "Invitation to $event", values, invite.email.strip())

    def announce_owner(self, event: Event, owner: User, former: tuple[User, ...]) -> str | None:
        """Send mails to the new owner and the former owners.

        Returns why the first of the missing mails was not sent; None if SES took all.
        """
        values = {
            "event": shown_name(event.name),
            "owner": shown_person(owner),
            "former": ", ".join(map(shown_person, former)) or "no one",
            "link": f"{self.frontend_url}/events/{quote(event.identifier)}",
        }
        subject = "$event has a new owner"
        faults = [self._send("owner_new", subject, values, owner.email)]
        faults += [self._send("owner_former", subject, values, user.email) for user in former]
        return next((fault for fault in faults if fault is not None), None)

    def _send(self, template: str, subject: str, values: Mapping[str, str], to: str) -> str | None:
        message = mail.render(template, subject, values)
        try:
            mail.send(self.client, message, sender=self.sender, to=to)
        except (MailRefused, Unavailable) as error:
            logger.exception("Mail not sent", extra={"template": template, "reason": error.code})
            metrics.add_metric("MailNotSent", MetricUnit.Count, 1)
            return error.code
        return None
