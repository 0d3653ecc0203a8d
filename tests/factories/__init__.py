"""Real rows for tests, in a real database: each function inserts and returns what it made."""

from sqlalchemy import Connection, text

from local.schema.rows import Row
from local.tokens import token
from tests.factories.full_event import FullEvent, make_full_event
from tests.factories.roles import ROLES, role_id
from tests.factories.rows import insert

__all__ = [
    "ROLES",
    "FullEvent",
    "Row",
    "delete_softly",
    "give_role",
    "insert",
    "join_group",
    "make_event",
    "make_full_event",
    "make_group",
    "make_microlocation",
    "make_role_invite",
    "make_session",
    "make_session_type",
    "make_speaker",
    "make_sponsor",
    "make_ticket",
    "make_track",
    "make_user",
    "role_id",
    "token",
]


def make_user(connection: Connection, email: str | None = None, **values: object) -> Row:
    """A verified user; the address is in the row's `_email`."""
    if email is not None:
        values["_email"] = email
    return insert(connection, "users", **{"is_verified": True, **values})


def make_event(connection: Connection, owner: Row | None = None, **values: object) -> Row:
    """A published event without anything; `owner`, when given, has that role in it."""
    event = insert(connection, "events", **{"state": "published", **values})
    if owner is not None:
        give_role(connection, owner, event, "owner")
    return event


def make_group(connection: Connection, owner: Row, **values: object) -> Row:
    """A group that belongs to `owner`; events join it by their `group_id`."""
    return insert(connection, "groups", user_id=owner["id"], **values)


def give_role(connection: Connection, user: Row, event: Row, role: str) -> Row:
    """Give `user` one of `ROLES` in `event`."""
    return insert(
        connection,
        "users_events_roles",
        user_id=user["id"],
        event_id=event["id"],
        role_id=role_id(connection, role),
    )


def join_group(
    connection: Connection, user: Row, group: Row, role: str, *, accepted: bool = True
) -> Row:
    """Give `user` one of `ROLES` in all events of `group`, or only offer it."""
    return insert(
        connection,
        "users_groups_roles",
        user_id=user["id"],
        email=user["_email"],
        group_id=group["id"],
        role_id=role_id(connection, role),
        accepted=accepted,
    )


def make_role_invite(
    connection: Connection, event: Row, email: str, role: str = "organizer", **values: object
) -> Row:
    """A pending invitation of `email` to `role`."""
    return insert(
        connection,
        "role_invites",
        **{
            "email": email,
            "role_name": role,
            "role_id": role_id(connection, role),
            "event_id": event["id"],
            "status": "pending",
            **values,
        },
    )


def make_session(connection: Connection, event: Row, *speakers: Row, **values: object) -> Row:
    """An accepted session, given by `speakers`."""
    session = insert(
        connection, "sessions", **{"event_id": event["id"], "state": "accepted", **values}
    )
    for speaker in speakers:
        insert(connection, "speakers_sessions", speaker_id=speaker["id"], session_id=session["id"])
    return session


def make_speaker(connection: Connection, event: Row, **values: object) -> Row:
    """A speaker of `event`."""
    return insert(connection, "speaker", event_id=event["id"], **values)


def make_track(connection: Connection, event: Row, **values: object) -> Row:
    """A track of `event`."""
    return insert(connection, "tracks", event_id=event["id"], **values)


def make_microlocation(connection: Connection, event: Row, **values: object) -> Row:
    """A room of `event`."""
    return insert(connection, "microlocations", event_id=event["id"], **values)


def make_session_type(connection: Connection, event: Row, **values: object) -> Row:
    """A session type of `event`."""
    return insert(connection, "session_types", event_id=event["id"], **values)


def make_ticket(connection: Connection, event: Row, **values: object) -> Row:
    """A paid ticket of `event`."""
    return insert(connection, "tickets", event_id=event["id"], **values)


def make_sponsor(connection: Connection, event: Row, **values: object) -> Row:
    """A sponsor of `event`."""
    return insert(connection, "sponsors", event_id=event["id"], **values)


def delete_softly(connection: Connection, table: str, row: Row) -> None:
    """Mark a row as deleted, as Open Event does instead of deleting it."""
    connection.execute(
        text(f'UPDATE "{table}" SET deleted_at = now() WHERE id = :id'),  # noqa: S608
        {"id": row["id"]},
    )
