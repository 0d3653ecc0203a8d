"""POST /v1/events/{event_identifier}/export/json: start an export."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent import clients, credentials, http, identity
from openevent.database import Credentials, Database
from openevent.export.jobs import Jobs, Options
from openevent.export.start import ExportStart, task_url, to_queue
from openevent.settings import ExportStartSettings
from openevent.validation import validated

settings = ExportStartSettings.load()
logger = Logger()
metrics = Metrics()
api = http.Api(settings.allowed_origins)
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)


@api.post("/events/<event_identifier>/export/json")
def start_export(event_identifier: str) -> Response[str]:
    """Start an export, or join the one that waits."""
    claims = identity.verify(
        api.header("Authorization"), credentials.secret(settings.jwt_secret_arn)
    )
    options = validated(Options, api.json_object())
    start = ExportStart(
        database=database,
        jobs=Jobs(clients.dynamodb(), settings.jobs_table),
        enqueue=to_queue(clients.sqs(), settings.export_queue_url),
        starts_per_hour=settings.export_starts_per_hour,
        archive_days=settings.archive_days,
    )
    job = start.start(claims, event_identifier, options)
    metrics.add_metric("ExportsStarted", MetricUnit.Count, 1)
    logger.info("Started", extra={"task_id": job.id, "event_id": job.event_id})
    return http.answer({"task_url": task_url(job)})


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
