"""Parts that the wiring of several functions shares."""

from openevent.adapters import clients
from openevent.adapters.database import Database
from openevent.adapters.secrets import read_secret
from openevent.adapters.storage import MediaBucket
from openevent.delivery.sender import Sender
from openevent.delivery.store import DeliveryStore
from openevent.edge.settings import (
    ApiSettings,
    DatabaseSettings,
    ExportMailSettings,
    MailSettings,
    MediaSettings,
)
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.mails import ExportLetters
from openevent.export.page_links import PageLinks
from openevent.importing.job_store import ImportJobs
from openevent.importing.mails import ImportLetters, ImportNotifier
from openevent.jobs.notifier import Notifier
from openevent.wiring.calling import Calling, database_credentials

MEGABYTE = 1_000_000


def open_database(settings: DatabaseSettings) -> Database:
    """Return the database of the settings. Its secret is read for each connection."""
    return Database(lambda: database_credentials(settings))


def media_bucket(settings: MediaSettings, *, region: str = "") -> MediaBucket:
    """Return the bucket of the server's media; `region` is needed for addresses of new objects."""
    return MediaBucket(
        settings.media_bucket,
        settings.media_base_urls,
        settings.media_key_prefixes,
        settings.media_public_prefixes,
        region,
    )


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


def import_notifier(settings: MailSettings, jobs: ImportJobs, database: Database) -> ImportNotifier:
    """Return what informs people about the end of their imports."""
    return ImportNotifier(
        sender=mail_sender(settings),
        jobs=jobs,
        write=ImportLetters(settings.frontend_url).write,
        database=database,
    )


class ApiWiring(Calling):
    """Base of the functions that API Gateway calls, and that use the whole database."""

    def __init__(self, settings: ApiSettings) -> None:
        """Connect to nothing yet."""
        super().__init__(settings)
        self.database = open_database(settings)
