"""Services of the invites: what their use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from openevent.adapters.database import Database
from openevent.invites.letters import Letters
from openevent.invites.limits import InviteLimits
from openevent.invites.links import Links
from openevent.invites.rules import Invite, Validity
from openevent.rights.events import Event
from openevent.rights.identity import User


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The database, mails, limits and links. `lasts`: how long an invite can be accepted."""

    database: Database
    letters: Letters
    limits: InviteLimits
    links: Links
    lasts: timedelta
    clock: Callable[[], datetime] = _now

    def validity(self) -> Validity:
        """Return what decides whether an invite is valid at this moment."""
        return Validity(now=self.clock(), lasts=self.lasts)

    def send_invite(self, event: Event, inviter: User, invite: Invite, token: str) -> str | None:
        """Mail `invite` with its new token. Returns why the mail was not sent; None if it was."""
        self.links.note_sent(invite, inviter.id)
        until = (invite.created_at or self.clock()) + self.lasts
        return self.letters.send_invite(event, inviter, invite, token=token, until=until)
