"""Wiring of `import_worker`."""

from functools import cached_property

from openevent.adapters import clients
from openevent.adapters.queue import Messages, TaskQueue
from openevent.adapters.storage import BucketAcls
from openevent.edge.settings import ImportWorkerSettings
from openevent.importing.before import ImportedBefore
from openevent.importing.download import ArchiveDownloads
from openevent.importing.give_up import ENDINGS
from openevent.importing.job_store import ImportJobs
from openevent.importing.keys import task_of
from openevent.importing.leftovers import ImportLeftovers
from openevent.importing.report import Reports
from openevent.importing.run import ImportRun
from openevent.importing.writing.write import EventImport
from openevent.jobs.give_up import GiveUp
from openevent.making.intents import Intents
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from openevent.wiring.calling import open_plain
from openevent.wiring.import_mailing import import_notifier
from openevent.wiring.media import MEGABYTE, media_bucket


class ImportWorkerWiring:
    """Builds the use case that imports archives."""

    def __init__(self, settings: ImportWorkerSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._database = open_plain(settings)
        self._web = Web(
            trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency
        )

    def messages(self) -> Messages:
        """Return the queue whose messages the function is called with."""
        settings = self._settings
        return Messages(
            clients.sqs(),
            settings.import_queue_url,
            retry_seconds=settings.retry_seconds,
            stored=task_of,
        )

    def run(self) -> ImportRun:
        """Return the use case that runs a job."""
        settings, s3 = self._settings, clients.s3()
        jobs = ImportJobs(clients.dynamodb(), settings.jobs_table)
        leftovers = ImportLeftovers(s3, settings.export_bucket)
        notifier = import_notifier(settings, jobs, self._database)
        return ImportRun(
            database=self._database,
            jobs=jobs,
            queue=TaskQueue(clients.sqs(), settings.import_queue_url),
            give_up=GiveUp(jobs, leftovers, notifier, ENDINGS),
            leftovers=leftovers,
            downloads=ArchiveDownloads(s3, settings.export_bucket),
            reports=Reports(s3, settings.export_bucket),
            before=ImportedBefore(clients.dynamodb(), settings.jobs_table),
            events=self._events(),
            archive_days=settings.archive_days,
        )

    def _events(self) -> EventImport:
        settings, s3 = self._settings, clients.s3()
        return EventImport(
            database=self._database,
            bucket=media_bucket(settings, region=s3.meta.region_name),
            s3=s3,
            acls=self._acls,
            intents=Intents(clients.dynamodb(), settings.copies_table),
            concurrency=settings.media_concurrency,
            media=MediaSource(
                s3,
                self._web,
                MediaLimits(
                    file_bytes=settings.media_max_file_megabytes * MEGABYTE,
                    file_seconds=settings.media_max_file_seconds,
                    total_bytes=settings.media_max_total_megabytes * MEGABYTE,
                ),
                media_bucket(settings),
                settings.media_root_url,
            ),
        )

    @cached_property
    def _acls(self) -> BucketAcls:
        return BucketAcls(clients.s3(), self._settings.media_bucket)
