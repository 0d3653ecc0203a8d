"""Tasks and exports: ask, list, download, remove."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.database import Credentials, Database
from openevent.edge import http, jsonapi
from openevent.edge.settings import ExportStatusSettings
from openevent.errors import OpenEventError
from openevent.export import pages, tickets
from openevent.export.job_store import Jobs
from openevent.export.status import ExportStatus
from openevent.rights import identity
from openevent.rights.identity import Claims

settings = ExportStatusSettings.load()
logger = Logger()
api = http.Api(settings.allowed_origins)
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)


@api.get("/tasks/<task_id>")
def show_task(task_id: str) -> Response[str]:
    """How far a task is, and where its archive is."""
    return http.answer(_status().task(_claims(), task_id))


@api.delete("/tasks/<task_id>")
def remove_task(task_id: str) -> Response[str]:
    """Remove a task's archive, and stop it if it runs."""
    _status().remove(_claims(), task_id)
    return http.answer(jsonapi.message("Object successfully deleted"), content_type=http.JSON_API)


@api.get("/events/<event_identifier>/exports")
def list_exports(event_identifier: str) -> Response[str]:
    """An event's exports, newest first."""
    claims = _claims()
    parameters = api.parameters()
    page = jsonapi.page_of(parameters)
    jobs, count = _status().list(claims, event_identifier, page)
    path = f"/v1/events/{event_identifier}/exports"
    document = jsonapi.document(
        [pages.resource(job) for job in jobs],
        links=jsonapi.page_links(path, parameters, page, count),
        meta={"count": count},
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/events/<event_identifier>/exports/zip/<folder>/<name>")
def download(event_identifier: str, folder: str, name: str) -> Response[str]:
    """Redirect to a fresh address of an archive: with a login, or with the ticket from the mail."""
    path = f"zip/{folder}/{name}"
    ticket = api.current_event.query_string_parameters.get("ticket")
    if ticket is None:
        return http.redirect(_status().download(_claims(), event_identifier, path))
    try:
        holder = tickets.verify(ticket, credentials.secret(settings.ticket_secret_arn))
        address = _status().download_with_ticket(holder, event_identifier, path)
    except OpenEventError as error:
        # Whoever clicked on a link in a mail reads no JSON.
        logger.info("Refused", extra={"code": error.code}, exc_info=error)
        return http.page(pages.refusal(error), status=http.status_of(error))
    return http.redirect(address)


def _claims() -> Claims:
    return identity.verify(api.header("Authorization"), credentials.secret(settings.jwt_secret_arn))


def _status() -> ExportStatus:
    return ExportStatus(
        database=database,
        jobs=Jobs(clients.dynamodb(), settings.jobs_table),
        s3=clients.s3(),
        bucket=settings.export_bucket,
        download_seconds=settings.download_url_seconds,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
