"""Notify the inviter when the mail of an invite did not arrive: once for each mail."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.database import Database
from openevent.delivery.record import About, MailRecord, Subject
from openevent.delivery.store import DeliveryStore
from openevent.errors import NotFound, Unavailable
from openevent.invites.letters import Letters
from openevent.invites.rules import Invite, Status, mail_id_of
from openevent.invites.store import InviteStore
from openevent.rights.events import Event
from openevent.rights.identity import User, find_user

logger = Logger(child=True)
metrics = Metrics()

# Seconds for which a notice is claimed: longer than an invocation of `mail_events` can live, and
# shorter than the queue hides its message.
CLAIM_SECONDS = 60

# The codes of faults after which a mail can be sent by a later try.
_TRANSIENT = "mail-unavailable"


@dataclass(frozen=True, slots=True)
class BounceNotices:
    """Sends the notices. The invite, its event and its inviter are read when one is due."""

    database: Database
    store: DeliveryStore
    letters: Letters

    def notify(self, record: MailRecord, owner: str) -> None:
        """Send the notice about a mail that did not arrive, unless it was sent or is not needed.

        `owner` claims the notice first, so that of two invocations one sends it. A mail that SES
        may have taken counts as sent. No notice is needed if the mail is not an invite's, or if the
        invite was answered, deleted, or mailed again.

        Raises `Unavailable` if it cannot be sent now.
        """
        about = record.about
        if about is None or about.subject is not Subject.INVITE:
            return
        if not self.store.claim_notice(record.id, owner, seconds=CLAIM_SECONDS):
            return
        try:
            found = self._find(record.id, about)
            fault = None
            if found is not None:
                fault = self.letters.send_bounce_notice(*found, record.delivery.sentence)
            if fault == _TRANSIENT:
                raise Unavailable(fault, "The mail could not be sent.")  # noqa: TRY301 - as others
        except Unavailable:
            self.store.release_notice(record.id)
            raise
        self.store.end_notice(record.id)
        if found is not None and fault is None:
            metrics.add_metric("BounceNotices", MetricUnit.Count, 1)

    def _find(self, mail_id: str, about: About) -> tuple[Event, User, Invite] | None:
        """Return what the notice is about; None if it is not needed."""
        with self.database.snapshot() as session:
            store = InviteStore(session)
            try:
                invite = store.find(str(about.invite_id))
                event = store.event_of(invite)
            except NotFound:
                return None
            if invite.status != Status.PENDING or mail_id_of(invite) != mail_id:
                return None
            inviter = None if about.user_id is None else find_user(session, about.user_id)
        return None if inviter is None else (event, inviter, invite)
