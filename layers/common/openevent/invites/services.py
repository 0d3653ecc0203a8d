"""Services of the invites: what their use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aws_lambda_powertools import Logger

from openevent.adapters.database import Database
from openevent.delivery.reasons import Reason
from openevent.errors import TooManyRequests, Unavailable
from openevent.invites.deliveries import InviteDeliveries
from openevent.invites.letters import Letters
from openevent.invites.limits import InviteLimits
from openevent.invites.links import Links
from openevent.invites.rules import Invite, Validity
from openevent.rights.events import Event
from openevent.rights.identity import User

logger = Logger(child=True)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The database, mails, limits and links. `lasts`: how long an invite can be accepted.

    `suppression`: returns why SES sends no mail to an address; None if it does.
    """

    database: Database
    letters: Letters
    limits: InviteLimits
    links: Links
    lasts: timedelta
    suppression: Callable[[str], Reason | None]
    clock: Callable[[], datetime] = _now

    @property
    def deliveries(self) -> InviteDeliveries:
        """The states of the mails."""
        return InviteDeliveries(self.letters.sender.store)

    def validity(self) -> Validity:
        """Return what decides whether an invite is valid at this moment."""
        return Validity(now=self.clock(), lasts=self.lasts)

    def send_invite(self, event: Event, inviter: User, invite: Invite, token: str) -> str | None:
        """Mail `invite` with its new token. Returns why the mail was not sent; None if it was.

        Not sent are mails that SES would suppress, and mails to an address that has received too
        many invites: both would harm the reputation of the sender.
        """
        self.links.note_sent(invite, inviter.id)
        address = invite.email.strip()
        withheld = self.suppression(address) or self._limit_of(address)
        if withheld is not None:
            self.letters.note_withheld(invite, withheld)
            return withheld.value
        until = (invite.created_at or self.clock()) + self.lasts
        return self.letters.send_invite(event, inviter, invite, token=token, until=until)

    def _limit_of(self, address: str) -> Reason | None:
        """Count the mail; return the reason if the address has received too many today."""
        try:
            self.limits.count_recipient(address)
        except TooManyRequests:
            return Reason.RECIPIENT_LIMIT
        except Unavailable:
            # The invite is written, and its link exists in this mail only.
            logger.warning("The mail is sent without being counted", exc_info=True)
        return None
