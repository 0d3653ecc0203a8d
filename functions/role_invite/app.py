"""Role invites: what the team of an event does with them, and the invitee with a mail's token."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.database import Credentials, Database
from openevent.edge import http, jsonapi
from openevent.edge.settings import RoleInviteSettings
from openevent.invites import documents
from openevent.invites.answer_invite import answer_invite
from openevent.invites.change_invite import change_invite
from openevent.invites.create_invite import create_invite
from openevent.invites.delete_invite import delete_invite
from openevent.invites.find_invitee import find_invitee
from openevent.invites.letters import Letters
from openevent.invites.limits import Limits
from openevent.invites.list_invites import Wanted, list_invites
from openevent.invites.read_invite import Read, read_invite
from openevent.invites.resend_invite import resend_invite
from openevent.invites.rules import Status
from openevent.invites.services import Services
from openevent.invites.store import SORTABLE
from openevent.rights import identity
from openevent.rights.identity import Claims

settings = RoleInviteSettings.load()
logger = Logger()
api = http.Api(settings.allowed_origins)
database = Database(
    lambda: Credentials.from_secret(credentials.secret(settings.database_secret_arn))
)


@api.post("/role-invites")
def create() -> Response[str]:
    """Invite somebody."""
    claims = _claims()
    sent = create_invite(_services(), claims, documents.new_invite(api.json_object()))
    return http.answer(
        documents.invite_document(sent.invite, mail_sent=sent.mail_sent),
        status=201,
        content_type=http.JSON_API,
        headers={"Location": documents.path_of(sent.invite)},
    )


@api.get("/events/<event_identifier>/role-invites")
def show_all(event_identifier: str) -> Response[str]:
    """An event's invites."""
    claims = _claims()
    parameters = api.parameters()
    included = jsonapi.includes_of(parameters, documents.RELATIONSHIPS)
    page = jsonapi.page_of(parameters)
    wanted = Wanted(
        statuses=jsonapi.filters_of(parameters, {"status": list(Status)}).get("status"),
        orders=jsonapi.orders_of(parameters, SORTABLE),
        page=page,
        with_roles="role" in included,
    )
    listed = list_invites(_services(), claims, event_identifier, wanted)
    path = f"/v1/events/{event_identifier}/role-invites"
    document = documents.list_document(
        listed.invites,
        documents.Included(included, [listed.event] if listed.invites else [], listed.roles),
        count=listed.count,
        links=jsonapi.page_links(path, parameters, page, listed.count),
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>")
def show(role_invite_id: str) -> Response[str]:
    """One invite."""
    claims = _claims()
    included = jsonapi.includes_of(api.parameters(), documents.RELATIONSHIPS)
    read = read_invite(_services(), claims, role_invite_id)
    roles = [] if read.role is None else [read.role]
    document = documents.invite_document(
        read.invite, documents.Included(included, [read.event], roles)
    )
    return http.answer(document, content_type=http.JSON_API)


@api.get("/role-invites/<role_invite_id>/event")
def show_event(role_invite_id: str) -> Response[str]:
    """The event of an invite."""
    return _related(read_invite(_services(), _claims(), role_invite_id), "event")


@api.get("/role-invites/<role_invite_id>/role")
def show_role(role_invite_id: str) -> Response[str]:
    """The role of an invite."""
    return _related(read_invite(_services(), _claims(), role_invite_id), "role")


@api.get("/role-invites/<role_invite_id>/relationships/event")
def show_event_relationship(role_invite_id: str) -> Response[str]:
    """Which event an invite is for."""
    return _relationship(read_invite(_services(), _claims(), role_invite_id), "event")


@api.get("/role-invites/<role_invite_id>/relationships/role")
def show_role_relationship(role_invite_id: str) -> Response[str]:
    """Which role an invite is for."""
    return _relationship(read_invite(_services(), _claims(), role_invite_id), "role")


@api.patch("/role-invites/<role_invite_id>")
def change(role_invite_id: str) -> Response[str]:
    """Change an invite's role or address, or answer it."""
    claims = _claims()
    wanted = documents.change(api.json_object(), role_invite_id)
    changed = change_invite(_services(), claims, role_invite_id, wanted)
    document = documents.invite_document(changed.invite, mail_sent=changed.mail_sent)
    return http.answer(document, content_type=http.JSON_API)


@api.delete("/role-invites/<role_invite_id>")
def delete(role_invite_id: str) -> Response[str]:
    """Take an invite back."""
    delete_invite(_services(), _claims(), role_invite_id)
    return http.answer(jsonapi.message("Object successfully deleted"), content_type=http.JSON_API)


@api.post("/role-invites/<role_invite_id>/resend-invite")
def resend(role_invite_id: str) -> Response[str]:
    """Mail an invite again."""
    mail_sent = resend_invite(_services(), _claims(), role_invite_id)
    return http.answer(documents.resent(mail_sent=mail_sent))


@api.post("/role_invites/user")
def show_user() -> Response[str]:
    """Whom a token was mailed to. Asks for no login."""
    token = documents.token(api.json_object())
    return http.answer({"email": find_invitee(_services(), token, _source_ip())})


@api.post("/role_invites/accept-invite")
def accept() -> Response[str]:
    """Accept the invite of a token."""
    return http.answer(_answered(Status.ACCEPTED))


@api.post("/role_invites/decline-invite")
def decline() -> Response[str]:
    """Decline the invite of a token."""
    return http.answer(_answered(Status.DECLINED) | {"status": Status.DECLINED})


def _answered(answer: Status) -> dict[str, Any]:
    claims = _claims()
    token = documents.token(api.json_object())
    done = answer_invite(_services(), claims, token, answer, _source_ip())
    return documents.answered(done.invite, done.event, done.user, mail_sent=done.mail_sent)


def _claims() -> Claims:
    return identity.verify(api.header("Authorization"), credentials.secret(settings.jwt_secret_arn))


def _source_ip() -> str:
    return api.current_event.request_context.identity.source_ip


def _services() -> Services:
    return Services(
        database=database,
        letters=Letters(clients.ses(), settings.mail_sender, settings.frontend_url),
        limits=Limits(
            clients.dynamodb(),
            settings.limits_table,
            settings.token_lookups_per_minute,
            settings.invite_mails_per_hour,
        ),
        lasts=timedelta(days=settings.invite_days),
    )


def _related(read: Read, name: str) -> Response[str]:
    document = documents.related_document(read.invite, name, event=read.event, role=read.role)
    return http.answer(document, content_type=http.JSON_API)


def _relationship(read: Read, name: str) -> Response[str]:
    document = documents.relationship_document(read.invite, name)
    return http.answer(document, content_type=http.JSON_API)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
