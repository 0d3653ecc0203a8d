"""Wiring of `export_start`."""

from functools import partial

from openevent.adapters import clients
from openevent.edge.settings import ExportStartSettings
from openevent.export.addresses import Addresses
from openevent.export.dry_run import DryRun
from openevent.export.job_store import Jobs
from openevent.export.start import ExportStart, to_queue
from openevent.media.places import Places
from openevent.media.sizes import Scale
from openevent.media.web import Web
from openevent.rights.events import Event
from openevent.wiring.shared import MEGABYTE, ApiWiring, media_bucket


class ExportStartWiring(ApiWiring):
    """Builds the use cases that start an export, or show what it would hold."""

    settings: ExportStartSettings

    def __init__(self, settings: ExportStartSettings) -> None:
        """Connect to nothing yet."""
        super().__init__(settings)
        self._bucket = media_bucket(settings)
        self._web = Web(
            trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency
        )

    def start(self) -> ExportStart:
        """Return the use case that starts exports."""
        return ExportStart(
            database=self.database,
            jobs=self._jobs(),
            enqueue=to_queue(clients.sqs(), self.settings.export_queue_url),
            starts_per_hour=self.settings.export_starts_per_hour,
            archive_days=self.settings.archive_days,
        )

    def dry_run(self) -> DryRun:
        """Return the use case that shows what an export would hold."""
        settings = self.settings
        return DryRun(
            database=self.database,
            admit=partial(self._jobs().count_dry_run, per_hour=settings.export_starts_per_hour),
            addresses=Addresses(server=settings.media_root_url, frontend=settings.frontend_url),
            scale=self._scale,
            concurrency=settings.media_concurrency,
        )

    def _jobs(self) -> Jobs:
        return Jobs(clients.dynamodb(), self.settings.jobs_table)

    def _scale(self, event: Event) -> Scale:
        return Scale(
            s3=clients.s3(),
            web=self._web,
            places=Places.of_event(self._bucket, event, self.settings.media_root_url),
            max_bytes=self.settings.media_max_file_megabytes * MEGABYTE,
        )
