"""Wiring of `export_failed`."""

from openevent.adapters import clients
from openevent.adapters.queue import Messages
from openevent.edge.settings import ExportFailedSettings
from openevent.export.give_up import ENDINGS
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.jobs.give_up import GiveUp
from openevent.wiring.export_mailing import export_notifier


class ExportFailedWiring:
    """Builds the use case that ends jobs which failed again and again."""

    def __init__(self, settings: ExportFailedSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings

    def messages(self) -> Messages:
        """Return the queue whose messages the function is called with."""
        settings = self._settings
        return Messages(
            clients.sqs(), settings.dead_letter_queue_url, retry_seconds=settings.retry_seconds
        )

    def give_up(self) -> GiveUp[Job]:
        """Return the use case."""
        settings = self._settings
        jobs = Jobs(clients.dynamodb(), settings.jobs_table)
        return GiveUp(
            jobs=jobs,
            leftovers=Leftovers(clients.s3(), settings.export_bucket),
            notifier=export_notifier(settings, jobs),
            endings=ENDINGS,
        )
