"""Wiring of `sweeper`."""

from openevent.adapters import clients
from openevent.adapters.queue import TaskQueue
from openevent.copying.sweep import CopySweep
from openevent.edge.settings import SweeperSettings
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.sweep import ExportSweep
from openevent.importing.job_store import ImportJobs
from openevent.importing.leftovers import ImportLeftovers
from openevent.importing.sweep import ImportSweep
from openevent.jobs.sweep import JobSweep
from openevent.making.intents import Intents
from openevent.making.settle import Settler
from openevent.wiring.calling import open_plain
from openevent.wiring.export_mailing import export_notifier
from openevent.wiring.import_mailing import import_notifier


class SweeperWiring:
    """Builds the use cases that finish or remove what was left behind."""

    def __init__(self, settings: SweeperSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._database = open_plain(settings)

    def exports(self) -> ExportSweep:
        """Return the sweep of exports."""
        settings = self._settings
        jobs = Jobs(clients.dynamodb(), settings.jobs_table)
        return ExportSweep(
            jobs=jobs,
            sweep_jobs=JobSweep(
                jobs,
                TaskQueue(clients.sqs(), settings.export_queue_url),
                export_notifier(settings, jobs),
            ),
            leftovers=Leftovers(clients.s3(), settings.export_bucket),
        )

    def imports(self) -> ImportSweep:
        """Return the sweep of imports."""
        settings = self._settings
        jobs = ImportJobs(clients.dynamodb(), settings.jobs_table)
        return ImportSweep(
            jobs=jobs,
            sweep_jobs=JobSweep(
                jobs,
                TaskQueue(clients.sqs(), settings.import_queue_url),
                import_notifier(settings, jobs, self._database),
            ),
            leftovers=ImportLeftovers(clients.s3(), settings.export_bucket),
        )

    def copies(self) -> CopySweep:
        """Return the sweep of copies."""
        settings = self._settings
        intents = Intents(clients.dynamodb(), settings.copies_table)
        return CopySweep(Settler(self._database, intents, clients.s3(), settings.media_bucket))
