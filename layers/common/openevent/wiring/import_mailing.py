"""Parts of the functions that inform people about the end of their imports."""

from openevent.adapters.database import Rows, Transactions
from openevent.edge.settings import MailSettings
from openevent.importing.job_store import ImportJobs
from openevent.importing.mails import ImportLetters, ImportNotifier
from openevent.wiring.mailing import mail_sender


def import_notifier(
    settings: MailSettings, jobs: ImportJobs, database: Transactions[Rows]
) -> ImportNotifier:
    """Return what informs people about the end of their imports."""
    return ImportNotifier(
        sender=mail_sender(settings),
        jobs=jobs,
        write=ImportLetters(settings.frontend_url).write,
        database=database,
    )
