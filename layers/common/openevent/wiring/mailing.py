"""Parts of the functions that send mails, also of those without a database."""

from openevent.adapters import clients
from openevent.delivery.sender import Sender
from openevent.delivery.store import DeliveryStore
from openevent.edge.settings import MailSettings


def mail_sender(settings: MailSettings) -> Sender:
    """Return what sends mails and records what becomes of them."""
    store = DeliveryStore(clients.dynamodb(), settings.deliveries_table)
    return Sender(clients.ses(), store, settings.mail_sender, settings.mail_configuration_set)
