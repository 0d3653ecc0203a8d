"""Mails of invites. A mail that cannot be sent fails no call: the answer says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused
from openevent.errors import Unavailable
from openevent.invites.rules import Invite
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)
metrics = Metrics()

TITLES = {
    Role.OWNER: "owner",
    Role.ORGANIZER: "organizer",
    Role.COORGANIZER: "co-organizer",
    Role.TRACK_ORGANIZER: "track organizer",
    Role.MODERATOR: "moderator",
    Role.REGISTRAR: "registrar",
    Role.ATTENDEE: "attendee",
}

ABILITIES = {
    Role.OWNER: (
        "The owner has all rights to the event: those of an organizer, and the right to make "
        "another person the owner. An event has one owner: when you accept, the present owner "
        "becomes an organizer."
    ),
    Role.ORGANIZER: (
        "An organizer can change everything about the event, invite people to its team and remove "
        "them, copy the event and export it. Only the owner can make another person the owner."
    ),
    Role.COORGANIZER: (
        "A co-organizer can change most of the event, see who is invited to its team, copy the "
        "event and export it, but cannot invite people."
    ),
    Role.TRACK_ORGANIZER: "A track organizer can look after the event's tracks and their sessions.",
    Role.MODERATOR: "A moderator can read and judge the sessions that are proposed to the event.",
    Role.REGISTRAR: "A registrar can check attendees in at the event.",
    Role.ATTENDEE: "An attendee takes part in the event.",
}

# Characters of a name in a mail. A longer name is cut, so that it cannot fill the mail.
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes and sends the mails. `frontend_url`: the beginning of links, without a final slash."""

    client: "SESV2Client"
    sender: str
    frontend_url: str

    def send_invite(
        self, event: Event, inviter: User, invite: Invite, *, token: str, until: datetime
    ) -> str | None:
        """Send the invitee their link; the token is in no other place than this mail.

        Returns why the mail was not sent, as the code of the fault; None if SES took it.
        """
        values = {
            "event": _short(event.name),
            "inviter": _person(inviter),
            "role": TITLES[Role(invite.role_name)],
            "abilities": ABILITIES[Role(invite.role_name)],
            "link": f"{self.frontend_url}/role-invites?token={quote(token)}",
            "until": f"{until.astimezone(UTC):%d %B %Y, %H:%M} UTC",
        }
        return self._send("role_invite", "Invitation to $event", values, invite.email.strip())

    def announce_owner(self, event: Event, owner: User, former: tuple[User, ...]) -> str | None:
        """Send mails to the new owner and the former owners.

        Returns why the first of the missing mails was not sent; None if SES took all.
        """
        values = {
            "event": _short(event.name),
            "owner": _person(owner),
            "former": ", ".join(map(_person, former)) or "no one",
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


def _person(user: User) -> str:
    return _short(f"{user.name} ({user.email})" if user.name.strip() else user.email)


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 1]}…"
