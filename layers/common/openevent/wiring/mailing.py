"""Parts of the functions that send mails, also of those without a database."""

from openevent.adapters import clients
from openevent.adapters.secrets import read_secret
from openevent.delivery.sender import Sender
from openevent.delivery.store import DeliveryStore
from openevent.edge.settings import ExportMailSettings, MailSettings
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.mails import ExportLetters
from openevent.export.page_links import PageLinks
from openevent.jobs.notifier import Notifier


def mail_sender(settings: MailSettings) -> Sender:
    """Return what sends mails and records what becomes of them."""
    store = DeliveryStore(clients.dynamodb(), settings.deliveries_table)
    return Sender(clients.ses(), store, settings.mail_sender, settings.mail_configuration_set)


def notifier(settings: ExportMailSettings, jobs: Jobs) -> Notifier[Job]:
    """Return what mails people about the end of their exports."""
    return Notifier(
        sender=mail_sender(settings),
        jobs=jobs,
        write=ExportLetters(
            PageLinks(settings.api_url, read_secret(settings.ticket_secret_arn)),
            frontend_url=settings.frontend_url,
        ).write,
    )
