"""Wiring of `mail_events`."""

from openevent.delivery.receive import ReceiveEvents
from openevent.edge.settings import MailEventsSettings
from openevent.invites.bounce_notice import BounceNotices
from openevent.invites.letters import Letters
from openevent.wiring.calling import open_plain
from openevent.wiring.mailing import mail_sender


class MailEventsWiring:
    """Builds the use case that records SES's events and notifies inviters."""

    def __init__(self, settings: MailEventsSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings

    def receive(self) -> ReceiveEvents:
        """Return the use case."""
        settings = self._settings
        sender = mail_sender(settings)
        letters = Letters(sender, settings.api_url, settings.frontend_url)
        notices = BounceNotices(open_plain(settings), sender.store, letters)
        return ReceiveEvents(sender.store, notices.notify)
