"""Parts that the wiring of several functions shares."""

from openevent.adapters.database import Database
from openevent.edge.settings import (
    ApiSettings,
    DatabaseSettings,
    MailSettings,
)
from openevent.importing.job_store import ImportJobs
from openevent.importing.mails import ImportLetters, ImportNotifier
from openevent.wiring.calling import Calling, database_credentials
from openevent.wiring.mailing import mail_sender


def open_database(settings: DatabaseSettings) -> Database:
    """Return the database of the settings. Its secret is read for each connection."""
    return Database(lambda: database_credentials(settings))


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
