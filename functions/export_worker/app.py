"""The queue's messages: build archives."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.database import Credentials, Database
from openevent.adapters.queue import Messages
from openevent.adapters.storage import MediaBucket
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.writer import Archive
from openevent.edge.settings import ExportWorkerSettings
from openevent.export.job_store import Jobs
from openevent.export.mails import Notifier
from openevent.export.rows.parts import Addresses
from openevent.export.run import ExportRun
from openevent.export.start import to_queue
from openevent.media.fetch import Fetcher, Limits, Owner
from openevent.media.web import Web
from openevent.rights.events import Event

MEGABYTE = 1_000_000

settings = ExportWorkerSettings.load()
logger = Logger()
metrics = Metrics()
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)
web = Web(
    trusted_hosts=settings.media_trusted_hosts,
    connections=settings.media_concurrency,
    seconds=settings.media_max_file_seconds,
)
bucket = MediaBucket(settings.media_bucket, settings.media_base_urls, settings.media_key_prefixes)
limits = Limits(
    file_bytes=settings.media_max_file_megabytes * MEGABYTE,
    file_seconds=settings.media_max_file_seconds,
    total_bytes=settings.media_max_total_megabytes * MEGABYTE,
)


def fetcher(event: Event, archive: Archive, hold: int | None = None) -> Fetcher:
    """What fetches the media of `event` for `archive`, of at most `hold` bytes each."""
    return Fetcher(
        s3=clients.s3(),
        web=web,
        bucket=bucket,
        owner=Owner(event.id, event.identifier),
        root_url=settings.media_root_url,
        limits=limits,
        spool=archive.spool,
        require_room=archive.require_room,
        hold=hold,
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the job of each message; tell Lambda which ones are to come again."""
    jobs = Jobs(clients.dynamodb(), settings.jobs_table)
    addresses = Addresses(server=settings.media_root_url, frontend=settings.frontend_url)
    run = ExportRun(
        database=database,
        jobs=jobs,
        s3=clients.s3(),
        bucket=settings.export_bucket,
        archive_days=settings.archive_days,
        addresses=addresses,
        fetcher=fetcher,
        concurrency=settings.media_concurrency,
        assembler=Assembler(
            s3=clients.s3_for_copies(),
            bucket=settings.export_bucket,
            media_bucket=settings.media_bucket,
            addresses=addresses,
            fetcher=fetcher,
            file_seconds=settings.media_max_file_seconds,
        ),
        assemble_above=settings.assemble_above_megabytes * MEGABYTE,
        enqueue=to_queue(clients.sqs(), settings.export_queue_url),
        notifier=Notifier(
            ses=clients.ses(),
            jobs=jobs,
            sender=settings.mail_sender,
            api_url=settings.api_url,
            frontend_url=settings.frontend_url,
            ticket_key=credentials.secret(settings.ticket_secret_arn),
        ),
    )
    messages = Messages(
        clients.sqs(), settings.export_queue_url, retry_seconds=settings.retry_seconds
    )
    return messages.handle(event, context, run.run)
