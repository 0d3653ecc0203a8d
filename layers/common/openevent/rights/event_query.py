"""The query of events, for statements that are made of it."""

from typing import Any

from sqlalchemy import Select, func, select

from openevent.adapters.schema import Schema


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
