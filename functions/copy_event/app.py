"""POST /v1/events/{event_identifier}/copy: copy an event."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.copying.calls import HEADER
from openevent.copying.request import CopyRequest
from openevent.edge import http
from openevent.edge.settings import CopySettings
from openevent.edge.validation import validated
from openevent.wiring.copy_event import CopyEventWiring

logger = Logger()
metrics = Metrics()
wiring = CopyEventWiring(CopySettings.load())
api = http.Api(wiring.settings.allowed_origins)


@api.post("/events/<event_identifier>/copy")
def copy_event(event_identifier: str) -> Response[str]:
    """Copy an event."""
    claims = wiring.claims(api)
    request = validated(CopyRequest, api.json_object(max_bytes=http.RESOURCE_BODY))
    key, milliseconds = api.header(HEADER), api.lambda_context.get_remaining_time_in_millis()
    copying = wiring.copying(milliseconds / 1000)
    return http.answer(copying.answer(claims, event_identifier, request, key=key))


@logger.inject_lambda_context
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
