"""Tasks and exports: show, list, download, remove."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http, jsonapi
from openevent.edge.settings import ExportStatusSettings
from openevent.errors import OpenEventError
from openevent.export import documents
from openevent.export.page.model import PageView
from openevent.export.page.refusal import refusal_view
from openevent.export.page.render import headers_of, page_of
from openevent.export.tickets import Ticket
from openevent.wiring.export_status import ExportStatusWiring

logger = Logger()
wiring = ExportStatusWiring(ExportStatusSettings.load())
api = http.Api(wiring.settings.allowed_origins, answers_head=True)


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
    page_url = wiring.page_links().page_url
    data = [documents.resource(job, page_url(job, claims.user_id)) for job in jobs]
    document = jsonapi.document(data, links=links, meta={"count": count})
    return http.answer(document, content_type=http.JSON_API)


@api.get("/events/<event_identifier>/exports/zip/<folder>/<name>")
def download(event_identifier: str, folder: str, name: str) -> Response[str]:
    """Redirect to a fresh address of an archive, for a login or for the ticket of a mail."""
    path = f"zip/{folder}/{name}"
    download = wiring.download()
    if "ticket" in api.current_event.query_string_parameters:
        return _with_ticket(
            lambda ticket: http.redirect(download.for_ticket(ticket, event_identifier, path))
        )
    return http.redirect(download.for_login(wiring.claims(api), event_identifier, path))


@api.get("/events/<event_identifier>/exports/page/<task_id>")
def show_page(event_identifier: str, task_id: str) -> Response[str]:
    """Show the page of an export to the holder of a ticket."""
    return _with_ticket(lambda t: _page(wiring.page().show(t, event_identifier, task_id)))


@api.get("/events/<event_identifier>/exports/page/<task_id>/remove")
def ask_before_removal(event_identifier: str, task_id: str) -> Response[str]:
    """Show the page that asks whether to remove an export."""
    return _with_ticket(lambda t: _page(wiring.page().ask(t, event_identifier, task_id)))


@api.post("/events/<event_identifier>/exports/page/<task_id>/remove")
def remove_by_page(event_identifier: str, task_id: str) -> Response[str]:
    """Remove an export for the holder of a ticket, then lead back to its page."""

    def remove(ticket: Ticket) -> Response[str]:
        wiring.remove_export().remove_for_holder(ticket, event_identifier, task_id)
        return http.redirect(wiring.page().page_after_removal(ticket), status=303)

    return _with_ticket(remove)


def _with_ticket(act: Callable[[Ticket], Response[str]]) -> Response[str]:
    """Answer with `act`, or with a page that says why the ticket in the address is of no use."""
    ticket = api.current_event.query_string_parameters.get("ticket")
    try:
        return act(wiring.verify_ticket(ticket))
    except OpenEventError as error:
        # A person who followed a link gets a page, not JSON.
        logger.info("Refused", extra={"code": error.code}, exc_info=error)
        return _page(refusal_view(error, http.status_of(error)))


def _page(view: PageView) -> Response[str]:
    return http.show(page_of(view), status=view.status, headers=headers_of(view))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
