"""Whether an event's schedule is public, and the fingerprint of everything in it, in one query."""

import re
from dataclasses import dataclass

from openevent.adapters.database import Rows
from openevent.adapters.schema import Schema
from openevent.rights.events import Event, event_fields, is_living_event
from openevent.rights.identity import database_id

# Names that an event can have: an id, or an identifier, which is 8 characters or a UUID.
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)

# Tables of an event whose rows are in its schedule, and the one that links two of them.
_TABLES = ("sessions", "speaker", "tracks", "microlocations", "session_types")
_LINKS = "speakers_sessions"

# Open Event's value for an event whose schedule is not published, beside null.
_NEVER = "timestamptz '1970-01-01 00:00:00+00'"


@dataclass(frozen=True, slots=True)
class Published:
    """An event whose schedule is public; another `fingerprint` if anything in it has changed."""

    event: Event
    fingerprint: str


def find_published(session: Rows, name: str) -> Published | None:
    """Return the event of the id or identifier `name`, if everyone may see its schedule.

    Its state is `published`, its privacy `public`, and its schedule was published
    (`schedule_published_on` is neither null nor the beginning of 1970). None for all other events,
    and for names that no event has. Sends one statement, or none.
    """
    if not _NAME.fullmatch(name):
        return None
    schema = session.schema
    shown = f"CASE WHEN {_is_public(schema)} THEN {_fingerprint(schema)} END AS fingerprint"
    query = f"SELECT {event_fields(schema)}, {shown} FROM events WHERE {is_living_event(schema)}"  # noqa: S608 - names of this module
    event_id = database_id(name)
    if event_id is None:
        rows = session.rows(f"{query} AND identifier = %s", name)
    else:
        # A number is an id first, also if the event of that id is not public.
        by_id = f"{query} AND (id = %s OR identifier = %s) ORDER BY id = %s DESC LIMIT 1"
        rows = session.rows(by_id, event_id, name, event_id)
    if not rows:
        return None
    *event, fingerprint = rows[0]
    return None if fingerprint is None else Published(Event(*event), fingerprint)


def _is_public(schema: Schema) -> str:
    schema.require("events", "state", "privacy", "schedule_published_on")
    return (
        "state::text = 'published' AND privacy::text = 'public'"
        f" AND schedule_published_on IS NOT NULL AND schedule_published_on <> {_NEVER}"
    )


def _fingerprint(schema: Schema) -> str:
    """Return the SQL of a text that is another one after every change.

    It counts the rows and adds up hashes of their versions. PostgreSQL names a version by its place
    in the table (`ctid`) and the transaction that wrote it (`xmin`), and a change writes another
    one. So it notices deletions, and changes of tables without any time of change, and reads no
    text. Changes of other columns of these rows change it too, and the same schedule is made again.
    """
    parts = [_version("events")]
    parts += [
        _versions(table, f"{table}.event_id = events.id")
        for table in _TABLES
        if schema.has(table, "event_id")
    ]
    if schema.has(_LINKS, "session_id") and schema.has("sessions"):
        of_event = "SELECT sessions.id FROM sessions WHERE sessions.event_id = events.id"
        parts.append(_versions(_LINKS, f"{_LINKS}.session_id IN ({of_event})"))
    return f"concat_ws(' ', {', '.join(parts)})"


def _versions(table: str, condition: str) -> str:
    hashed = f"sum(hashtextextended({_version(table)}, 0))"
    return f"(SELECT concat_ws(':', count(*), {hashed}) FROM {table} WHERE {condition})"  # noqa: S608 - names of this module


def _version(table: str) -> str:
    return f"concat_ws(':', {table}.ctid, {table}.xmin)"
