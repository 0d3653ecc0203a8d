"""Wiring of `export_start`."""

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.queue import TaskQueue
from openevent.adapters.secrets import read_secret
from openevent.edge.settings import ExportStartSettings
from openevent.export.addresses import Addresses
from openevent.export.dry_run import DryRun
from openevent.export.job_store import Jobs
from openevent.export.page_links import PageLinks
from openevent.export.quotas import Quotas
from openevent.export.start import ExportStart
from openevent.export.starts import Starts
from openevent.media.places import Places
from openevent.media.sizes import Scale
from openevent.media.web import Web
from openevent.rights.events import Event
from openevent.wiring.calling import Calling
from openevent.wiring.media import MEGABYTE, media_bucket


class ExportStartWiring(Calling):
    """Builds the use cases that start an export, or show what it would hold."""

    settings: ExportStartSettings

    def __init__(self, settings: ExportStartSettings) -> None:
        """Connect to nothing yet."""
        super().__init__(settings)
        self._quotas = Quotas(
            starts_per_hour=settings.export_starts_per_hour,
            running=settings.exports_running_per_user,
            gigabytes_per_day=settings.export_gigabytes_per_day,
        )
        self._bucket = media_bucket(settings)
        self._web = Web(
            trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency
        )

    def start(self) -> ExportStart:
        """Return the use case that starts exports."""
        return ExportStart(
            database=self.database,
            starts=self._starts(),
            queue=TaskQueue(clients.sqs(), self.settings.export_queue_url),
            archive_days=self.settings.archive_days,
        )

    def page_links(self) -> PageLinks:
        """Return the links to pages of exports. Raises `Unavailable` if their key is not there."""
        return PageLinks(self.settings.api_url, read_secret(self.settings.ticket_secret_arn))

    def dry_run(self) -> DryRun:
        """Return the use case that shows what an export would hold."""
        settings = self.settings
        return DryRun(
            database=self.database,
            counters=self._counters(),
            limit=self._quotas.dry_runs,
            addresses=Addresses(server=settings.media_root_url, frontend=settings.frontend_url),
            scale=self._scale,
            concurrency=settings.media_concurrency,
        )

    def _starts(self) -> Starts:
        client, table = clients.dynamodb(), self.settings.jobs_table
        return Starts(client, table, Jobs(client, table), self._counters(), self._quotas)

    def _counters(self) -> Counters:
        return Counters(clients.dynamodb(), self.settings.jobs_table)

    def _scale(self, event: Event) -> Scale:
        return Scale(
            s3=clients.s3(),
            web=self._web,
            places=Places.of_event(self._bucket, event, self.settings.media_root_url),
            max_bytes=self.settings.media_max_file_megabytes * MEGABYTE,
        )
