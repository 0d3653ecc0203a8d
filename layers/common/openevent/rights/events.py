"""The event of a call, and the caller's roles there."""

from dataclasses import dataclass

from openevent.adapters.plain import Rows
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


def find_event(session: Rows, name: str | int) -> Event:
    """Return the event of the id or, if there is none, of the identifier `name`.

    A numeric text is an id first, as an identifier can consist of digits (docs/contract.md); an
    integer is an id only. Raises `NotFound` if the event does not exist or is soft-deleted.
    """
    schema = session.schema
    schema.require("events", "id", "identifier")
    event_id = database_id(name)
    wanted: dict[str, object] = {} if event_id is None else {"id": event_id}
    if isinstance(name, str):
        wanted["identifier"] = name
    fields = [
        "coalesce(name, '')" if schema.has("events", "name") else "''",
        "group_id" if schema.has("events", "group_id") else "NULL",
    ]
    conditions = [" OR ".join(f"{column} = %s" for column in wanted) or "false"]
    if schema.has("events", "deleted_at"):
        conditions.append("deleted_at IS NULL")
    query = f"SELECT id, identifier, {', '.join(fields)} FROM events"  # noqa: S608 - names of this module
    where = " AND ".join(f"({condition})" for condition in conditions)
    rows = [Event(*row) for row in session.rows(f"{query} WHERE {where}", *wanted.values())]
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
