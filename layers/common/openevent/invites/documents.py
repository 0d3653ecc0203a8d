"""Invites on the wire: the bodies that are understood, and the documents that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from openevent.edge import jsonapi
from openevent.edge.validation import StrictModel, validated
from openevent.errors import Conflict
from openevent.invites.rules import Invite, RoleRow, Status, is_address
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

TYPE = "role-invite"
RELATIONSHIPS = ("event", "role")

NOT_MAILED = "The mail could not be sent. Resend the invite to try again."


def _address(text: str) -> str:
    address = text.strip()
    if not is_address(address):
        raise PydanticCustomError("address", "This is no e-mail address")
    return address


Address = Annotated[str, AfterValidator(_address)]
RoleName = Annotated[Role, Field(strict=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Envelope(BaseModel):
    """JSON:API's own structure, which may have members (`links`, `meta`) that tell us nothing."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _EventIdentifier(_Envelope):
    type: Literal["event"]
    id: Name


class _RoleIdentifier(_Envelope):
    type: Literal["role"]
    id: Name


class _ToEvent(_Envelope):
    data: _EventIdentifier


class _ToRole(_Envelope):
    data: _RoleIdentifier


class _Attributes(StrictModel):
    # Open Event's web client sends these with every invite it saves. They are ours to say.
    hash: Any = None
    created_at: Any = Field(default=None, alias="created-at")


class _NewAttributes(_Attributes):
    email: Address
    role_name: RoleName = Field(alias="role-name")
    status: Any = None


class _NewRelationships(_Envelope):
    event: _ToEvent
    role: _ToRole


class _New(_Envelope):
    type: str
    attributes: _NewAttributes = Field(default_factory=dict, validate_default=True)
    relationships: _NewRelationships = Field(default_factory=dict, validate_default=True)


class _NewBody(_Envelope):
    data: _New


class _ChangedAttributes(_Attributes):
    email: Address | None = None
    role_name: RoleName | None = Field(default=None, alias="role-name")
    status: Annotated[Status, Field(strict=False)] | None = None


class _ChangedRelationships(_Envelope):
    event: _ToEvent | None = None
    role: _ToRole | None = None


class _Changed(_Envelope):
    type: str
    id: str | None = None
    attributes: _ChangedAttributes = Field(default_factory=_ChangedAttributes)
    relationships: _ChangedRelationships = Field(default_factory=_ChangedRelationships)


class _ChangedBody(_Envelope):
    data: _Changed


class _Token(StrictModel):
    token: str


class _TokenBody(StrictModel):
    data: _Token


@dataclass(frozen=True, slots=True)
class NewInvite:
    """Who is to be invited, to what. `event` is an id or an identifier."""

    email: str
    role: Role
    role_id: str
    event: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change; None where the body does not say. `fields`: all that it names."""

    fields: frozenset[str]
    email: str | None
    role: Role | None
    role_id: str | None
    event: str | None
    status: Status | None


def new_invite(body: Mapping[str, Any]) -> NewInvite:
    """From the body of a creation. `status`, `created-at`, `hash` and `id` in it are not obeyed.

    Raises `Conflict` for another type of resource, `Invalid` for anything else that is wrong.
    """
    _refuse_other_type(body)
    data = validated(_NewBody, body).data
    return NewInvite(
        email=data.attributes.email,
        role=data.attributes.role_name,
        role_id=data.relationships.role.data.id,
        event=data.relationships.event.data.id,
    )


def change(body: Mapping[str, Any], invite_id: str) -> Change:
    """From the body of a change of the invite `invite_id`. Raises as `new_invite` does."""
    _refuse_other_type(body)
    data = validated(_ChangedBody, body).data
    if data.id not in (None, invite_id):
        raise Conflict("wrong-id", "The body is about another invite.", pointer="/data/id")
    attributes, relationships = data.attributes, data.relationships
    return Change(
        fields=frozenset(attributes.model_fields_set | relationships.model_fields_set),
        email=attributes.email,
        role=attributes.role_name,
        role_id=relationships.role.data.id if relationships.role else None,
        event=relationships.event.data.id if relationships.event else None,
        status=attributes.status,
    )


def token(body: Mapping[str, Any]) -> str:
    """From the body of everything that is done with a token. Raises `Invalid`."""
    return validated(_TokenBody, body).data.token


def path_of(invite: Invite) -> str:
    """Where `invite` is read."""
    return f"/v1/role-invites/{invite.id}"


@dataclass(frozen=True, slots=True)
class Included:
    """The relationships whose resources were asked for (`names`), and what they can lead to."""

    names: frozenset[str]
    events: Sequence[Event]
    roles: Sequence[RoleRow]

    def resources(self) -> list[dict[str, Any]] | None:
        """What was asked for; None when nothing was."""
        if not self.names:
            return None
        return [
            *(_event(event) for event in self.events if "event" in self.names),
            *(_role(role) for role in self.roles if "role" in self.names),
        ]


NOTHING = Included(frozenset(), (), ())


def invite_document(
    invite: Invite, included: Included = NOTHING, *, mail_sent: bool = True
) -> dict[str, Any]:
    """The document of `invite`. It says so when a mail about it was not sent."""
    return jsonapi.document(
        _resource(invite, included.names),
        included=included.resources(),
        meta=None if mail_sent else {"mail-sent": False, "message": NOT_MAILED},
        links={"self": path_of(invite)},
    )


def list_document(
    invites: Sequence[Invite],
    included: Included,
    *,
    count: int,
    links: Mapping[str, str],
) -> dict[str, Any]:
    """The document of one page of an event's `invites`, of which there are `count` on all."""
    return jsonapi.document(
        [_resource(invite, included.names) for invite in invites],
        included=included.resources(),
        meta={"count": count},
        links=links,
    )


