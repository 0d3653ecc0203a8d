"""Wiring of `export_worker`."""

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.queue import Messages, TaskQueue
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.writer import Archive
from openevent.edge.settings import ExportWorkerSettings
from openevent.export.addresses import Addresses
from openevent.export.give_up import GiveUp
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.run import ExportRun
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.places import Places
from openevent.media.source import Limits, MediaSource
from openevent.media.web import Web
from openevent.rights.events import Event
from openevent.wiring.shared import MEGABYTE, media_bucket, notifier, open_database


class ExportWorkerWiring:
    """Builds the use case that makes archives."""

    def __init__(self, settings: ExportWorkerSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._database = open_database(settings.database_secret_arn)
        self._bucket = media_bucket(settings)
        self._web = Web(
            trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency
        )
        self._limits = Limits(
            file_bytes=settings.media_max_file_megabytes * MEGABYTE,
            file_seconds=settings.media_max_file_seconds,
            total_bytes=settings.media_max_total_megabytes * MEGABYTE,
        )
        self._addresses = Addresses(server=settings.media_root_url, frontend=settings.frontend_url)

    def messages(self) -> Messages:
        """Return the queue whose messages the function is called with."""
        settings = self._settings
        return Messages(
            clients.sqs(), settings.export_queue_url, retry_seconds=settings.retry_seconds
        )

    def run(self) -> ExportRun:
        """Return the use case that runs a job."""
        settings = self._settings
        jobs = Jobs(clients.dynamodb(), settings.jobs_table)
        leftovers = Leftovers(clients.s3(), settings.export_bucket)
        return ExportRun(
            database=self._database,
            jobs=jobs,
            s3=clients.s3(),
            bucket=settings.export_bucket,
            archive_days=settings.archive_days,
            addresses=self._addresses,
            fetcher=self._fetcher,
            concurrency=settings.media_concurrency,
            assembler=self._assembler(),
            assemble_above=settings.assemble_above_megabytes * MEGABYTE,
            queue=TaskQueue(clients.sqs(), settings.export_queue_url),
            give_up=GiveUp(jobs, leftovers, notifier(settings, jobs)),
            leftovers=leftovers,
            counters=Counters(clients.dynamodb(), settings.jobs_table),
        )

    def _assembler(self) -> Assembler:
        settings = self._settings
        return Assembler(
            s3=clients.s3_for_copies(),
            bucket=settings.export_bucket,
            places=self._places,
            addresses=self._addresses,
            fetcher=self._fetcher,
            file_seconds=settings.media_max_file_seconds,
        )

    def _places(self, event: Event) -> Places:
        """Return where the media of `event` can be."""
        return Places.of_event(self._bucket, event, self._settings.media_root_url)

    def _fetcher(
        self, event: Event, archive: Archive, deadline: Deadline, hold: int | None = None
    ) -> Fetcher:
        """Return what fetches the media of `event` for `archive`, of at most `hold` bytes each."""
        return Fetcher(
            MediaSource(clients.s3(), self._web, self._limits),
            self._places(event),
            disk=archive,
            deadline=deadline,
            hold=hold,
        )
