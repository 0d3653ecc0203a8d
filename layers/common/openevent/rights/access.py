"""Roles, actions, and the table of rights of the wire contract. Pure."""

from collections.abc import Collection
from enum import StrEnum

from openevent.errors import Forbidden


class Role(StrEnum):
    """Roles of an event's team; the values are those of `roles.name`."""

    OWNER = "owner"
    ORGANIZER = "organizer"
    COORGANIZER = "coorganizer"
    TRACK_ORGANIZER = "track_organizer"
    MODERATOR = "moderator"
    REGISTRAR = "registrar"
    ATTENDEE = "attendee"


class Action(StrEnum):
    """Actions of an event's team. The rights of an invitee are not among them."""

    EXPORT = "export"
    COPY = "copy"
    CREATE_INVITE = "create-invite"
    CREATE_OWNER_INVITE = "create-owner-invite"
    READ_INVITES = "read-invites"
    RESEND_INVITE = "resend-invite"
    DELETE_INVITE = "delete-invite"
    CHANGE_INVITE = "change-invite"


_OWNER = frozenset({Role.OWNER})
_ORGANIZERS = _OWNER | {Role.ORGANIZER}
_COORGANIZERS = _ORGANIZERS | {Role.COORGANIZER}

RIGHTS: dict[Action, frozenset[Role]] = {
    Action.EXPORT: _COORGANIZERS,
    Action.COPY: _COORGANIZERS,
    Action.CREATE_INVITE: _ORGANIZERS,
    Action.CREATE_OWNER_INVITE: _OWNER,
    Action.READ_INVITES: _COORGANIZERS,
    Action.RESEND_INVITE: _COORGANIZERS,
    Action.DELETE_INVITE: _ORGANIZERS,
    Action.CHANGE_INVITE: _ORGANIZERS,
}

_REQUIREMENT = {
    _OWNER: "Owner access is required.",
    _ORGANIZERS: "Organizer access is required.",
    _COORGANIZERS: "Co-organizer access is required.",
}


def may(action: Action, *, is_staff: bool, roles: Collection[str]) -> bool:
    """Return whether a holder of `roles` (names) at an event, or staff, may do `action`."""
    return is_staff or not RIGHTS[action].isdisjoint(roles)


def require(action: Action, *, is_staff: bool, roles: Collection[str]) -> None:
    """Raise `Forbidden`, which names the missing access, unless `may`."""
    if not may(action, is_staff=is_staff, roles=roles):
        raise Forbidden("access-forbidden", _REQUIREMENT[RIGHTS[action]])
