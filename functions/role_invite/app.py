"""Role invites: the routes of an event's team, and those of the invitee with a mail's token."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http, jsonapi
from openevent.edge.settings import RoleInviteSettings
from openevent.errors import OpenEventError
from openevent.invites import documents, requests
from openevent.invites.answer_invite import answer_invite
from openevent.invites.change_invite import change_invite
from openevent.invites.create_invite import create_invite
from openevent.invites.delete_invite import delete_invite
from openevent.invites.find_invitee import find_invitee
from openevent.invites.invitation import UseCase, decline_invitation, read_invitation
from openevent.invites.invitation_page import status_of
from openevent.invites.list_invites import list_invites
from openevent.invites.read_invite import read_invite
from openevent.invites.resend_invite import resend_invite
from openevent.invites.rules import Status
from openevent.wiring.role_invite import RoleInviteWiring

logger = Logger()
metrics = Metrics()
wiring = RoleInviteWiring(RoleInviteSettings.load())
api = http.Api(wiring.settings.allowed_origins, answers_head=True)


@api.post("/role-invites")
def create() -> Response[str]:
    """Invite a person."""
    claims = wiring.claims(api)
    wanted = requests.new_invite(api.json_object(max_bytes=http.RESOURCE_BODY))
    services = wiring.services()
    created = create_invite(services, claims, wanted)
    delivery = services.deliveries.shown(created.invite)
    return http.answer(
        documents.invite_document(created.invite, delivery=delivery, mail_fault=created.mail_fault),
        status=201,
        content_type=http.JSON_API,
        headers={"Location": documents.path_of(created.invite)},
    )


@api.get("/events/<event_identifier>/role-invites")
def show_all(event_identifier: str) -> Response[str]:
    """List an event's invites."""
    claims = wiring.claims(api)
    parameters = api.parameters()
    query = requests.query_of(parameters)
    listed = list_invites(wiring.services(), claims, event_identifier, query)
    path = f"/v1/events/{event_identifier}/role-invites"
    links = jsonapi.page_links(path, parameters, query.page, listed.count)
    document = documents.list_document(listed, query.included, links)
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>")
def show(role_invite_id: str) -> Response[str]:
    """Show one invite."""
    claims = wiring.claims(api)
    included = requests.included_of(api.parameters())
    services = wiring.services()
    read = read_invite(services, claims, role_invite_id)
    roles = [] if read.role is None else [read.role]
    document = documents.invite_document(
        read.invite,
        documents.Included(included, [read.event], roles),
        delivery=services.deliveries.shown(read.invite),
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>/event")
def show_event(role_invite_id: str) -> Response[str]:
    """Show the event of an invite."""
    return _related(role_invite_id, "event")


@api.get("/role-invites/<role_invite_id>/role")
def show_role(role_invite_id: str) -> Response[str]:
    """Show the role of an invite."""
    return _related(role_invite_id, "role")


@api.get("/role-invites/<role_invite_id>/relationships/event")
def show_event_relationship(role_invite_id: str) -> Response[str]:
    """Show the id of an invite's event."""
    return _relationship(role_invite_id, "event")


@api.get("/role-invites/<role_invite_id>/relationships/role")
def show_role_relationship(role_invite_id: str) -> Response[str]:
    """Show the id of an invite's role."""
    return _relationship(role_invite_id, "role")


@api.get("/role-invites/invitation")
def show_invitation() -> Response[str]:
    """Show the page that a mail's link leads to. Takes no login, and changes nothing."""
    token = api.current_event.query_string_parameters.get("token") or ""
    return _invitation(read_invitation, token)


@api.post("/role-invites/invitation")
def decline_on_page() -> Response[str]:
    """Decline on that page, without a login: only the invited mailbox has the token."""
    try:
        token = api.form(max_bytes=http.SMALL_BODY).get("token", "")
    except OpenEventError as error:
        return http.show_refusal(error, wiring.pages().refuse(error))
    return _invitation(decline_invitation, token)


@api.patch("/role-invites/<role_invite_id>")
def change(role_invite_id: str) -> Response[str]:
    """Change an invite's role or address, or answer it."""
    claims = wiring.claims(api)
    wanted = requests.change(api.json_object(max_bytes=http.RESOURCE_BODY), role_invite_id)
    services = wiring.services()
    changed = change_invite(services, claims, role_invite_id, wanted)
    delivery = services.deliveries.shown(changed.invite)
    document = documents.invite_document(
        changed.invite, delivery=delivery, mail_fault=changed.mail_fault
    )
    return http.answer(document, content_type=http.JSON_API)


@api.delete("/role-invites/<role_invite_id>")
def delete(role_invite_id: str) -> Response[str]:
    """Take an invite back."""
    delete_invite(wiring.services(), wiring.claims(api), role_invite_id)
    return http.answer(jsonapi.message("Object successfully deleted"), content_type=http.JSON_API)


@api.post("/role-invites/<role_invite_id>/resend-invite")
def resend(role_invite_id: str) -> Response[str]:
    """Mail an invite again."""
    mail_fault = resend_invite(wiring.services(), wiring.claims(api), role_invite_id)
    return http.answer(documents.resent(mail_fault))


@api.post("/role_invites/user")
def show_user() -> Response[str]:
    """Show the address that a token was mailed to. Takes no login."""
    token = requests.token(api.json_object(max_bytes=http.SMALL_BODY))
    return http.answer({"email": find_invitee(wiring.services(), token, wiring.counted_as(api))})


@api.post("/role_invites/accept-invite")
def accept() -> Response[str]:
    """Accept the invite of a token."""
    return http.answer(_answered(Status.ACCEPTED))


@api.post("/role_invites/decline-invite")
def decline() -> Response[str]:
    """Decline the invite of a token."""
    return http.answer(_answered(Status.DECLINED))


def _invitation(use_case: UseCase, token: str) -> Response[str]:
    pages = wiring.pages()
    try:
        invitation = use_case(wiring.services(), token, wiring.counted_as(api))
    except OpenEventError as error:
        return http.show_refusal(error, pages.refuse(error))
    return http.show(pages.show(invitation, token), status=status_of(invitation))


def _answered(answer: Status) -> dict[str, Any]:
    claims = wiring.claims(api)
    token = requests.token(api.json_object(max_bytes=http.SMALL_BODY))
    return documents.answered(answer_invite(wiring.services(), claims, token, answer))


def _related(role_invite_id: str, name: str) -> Response[str]:
    read = read_invite(wiring.services(), wiring.claims(api), role_invite_id)
    document = documents.related_document(read.invite, name, event=read.event, role=read.role)
    return http.answer(document, content_type=http.JSON_API)


def _relationship(role_invite_id: str, name: str) -> Response[str]:
    read = read_invite(wiring.services(), wiring.claims(api), role_invite_id)
    document = documents.relationship_document(read.invite, name)
    return http.answer(document, content_type=http.JSON_API)


@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
