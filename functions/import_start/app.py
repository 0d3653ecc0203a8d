"""Imports: start one with its archive or with an upload, and invite the team that it names."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http
from openevent.edge.multipart import parts_of
from openevent.edge.settings import ImportStartSettings
from openevent.edge.validation import validated
from openevent.importing.invite import InviteRequest
from openevent.importing.job import task_url
from openevent.importing.options import UploadRequest
from openevent.importing.start import file_of, require_form_size
from openevent.importing.starts import HEADER
from openevent.media.deadline import Deadline
from openevent.wiring.import_start import ImportStartWiring

logger = Logger()
metrics = Metrics()
wiring = ImportStartWiring(ImportStartSettings.load())
api = http.Api(wiring.settings.allowed_origins)

# Seconds for invites, below the 29 s for which API Gateway waits.
INVITE_SECONDS = 20.0


@api.post("/events/import/json")
def start_with_file() -> Response[str]:
    """Start the import of an archive that is in the body."""
    claims = wiring.claims(api)
    body = api.body_bytes()
    require_form_size(len(body))
    file = file_of(parts_of(api.header("Content-Type"), body))
    job = wiring.start().with_file(claims, file, key=api.header(HEADER))
    return http.answer({"task_url": task_url(job)})


@api.post("/events/import")
def start_with_upload() -> Response[str]:
    """Announce an archive, and get a form with which it is uploaded."""
    claims = wiring.claims(api)
    request = validated(UploadRequest, api.json_object(max_bytes=http.SMALL_BODY))
    job = wiring.start().with_upload(claims, request, key=api.header(HEADER))
    return http.answer({"task_url": task_url(job), "upload": wiring.uploads().form(job)})


@api.post("/events/import/<task_id>/invites")
def invite_team(task_id: str) -> Response[str]:
    """Send the invites that an import proposes."""
    claims = wiring.claims(api)
    request = validated(InviteRequest, api.json_object(max_bytes=http.RESOURCE_BODY))
    deadline = Deadline.after(INVITE_SECONDS)
    return http.answer(wiring.send_proposed().run(claims, task_id, request, deadline))


@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
