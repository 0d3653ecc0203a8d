"""The event that a call is about, and what the caller is there."""

from dataclasses import dataclass

from sqlalchemy import Connection, false, null, or_, select, union

from openevent.adapters.database import Schema
from openevent.errors import NotFound
from openevent.rights import access
from openevent.rights.identity import User, database_id


@dataclass(frozen=True, slots=True)
class Event:
    """An event that exists (is not soft-deleted)."""

    id: int
    identifier: str
    name: str
    group_id: int | None


def find_event(connection: Connection, schema: Schema, name: str | int) -> Event:
    """The event of the id, or else of the identifier, `name`; a number is an id and nothing else.

    An identifier can consist of digits alone; a numeric name is an id first (docs: contract).
    Raises `NotFound` when there is no such event, or it is soft-deleted.
    """
    events = schema["events"]
    group_id = events.c.group_id if "group_id" in events.c else null().label("group_id")
    by_identifier = events.c.identifier == name if isinstance(name, str) else false()
    event_id = database_id(name)
    query = (
        select(events.c.id, events.c.identifier, events.c.name, group_id)
        .where(by_identifier if event_id is None else or_(events.c.id == event_id, by_identifier))
        .where(events.c.deleted_at.is_(None))
    )
    rows = connection.execute(query).all()
    if not rows:
        raise NotFound("event-not-found", "There is no such event.")
    row = next((row for row in rows if row.id == event_id), rows[0])
    return Event(row.id, row.identifier, row.name, row.group_id)


def roles_of(connection: Connection, schema: Schema, user: User, event: Event) -> frozenset[str]:
    """The names of the roles that `user` holds at `event`, given there or through its group.

    A group's role counts when it was accepted, and for the events of that very group alone.
    """
    roles, given = schema["roles"], schema["users_events_roles"]
    held = [
        select(roles.c.name)
        .join(given, given.c.role_id == roles.c.id)
        .where(given.c.user_id == user.id, given.c.event_id == event.id)
    ]
    by_group = schema.find("users_groups_roles")
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
    return frozenset(connection.execute(union(*held)).scalars())


def authorize(
    connection: Connection, schema: Schema, user: User, event: Event, action: access.Action
) -> None:
    """Raise `Forbidden` unless `user` may do `action` to `event`. Staff costs no query."""
    roles = frozenset[str]() if user.is_staff else roles_of(connection, schema, user, event)
    access.require(action, is_staff=user.is_staff, roles=roles)
