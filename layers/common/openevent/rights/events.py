"""The event of a call, and the caller's roles there."""

from dataclasses import dataclass

from openevent.adapters.database import Rows
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


def event_fields(schema: Schema) -> str:
    """Return the columns of `events` that are the fields of `Event`, as SQL.

    The name is empty if the database has no column for it. Raises `Unavailable` if it has no
    column for ids or identifiers.
    """
    schema.require("events", "id", "identifier")
    name = "coalesce(name, '')" if schema.has("events", "name") else "''"
    group = "group_id" if schema.has("events", "group_id") else "NULL"
    return f"id, identifier, {name}, {group}"


def is_living_event(schema: Schema) -> str:
    """Return the condition of events that are not soft-deleted, as SQL."""
    return "deleted_at IS NULL" if schema.has("events", "deleted_at") else "true"


def find_event(session: Rows, name: str | int) -> Event:
    """Return the event of the id or, if there is none, of the identifier `name`.

    A numeric text is an id first, as an identifier can consist of digits (docs/contract.md); an
    integer is an id only. Raises `NotFound` if the event does not exist or is soft-deleted.
    """
    event_id = database_id(name)
    wanted: dict[str, object] = {} if event_id is None else {"id": event_id}
    if isinstance(name, str):
        wanted["identifier"] = name
    named = " OR ".join(f"{column} = %s" for column in wanted) or "false"
    query = f"SELECT {event_fields(session.schema)} FROM events WHERE ({named}) AND "  # noqa: S608 - names of this module
    living = is_living_event(session.schema)
    rows = [Event(*row) for row in session.rows(query + living, *wanted.values())]
    if not rows:
        raise NotFound("event-not-found", "There is no such event, or it was deleted.")
    return next((event for event in rows if event.id == event_id), rows[0])


def roles_of(session: Rows, user: User, event: Event) -> frozenset[str]:
    """Return the names of the roles that `user` holds at `event`, or in its group.

    A group's role counts if it was accepted, and for the events of that group only.
    """
    schema = session.schema
    for table in ("roles", "users_events_roles"):
        schema.require(table)
    query = """
        SELECT roles.name FROM roles JOIN users_events_roles given ON given.role_id = roles.id
        WHERE given.user_id = %s AND given.event_id = %s"""
    values = [user.id, event.id]
    if schema.has("users_groups_roles") and event.group_id is not None:
        query += """
        UNION
        SELECT roles.name FROM roles JOIN users_groups_roles given ON given.role_id = roles.id
        WHERE given.user_id = %s AND given.group_id = %s AND given.accepted IS true"""
        values += [user.id, event.group_id]
    return frozenset(name for (name,) in session.rows(query, *values))


def authorize(session: Rows, user: User, event: Event, action: access.Action) -> None:
    """Raise `Forbidden` unless `user` may do `action` to `event`; no query for staff."""
    roles = frozenset[str]() if user.is_staff else roles_of(session, user, event)
    access.require(action, is_staff=user.is_staff, roles=roles)
