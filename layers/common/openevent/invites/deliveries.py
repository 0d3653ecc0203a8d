"""States of the mails of invites."""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from openevent.delivery.states import Delivery
from openevent.delivery.store import DeliveryStore
from openevent.errors import Unavailable
from openevent.invites.rules import Invite, mail_id_of

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class InviteDeliveries:
    """Reads what became of the latest mail of each invite."""

    store: DeliveryStore

    def of_all(self, invites: Iterable[Invite]) -> dict[int, Delivery]:
        """Return what is known of the mails, by the ids of the invites. Raises `Unavailable`."""
        ids = {invite.id: mail_id_of(invite) for invite in invites}
        records = self.store.find_all(mail_id for mail_id in ids.values() if mail_id is not None)
        return {
            invite_id: records[mail_id].delivery
            for invite_id, mail_id in ids.items()
            if mail_id in records
        }

    def shown_of(self, invites: Iterable[Invite]) -> dict[int, Delivery]:
        """Return what is known of the mails; nothing if it cannot be read at the moment."""
        try:
            return self.of_all(invites)
        except Unavailable:
            logger.warning("The states of mails cannot be read", exc_info=True)
            return {}

    def shown(self, invite: Invite) -> Delivery | None:
        """Return what is known of the mail of `invite`; None if nothing can be read."""
        return self.shown_of([invite]).get(invite.id)
