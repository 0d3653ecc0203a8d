"""POST /v1/events/{event_identifier}/copy: copy an event."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.database import Credentials, Database
from openevent.adapters.storage import MediaBucket
from openevent.copying.copy import EventCopy
from openevent.copying.once import HEADER, Call, Once
from openevent.copying.request import CopyRequest
from openevent.edge import http
from openevent.edge.settings import CopySettings
from openevent.edge.validation import validated
from openevent.rights import identity

settings = CopySettings.load()
logger = Logger()
metrics = Metrics()
api = http.Api(settings.allowed_origins)
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)


@api.post("/events/<event_identifier>/copy")
def copy_event(event_identifier: str) -> Response[str]:
    """Copy an event."""
    started = time.monotonic()
    claims = identity.verify(
        api.header("Authorization"), credentials.secret(settings.jwt_secret_arn)
    )
    request = validated(CopyRequest, api.json_object())
    copying = EventCopy(
        database=database,
        bucket=MediaBucket(
            settings.media_bucket, settings.media_base_urls, settings.media_key_prefixes
        ),
        root_url=settings.media_root_url,
        s3=clients.s3(),
        concurrency=settings.copy_concurrency,
    )
    user, event = copying.admit(claims, event_identifier)

    def copy() -> dict[str, Any]:
        deadline = started + settings.copy_seconds
        answer = copying.copy(user, event.id, request, deadline=deadline)
        if answer["copied"]:
            metrics.add_metric("EventsCopied", MetricUnit.Count, 1)
            metrics.add_metric("CopySeconds", MetricUnit.Seconds, time.monotonic() - started)
            metrics.add_metric("CopiedMedia", MetricUnit.Count, answer["media"]["copied"])
        return answer

    key = api.header(HEADER)
    if key is None:
        return http.answer(copy())
    call = Call(user.id, event.id, key, request.model_dump(mode="json"))
    once = Once(clients.dynamodb(), settings.copies_table)
    return http.answer(once.answer(call, api.lambda_context, copy))


@logger.inject_lambda_context
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
