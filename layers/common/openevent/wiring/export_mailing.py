"""Parts of the functions that mail people about the end of their exports."""

from openevent.adapters.secrets import read_secret
from openevent.edge.settings import ExportMailSettings
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.mails import ExportLetters
from openevent.export.page_links import PageLinks
from openevent.jobs.notifier import Notifier
from openevent.wiring.mailing import mail_sender


def export_notifier(settings: ExportMailSettings, jobs: Jobs) -> Notifier[Job]:
    """Return what mails people about the end of their exports."""
    return Notifier(
        sender=mail_sender(settings),
        jobs=jobs,
        write=ExportLetters(
            PageLinks(settings.api_url, read_secret(settings.ticket_secret_arn)),
            frontend_url=settings.frontend_url,
        ).write,
    )
