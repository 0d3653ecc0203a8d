"""Wiring of `export_worker`."""

from typing import TYPE_CHECKING

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.queue import Messages, TaskQueue
from openevent.archive.maker import ArchiveMaker
from openevent.edge.settings import ExportWorkerSettings
from openevent.export.addresses import Addresses
from openevent.export.give_up import ENDINGS
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.run import ExportRun
from openevent.export.schedule_files import ScheduleFiles
from openevent.export.table_files import TableFiles
from openevent.jobs.give_up import GiveUp
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from openevent.wiring.calling import open_plain
from openevent.wiring.export_mailing import export_notifier
from openevent.wiring.media import MEGABYTE, media_bucket

if TYPE_CHECKING:
    from openevent.archive.multipart.assembler import Assembler


class ExportWorkerWiring:
    """Builds the use case that makes archives."""

    def __init__(self, settings: ExportWorkerSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._database = open_plain(settings)
        self._web = Web(
            trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency
        )
        self._limits = MediaLimits(
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
            archive_days=settings.archive_days,
            addresses=self._addresses,
            places=self._source().places_of,
            maker=self._maker(),
            queue=TaskQueue(clients.sqs(), settings.export_queue_url),
            give_up=GiveUp(jobs, leftovers, export_notifier(settings, jobs), ENDINGS),
            leftovers=leftovers,
            counters=Counters(clients.dynamodb(), settings.jobs_table),
            schedules=ScheduleFiles(
                clients.s3(), settings.export_bucket, self._database, self._addresses
            ),
            tables=TableFiles(clients.s3(), settings.export_bucket, self._database),
        )

    def _maker(self) -> ArchiveMaker:
        settings = self._settings
        source = self._source()
        return ArchiveMaker(
            s3=clients.s3(),
            bucket=settings.export_bucket,
            source=source,
            concurrency=settings.media_concurrency,
            assembler=self._assembler,
            assemble_above=settings.assemble_above_megabytes * MEGABYTE,
        )

    def _assembler(self) -> "Assembler":
        # Few archives are so large.
        from openevent.archive.multipart.assembler import Assembler  # noqa: PLC0415

        bucket = self._settings.export_bucket
        return Assembler(clients.s3_for_copies(), bucket, self._source())

    def _source(self) -> MediaSource:
        settings = self._settings
        return MediaSource(
            s3=clients.s3(),
            web=self._web,
            limits=self._limits,
            bucket=media_bucket(settings),
            root_url=settings.media_root_url,
        )