def related_document(
    invite: Invite, name: str, *, event: Event, role: RoleRow | None
) -> dict[str, Any]:
    """The document of what the relationship `name` of `invite` leads to."""
    resources = {"event": _event(event), "role": None if role is None else _role(role)}
    return jsonapi.document(resources[name], links={"self": f"{path_of(invite)}/{name}"})


def relationship_document(invite: Invite, name: str) -> dict[str, Any]:
    """The document of the relationship `name` (`event` or `role`) of `invite`."""
    return {**_relationship(invite, name, with_data=True), "jsonapi": jsonapi.VERSION}


def resent(*, mail_sent: bool) -> dict[str, Any]:
    """The answer to resending an invite."""
    if mail_sent:
        return {"success": True, "message": "Invite resent successfully"}
    return {"success": False, "message": NOT_MAILED, "meta": {"mail-sent": False}}


def answered(invite: Invite, event: Event, user: User, *, mail_sent: bool) -> dict[str, Any]:
    """The answer to accepting or declining `invite` of `event` as `user`."""
    return {
        "email": user.email,
        "event": event.id,
        "event_identifier": event.identifier,
        "name": user.name,
        "role": invite.role_name,
        **({} if mail_sent else {"meta": {"mail-sent": False}}),
    }


def _resource(invite: Invite, included: frozenset[str]) -> dict[str, Any]:
    # Where a related resource is included, JSON:API wants the relationship to name it.
    return {
        "type": TYPE,
        "id": str(invite.id),
        "attributes": {
            "email": invite.email,
            "role-name": invite.role_name,
            "status": invite.status,
            "created-at": invite.created_at and invite.created_at.astimezone(UTC).isoformat(),
        },
        "relationships": {
            name: _relationship(invite, name, with_data=name in included) for name in RELATIONSHIPS
        },
        "links": {"self": path_of(invite)},
    }


def _relationship(invite: Invite, name: str, *, with_data: bool) -> dict[str, Any]:
    path = path_of(invite)
    target = {"event": invite.event_id, "role": invite.role_id}[name]
    data = None if target is None else {"type": name, "id": str(target)}
    return {
        **({"data": data} if with_data else {}),
        "links": {"self": f"{path}/relationships/{name}", "related": f"{path}/{name}"},
    }


def _event(event: Event) -> dict[str, Any]:
    # What an invitee may know, who has no right to the event yet.
    return {
        "type": "event",
        "id": str(event.id),
        "attributes": {"identifier": event.identifier, "name": event.name},
    }


def _role(role: RoleRow) -> dict[str, Any]:
    return {
        "type": "role",
        "id": str(role.id),
        "attributes": {"name": role.name, "title-name": role.title},
    }


def _refuse_other_type(body: Mapping[str, Any]) -> None:
    match body:
        case {"data": {"type": str(type_)}} if type_ != TYPE:
            raise Conflict("wrong-type", f"The type here is {TYPE}.", pointer="/data/type")
