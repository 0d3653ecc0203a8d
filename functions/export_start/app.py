"""POST and GET /v1/events/{event_identifier}/export/…: start an export."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http
from openevent.edge.settings import ExportStartSettings
from openevent.edge.validation import validated
from openevent.export.documents import started
from openevent.export.job import TableFile
from openevent.export.options import SCHEDULE_OPTIONS, ExportRequest, Options, schedule_of
from openevent.export.table_request import TABLE_OPTIONS, TableRequest
from openevent.programme.format import Format
from openevent.rights.identity import Claims
from openevent.wiring.export_start import ExportStartWiring

logger = Logger()
metrics = Metrics()
wiring = ExportStartWiring(ExportStartSettings.load())
api = http.Api(wiring.settings.allowed_origins)


@api.post("/events/<event_identifier>/export/json")
def start_export(event_identifier: str) -> Response[str]:
    """Start an export, or join the one that waits; as a dry run, only show what it would hold."""
    claims = wiring.claims(api)
    request = validated(ExportRequest, api.json_object(max_bytes=http.SMALL_BODY))
    if request.dry_run:
        return http.answer(wiring.dry_run().run(claims, event_identifier, request.options))
    return _start(claims, event_identifier, request.options)


@api.get("/events/<event_identifier>/export/ical")
@api.get("/events/<event_identifier>/export/xcal")
@api.get("/events/<event_identifier>/export/pentabarf")
def start_schedule(event_identifier: str) -> Response[str]:
    """Start to make a file of the event's programme, or join those who wait for it."""
    claims = wiring.claims(api)
    schedule = schedule_of(api.current_event.path)
    return _start(claims, event_identifier, SCHEDULE_OPTIONS, schedule)


@api.post("/events/<event_identifier>/export/sessions/csv")
@api.post("/events/<event_identifier>/export/speakers/csv")
def start_table(event_identifier: str) -> Response[str]:
    """Start to make a CSV file of sessions or speakers, or join those who wait for it."""
    claims = wiring.claims(api)
    request = validated(TableRequest, api.json_object(max_bytes=http.SMALL_BODY))
    table = request.file(api.current_event.path)
    return _start(claims, event_identifier, TABLE_OPTIONS, table=table)


def _start(
    claims: Claims,
    event_name: str,
    options: Options,
    schedule: Format | None = None,
    table: TableFile | None = None,
) -> Response[str]:
    links = wiring.page_links()
    job = wiring.start().start(claims, event_name, options, schedule, table)
    return http.answer(started(job, links.page_url(job, claims.user_id)))


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
