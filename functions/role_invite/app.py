"""Role invites: what the team of an event does with them, and the invitee with a mail's token."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http, jsonapi
from openevent.edge.settings import RoleInviteSettings
from openevent.invites import documents
from openevent.invites.answer_invite import answer_invite
from openevent.invites.change_invite import change_invite
from openevent.invites.create_invite import create_invite
from openevent.invites.delete_invite import delete_invite
from openevent.invites.find_invitee import find_invitee
from openevent.invites.list_invites import Wanted, list_invites
from openevent.invites.read_invite import read_invite
from openevent.invites.resend_invite import resend_invite
from openevent.invites.rules import Status
from openevent.invites.store import SORTABLE
from openevent.wiring.role_invite import RoleInviteWiring

logger = Logger()
wiring = RoleInviteWiring(RoleInviteSettings.load())
api = http.Api(wiring.settings.allowed_origins)


@api.post("/role-invites")
def create() -> Response[str]:
    """Invite somebody."""
    claims = wiring.claims(api)
    wanted = documents.new_invite(api.json_object(max_bytes=http.RESOURCE_BODY))
    sent = create_invite(wiring.services(), claims, wanted)
    return http.answer(
        documents.invite_document(sent.invite, mail_sent=sent.mail_sent),
        status=201,
        content_type=http.JSON_API,
        headers={"Location": documents.path_of(sent.invite)},
    )


@api.get("/events/<event_identifier>/role-invites")
def show_all(event_identifier: str) -> Response[str]:
    """List an event's invites."""
    claims, parameters = wiring.claims(api), api.parameters()
    included = jsonapi.includes_of(parameters, documents.RELATIONSHIPS)
    wanted = _wanted(parameters, with_roles="role" in included)
    listed = list_invites(wiring.services(), claims, event_identifier, wanted)
    path = f"/v1/events/{event_identifier}/role-invites"
    document = documents.list_document(
        listed.invites,
        documents.Included(included, [listed.event] if listed.invites else [], listed.roles),
        count=listed.count,
        links=jsonapi.page_links(path, parameters, wanted.page, listed.count),
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>")
def show(role_invite_id: str) -> Response[str]:
    """One invite."""
    claims = wiring.claims(api)
    included = jsonapi.includes_of(api.parameters(), documents.RELATIONSHIPS)
    read = read_invite(wiring.services(), claims, role_invite_id)
    roles = [] if read.role is None else [read.role]
    document = documents.invite_document(
        read.invite, documents.Included(included, [read.event], roles)
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>/event")
def show_event(role_invite_id: str) -> Response[str]:
    """The event of an invite."""
    return _related(role_invite_id, "event")


@api.get("/role-invites/<role_invite_id>/role")
def show_role(role_invite_id: str) -> Response[str]:
    """The role of an invite."""
    return _related(role_invite_id, "role")


@api.get("/role-invites/<role_invite_id>/relationships/event")
def show_event_relationship(role_invite_id: str) -> Response[str]:
    """Which event an invite is for."""
    return _relationship(role_invite_id, "event")


@api.get("/role-invites/<role_invite_id>/relationships/role")
def show_role_relationship(role_invite_id: str) -> Response[str]:
    """Which role an invite is for."""
    return _relationship(role_invite_id, "role")


@api.patch("/role-invites/<role_invite_id>")
def change(role_invite_id: str) -> Response[str]:
    """Change an invite's role or address, or answer it."""
    claims = wiring.claims(api)
    wanted = documents.change(api.json_object(max_bytes=http.RESOURCE_BODY), role_invite_id)
    changed = change_invite(wiring.services(), claims, role_invite_id, wanted)
    document = documents.invite_document(changed.invite, mail_sent=changed.mail_sent)
    return http.answer(document, content_type=http.JSON_API)


@api.delete("/role-invites/<role_invite_id>")
def delete(role_invite_id: str) -> Response[str]:
    """Take an invite back."""
    delete_invite(wiring.services(), wiring.claims(api), role_invite_id)
    return http.answer(jsonapi.message("Object successfully deleted"), content_type=http.JSON_API)


@api.post("/role-invites/<role_invite_id>/resend-invite")
def resend(role_invite_id: str) -> Response[str]:
    """Mail an invite again."""
    mail_sent = resend_invite(wiring.services(), wiring.claims(api), role_invite_id)
    return http.answer(documents.resent(mail_sent=mail_sent))


@api.post("/role_invites/user")
def show_user() -> Response[str]:
    """Whom a token was mailed to. Asks for no login."""
    token = documents.token(api.json_object(max_bytes=http.SMALL_BODY))
    return http.answer({"email": find_invitee(wiring.services(), token, _source_ip())})


@api.post("/role_invites/accept-invite")
def accept() -> Response[str]:
    """Accept the invite of a token."""
    return http.answer(_answered(Status.ACCEPTED))


@api.post("/role_invites/decline-invite")
def decline() -> Response[str]:
    """Decline the invite of a token."""
    return http.answer(_answered(Status.DECLINED) | {"status": Status.DECLINED})


def _wanted(parameters: jsonapi.Parameters, *, with_roles: bool) -> Wanted:
    page = jsonapi.page_of(parameters)
    statuses = jsonapi.filters_of(parameters, {"status": list(Status)}).get("status")
    orders = jsonapi.orders_of(parameters, SORTABLE)
    return Wanted(statuses=statuses, orders=orders, page=page, with_roles=with_roles)


def _answered(answer: Status) -> dict[str, Any]:
    claims = wiring.claims(api)
    token = documents.token(api.json_object(max_bytes=http.SMALL_BODY))
    done = answer_invite(wiring.services(), claims, token, answer, _source_ip())
    return documents.answered(done.invite, done.event, done.user, mail_sent=done.mail_sent)


def _source_ip() -> str:
    return api.current_event.request_context.identity.source_ip


def _related(role_invite_id: str, name: str) -> Response[str]:
    read = read_invite(wiring.services(), wiring.claims(api), role_invite_id)
    document = documents.related_document(read.invite, name, event=read.event, role=read.role)
    return http.answer(document, content_type=http.JSON_API)


def _relationship(role_invite_id: str, name: str) -> Response[str]:
    read = read_invite(wiring.services(), wiring.claims(api), role_invite_id)
    document = documents.relationship_document(read.invite, name)
    return http.answer(document, content_type=http.JSON_API)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
