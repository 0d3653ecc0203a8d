"""The event of a call, and the caller's roles there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, func, or_, select, union

from openevent.adapters.database import Session
from openevent.adapters.schema import Schema
from openevent.errors import NotFound
from openevent.rights import access
from openevent.rights.identity import User, database_id


@dataclass(frozen=True, slots=True)
class Event:
    """An event that is not soft-deleted."""

    id: int
    identifier: str
    name: str
    group_id: int | None


def find_event(session: Session, name: str | int) -> Event:
    """Return the event of the id or, if there is none, of the identifier `name`.

    A numeric text is an id first, as an identifier can consist of digits (docs/contract.md); an
    integer is an id only. Raises `NotFound` if the event does not exist or is soft-deleted.
    """
    events, identifier = session.schema["events"], session.schema.column("events", "identifier")
    by_identifier = identifier == name if isinstance(name, str) else false()
    event_id = database_id(name)
    query = select_events(session.schema).where(
        by_identifier if event_id is None else or_(events.c.id == event_id, by_identifier)
    )
    rows = session.connection.execute(query).all()
    if not rows:
        raise NotFound("event-not-found", "There is no such event, or it was deleted.")
    row = next((row for row in rows if row.id == event_id), rows[0])
    return Event(*row)


def select_events(schema: Schema) -> Select[Any]:
    """Return the query of the fields of `Event`, for events that are not soft-deleted.

    The name is empty if the database has no column for it. Raises `Unavailable` if it has no
    column for identifiers.
    """
    return select(
        schema["events"].c.id,
        schema.column("events", "identifier"),
        func.coalesce(schema.optional("events", "name"), "").label("name"),
        schema.optional("events", "group_id"),
    ).where(schema.not_deleted("events"))


def roles_of(session: Session, user: User, event: Event) -> frozenset[str]:
    """Return the names of the roles that `user` holds at `event`, or in its group.

    A group's role counts if it was accepted, and for the events of that group only.
    """
    roles, given = session.schema["roles"], session.schema["users_events_roles"]
    held = [
        select(roles.c.name)
        .join(given, given.c.role_id == roles.c.id)
        .where(given.c.user_id == user.id, given.c.event_id == event.id)
    ]
    by_group = session.schema.find("users_groups_roles")
    if by_group is not None and event.group_id is not None:
        held.append(
            select(roles.c.name)
            .join(by_group, by_group.c.role_id == roles.c.id)
            .where(
                by_group.c.user_id == user.id,
                by_group.c.group_id == event.group_id,
                by_group.c.accepted.is_(True),
            )
        )
    return frozenset(session.connection.execute(union(*held)).scalars())


def authorize(session: Session, user: User, event: Event, action: access.Action) -> None:
    """Raise `Forbidden` unless `user` may do `action` to `event`; no query for staff."""
    roles = frozenset[str]() if user.is_staff else roles_of(session, user, event)
    access.require(action, is_staff=user.is_staff, roles=roles)
