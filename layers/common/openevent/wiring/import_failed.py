"""Wiring of `import_failed`."""

from openevent.adapters import clients
from openevent.adapters.queue import Messages
from openevent.edge.settings import ImportFailedSettings
from openevent.importing.give_up import ENDINGS
from openevent.importing.job import ImportJob
from openevent.importing.job_store import ImportJobs
from openevent.importing.keys import task_of
from openevent.importing.leftovers import ImportLeftovers
from openevent.jobs.give_up import GiveUp
from openevent.wiring.calling import open_plain
from openevent.wiring.import_mailing import import_notifier


class ImportFailedWiring:
    """Builds the use case that ends imports which failed again and again."""

    def __init__(self, settings: ImportFailedSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._database = open_plain(settings)

    def messages(self) -> Messages:
        """Return the queue whose messages the function is called with."""
        settings = self._settings
        return Messages(
            clients.sqs(),
            settings.import_dead_letter_queue_url,
            retry_seconds=settings.retry_seconds,
            stored=task_of,
        )

    def give_up(self) -> GiveUp[ImportJob]:
        """Return the use case."""
        settings = self._settings
        jobs = ImportJobs(clients.dynamodb(), settings.jobs_table)
        return GiveUp(
            jobs=jobs,
            leftovers=ImportLeftovers(clients.s3(), settings.export_bucket),
            notifier=import_notifier(settings, jobs, self._database),
            endings=ENDINGS,
        )
