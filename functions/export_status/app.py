"""Tasks and exports: show, list, download, remove."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http, jsonapi
from openevent.edge.settings import ExportStatusSettings
from openevent.errors import OpenEventError
from openevent.export import pages
from openevent.wiring.export_status import ExportStatusWiring

logger = Logger()
wiring = ExportStatusWiring(ExportStatusSettings.load())
api = http.Api(wiring.settings.allowed_origins)


@api.get("/tasks/<task_id>")
def show_task(task_id: str) -> Response[str]:
    """Show the progress and the result of an export or an import."""
    return http.answer(wiring.show_task(wiring.claims(api), task_id))


@api.delete("/tasks/<task_id>")
def remove_task(task_id: str) -> Response[str]:
    """Remove a task's archive; stop its job if it runs."""
    wiring.remove_export().remove(wiring.claims(api), task_id)
    return http.answer(jsonapi.message("Object successfully deleted"), content_type=http.JSON_API)


@api.get("/events/<event_identifier>/exports")
def list_exports(event_identifier: str) -> Response[str]:
    """List an event's exports, newest first."""
    claims = wiring.claims(api)
    parameters = api.parameters()
    page = jsonapi.page_of(parameters)
    jobs, count = wiring.list_exports().page(claims, event_identifier, page)
    links = jsonapi.page_links(f"/v1/events/{event_identifier}/exports", parameters, page, count)
    data = [pages.resource(job) for job in jobs]
    document = jsonapi.document(data, links=links, meta={"count": count})
    return http.answer(document, content_type=http.JSON_API)


@api.get("/events/<event_identifier>/exports/zip/<folder>/<name>")
def download(event_identifier: str, folder: str, name: str) -> Response[str]:
    """Redirect to a fresh address of an archive, for a login or for the ticket of a mail."""
    path = f"zip/{folder}/{name}"
    ticket = api.current_event.query_string_parameters.get("ticket")
    if ticket is not None:
        return _download_with_ticket(ticket, event_identifier, path)
    return http.redirect(wiring.download().for_login(wiring.claims(api), event_identifier, path))


def _download_with_ticket(ticket: str, event_name: str, path: str) -> Response[str]:
    try:
        holder = wiring.verify_ticket(ticket)
        address = wiring.download().for_ticket(holder, event_name, path)
    except OpenEventError as error:
        # A person who followed a link in a mail gets a page, not JSON.
        logger.info("Refused", extra={"code": error.code}, exc_info=error)
        return http.show(pages.refusal(error), status=http.status_of(error))
    return http.redirect(address)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
