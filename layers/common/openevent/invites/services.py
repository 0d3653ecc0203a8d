"""What the use cases work with, made once a process by the function."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from openevent.adapters.database import Database
from openevent.invites.letters import Letters
from openevent.invites.limits import Limits
from openevent.invites.rules import Invite, Validity
from openevent.rights.events import Event
from openevent.rights.identity import User


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """`lasts`: how long an invite is good from its sending."""

    database: Database
    letters: Letters
    limits: Limits
    lasts: timedelta
    clock: Callable[[], datetime] = _now

    def validity(self) -> Validity:
        """What tells whether an invite is still good at this moment."""
        return Validity(now=self.clock(), lasts=self.lasts)

    def send_invite(self, event: Event, inviter: User, invite: Invite, token: str) -> bool:
        """Mail `invite`, which was just sent or resent, with its token; whether the mail went."""
        until = (invite.created_at or self.clock()) + self.lasts
        return self.letters.send_invite(event, inviter, invite, token=token, until=until)
