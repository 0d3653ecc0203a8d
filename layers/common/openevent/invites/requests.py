"""Requests about invites: the bodies and the query parameters that are understood."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from openevent.delivery.states import State
from openevent.edge import jsonapi
from openevent.edge.jsonapi import Order, Page
from openevent.edge.validation import StrictModel, validated
from openevent.errors import Conflict
from openevent.invites.rules import Status, is_address
from openevent.invites.store import SORTABLE
from openevent.rights.access import Role

TYPE = "role-invite"
RELATIONSHIPS = ("event", "role")


def _address(text: str) -> str:
    address = text.strip()
    if not is_address(address):
        raise PydanticCustomError("address", "This is not a valid e-mail address")
    return address


Address = Annotated[str, AfterValidator(_address)]
RoleName = Annotated[Role, Field(strict=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Envelope(BaseModel):
    """JSON:API's own structure, whose other members (`links`, `meta`) are ignored."""

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
    # Open Event's web client sends these with every invite it saves. They are ignored.
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
    """The person to invite, the role and the event. `event`: its id or its identifier.

    `role_id`: that of the role; None if the call names the role alone.
    """

    email: str
    role: Role
    role_id: str | None
    event: str


@dataclass(frozen=True, slots=True)
class InviteChange:
    """The new values; None for those that the body lacks. `fields`: the names in the body."""

    fields: frozenset[str]
    email: str | None
    role: Role | None
    role_id: str | None
    event: str | None
    status: Status | None


@dataclass(frozen=True, slots=True)
class InviteQuery:
    """Filters, order and page of a list. `statuses`, `deliveries` (states of mails): None for any.

    `included`: the relationships whose resources are to be in the answer.
    """

    statuses: Collection[str] | None
    deliveries: Collection[str] | None
    orders: Sequence[Order]
    page: Page
    included: frozenset[str]


def new_invite(body: Mapping[str, Any]) -> NewInvite:
    """Read the body of a creation; `status`, `created-at`, `hash` and `id` in it are ignored.

    Raises `Conflict` for another type of resource, `Invalid` for any other problem.
    """
    _refuse_other_type(body)
    data = validated(_NewBody, body).data
    return NewInvite(
        email=data.attributes.email,
        role=data.attributes.role_name,
        role_id=data.relationships.role.data.id,
        event=data.relationships.event.data.id,
    )


def proposed_invite(email: str, role: str, event_id: int) -> NewInvite:
    """Return the invite of a person whom an archive names. Raises `Invalid`."""
    document = {"email": email, "role-name": role}
    attributes = validated(_NewAttributes, document)
    return NewInvite(attributes.email, attributes.role_name, None, str(event_id))


def change(body: Mapping[str, Any], invite_id: str) -> InviteChange:
    """Read the body of a change of the invite `invite_id`. Raises as `new_invite` does."""
    _refuse_other_type(body)
    data = validated(_ChangedBody, body).data
    if data.id not in (None, invite_id):
        raise Conflict(
            "wrong-id",
            "The body is about another invite than the path.",
            pointer="/data/id",
        )
    attributes, relationships = data.attributes, data.relationships
    return InviteChange(
        fields=frozenset(attributes.model_fields_set | relationships.model_fields_set),
        email=attributes.email,
        role=attributes.role_name,
        role_id=relationships.role.data.id if relationships.role else None,
        event=relationships.event.data.id if relationships.event else None,
        status=attributes.status,
    )


def token(body: Mapping[str, Any]) -> str:
    """Read the token from a body. Raises `Invalid`."""
    return validated(_TokenBody, body).data.token


def query_of(parameters: Mapping[str, Sequence[str]]) -> InviteQuery:
    """Read the query parameters of a list. Raises `Invalid`."""
    wanted = jsonapi.filters_of(parameters, {"status": list(Status), "delivery": list(State)})
    return InviteQuery(
        statuses=wanted.get("status"),
        deliveries=wanted.get("delivery"),
        orders=jsonapi.orders_of(parameters, SORTABLE),
        page=jsonapi.page_of(parameters),
        included=included_of(parameters),
    )


def included_of(parameters: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Read the names of the relationships to include. Raises `Invalid`."""
    return jsonapi.includes_of(parameters, RELATIONSHIPS)


def _refuse_other_type(body: Mapping[str, Any]) -> None:
    match body:
        case {"data": {"type": str(type_)}} if type_ != TYPE:
            raise Conflict("wrong-type", f"The type must be {TYPE}.", pointer="/data/type")
