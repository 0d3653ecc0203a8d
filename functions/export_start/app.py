"""POST /v1/events/{event_identifier}/export/json: start an export."""

from functools import partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.database import Credentials, Database
from openevent.adapters.storage import MediaBucket
from openevent.edge import http
from openevent.edge.settings import ExportStartSettings
from openevent.edge.validation import validated
from openevent.export.dry_run import DryRun
from openevent.export.job_store import Jobs
from openevent.export.options import ExportRequest
from openevent.export.rows.parts import Addresses
from openevent.export.start import ExportStart, task_url, to_queue
from openevent.media.places import Places
from openevent.media.sizes import Scale
from openevent.media.web import Web
from openevent.rights import identity
from openevent.rights.events import Event

MEGABYTE = 1_000_000

settings = ExportStartSettings.load()
logger = Logger()
metrics = Metrics()
api = http.Api(settings.allowed_origins)
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)
web = Web(trusted_hosts=settings.media_trusted_hosts, connections=settings.media_concurrency)
bucket = MediaBucket(settings.media_bucket, settings.media_base_urls, settings.media_key_prefixes)


@api.post("/events/<event_identifier>/export/json")
def start_export(event_identifier: str) -> Response[str]:
    """Start an export, or join the one that waits; or only tell what it would be."""
    claims = identity.verify(
        api.header("Authorization"), credentials.secret(settings.jwt_secret_arn)
    )
    request = validated(ExportRequest, api.json_object())
    jobs = Jobs(clients.dynamodb(), settings.jobs_table)
    if request.dry_run:
        return http.answer(_dry_run(jobs).run(claims, event_identifier, request.options))
    start = ExportStart(
        database=database,
        jobs=jobs,
        enqueue=to_queue(clients.sqs(), settings.export_queue_url),
        starts_per_hour=settings.export_starts_per_hour,
        archive_days=settings.archive_days,
    )
    job = start.start(claims, event_identifier, request.options)
    return http.answer({"task_url": task_url(job)})


def _dry_run(jobs: Jobs) -> DryRun:
    return DryRun(
        database=database,
        admit=partial(jobs.count_dry_run, per_hour=settings.export_starts_per_hour),
        addresses=Addresses(server=settings.media_root_url, frontend=settings.frontend_url),
        scale=scale,
        concurrency=settings.media_concurrency,
    )


def scale(event: Event) -> Scale:
    """What weighs the media of `event`."""
    prefixes = bucket.prefixes_of(event.id, event.identifier)
    return Scale(
        s3=clients.s3(),
        web=web,
        places=Places(bucket, prefixes, settings.media_root_url),
        max_bytes=settings.media_max_file_megabytes * MEGABYTE,
    )


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
