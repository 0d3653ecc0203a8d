"""The mails of invites. A mail that cannot be sent fails nothing: it is said, and can be resent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools import Logger

from openevent.adapters import mail
from openevent.errors import Unavailable
from openevent.invites.rules import Invite
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)

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
        "The owner has all rights to the event: all that an organizer has, and making somebody "
        "else its owner. An event has one owner: when you accept, whoever is it now becomes "
        "organizer."
    ),
    Role.ORGANIZER: (
        "An organizer can change everything about the event, invite people to its team and remove "
        "them, copy the event and export it. Only making somebody owner is left to the owner."
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

# Longer names are cut: a mail is no place for what somebody put into a name.
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes and sends the mails. `frontend_url`: what links begin with, without a slash."""

    client: "SESV2Client"
    sender: str
    frontend_url: str

    def send_invite(
        self, event: Event, inviter: User, invite: Invite, *, token: str, until: datetime
    ) -> bool:
        """Send the invitee his link, and say whether it went. The token is in this mail alone."""
        values = {
            "event": _short(event.name),
            "inviter": _person(inviter),
            "role": TITLES[Role(invite.role_name)],
            "abilities": ABILITIES[Role(invite.role_name)],
            "link": f"{self.frontend_url}/role-invites?token={quote(token)}",
            "until": f"{until.astimezone(UTC):%d %B %Y, %H:%M} UTC",
        }
        return self._send("role_invite", "Invitation to $event", values, invite.email.strip())

    def tell_of_handover(self, event: Event, owner: User, former: tuple[User, ...]) -> bool:
        """Tell the new owner and those who were it, and say whether all mails went."""
        values = {
            "event": _short(event.name),
            "owner": _person(owner),
            "former": ", ".join(map(_person, former)) or "nobody",
            "link": f"{self.frontend_url}/events/{quote(event.identifier)}",
        }
        subject = "$event has a new owner"
        sent = [self._send("owner_new", subject, values, owner.email)]
        sent += [self._send("owner_former", subject, values, user.email) for user in former]
        return all(sent)

    def _send(self, template: str, subject: str, values: Mapping[str, str], to: str) -> bool:
        message = mail.render(template, subject, values)
        try:
            mail.send(self.client, message, sender=self.sender, to=to)
        except Unavailable:
            logger.exception("Mail not sent", extra={"template": template})
            return False
        return True


def _person(user: User) -> str:
    return _short(f"{user.name} ({user.email})" if user.name.strip() else user.email)


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 1]}…"
