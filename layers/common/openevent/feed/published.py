"""Whether an event's schedule is public, and the fingerprint of everything in it, in one query."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
)

from openevent.adapters.database import Session
from openevent.rights.event_query import select_events
from openevent.rights.events import Event
from openevent.rights.identity import database_id

# Names that an event can have: an id, or an identifier, which is 8 characters or a UUID.
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)

# Tables of an event whose rows are in its schedule, and the one that links two of them.
_TABLES = ("sessions", "speaker", "tracks", "microlocations", "session_types")
_LINKS = "speakers_sessions"

# Open Event's value for an event whose schedule is not published, beside null.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Published:
    """An event whose schedule is public; another `fingerprint` if anything in it has changed."""

    event: Event
    fingerprint: str


def find_published(session: Session, name: str) -> Published | None:
    """Return the event of the id or identifier `name`, if everyone may see its schedule.

    Its state is `published`, its privacy `public`, and its schedule was published
    (`schedule_published_on` is neither null nor the beginning of 1970). None for all other events,
    and for names that no event has. Sends one statement, or none.
    """
    if not _NAME.fullmatch(name):
        return None
    events, identifier = session.schema["events"], session.schema.column("events", "identifier")
    shown = case((_is_public(session), _fingerprint(session)), else_=null()).label("fingerprint")
    query = select_events(session.schema).add_columns(shown)
    event_id = database_id(name)
    if event_id is None:
        query = query.where(identifier == name)
    else:
        # A number is an id first, also if the event of that id is not public.
        by_id = events.c.id == event_id
        query = query.where(or_(by_id, identifier == name)).order_by(by_id.desc()).limit(1)
    row = session.connection.execute(query).first()
    if row is None or row.fingerprint is None:
        return None
    return Published(Event(*row[:-1]), row.fingerprint)


def _is_public(session: Session) -> ColumnElement[bool]:
    column = session.schema.column
    published_on = column("events", "schedule_published_on")
    return and_(
        cast(column("events", "state"), Text) == "published",
        cast(column("events", "privacy"), Text) == "public",
        published_on.is_not(None),
        published_on != _NEVER,
    )


def _fingerprint(session: Session) -> ColumnElement[str]:
    """Return the SQL of a text that is another one after every change.

    It counts the rows and adds up hashes of their versions. PostgreSQL names a version by its place
    in the table (`ctid`) and the transaction that wrote it (`xmin`), and a change writes another
    one. So it notices deletions, and changes of tables without any time of change, and reads no
    text. Changes of other columns of these rows change it too, and the same schedule is made again.
    """
    schema = session.schema
    events, sessions = schema["events"], schema.find("sessions")
    parts: list[ColumnElement[Any]] = [literal_column("concat_ws(':', events.ctid, events.xmin)")]
    for name in _TABLES:
        table = schema.find(name)
        if table is not None and "event_id" in table.c:
            parts.append(_versions(table, table.c.event_id == events.c.id, events))
    links = schema.find(_LINKS)
    if links is not None and sessions is not None and "session_id" in links.c:
        of_event = select(sessions.c.id).where(sessions.c.event_id == events.c.id)
        parts.append(_versions(links, links.c.session_id.in_(of_event.correlate(events)), events))
    return func.concat_ws(" ", *parts)


def _versions(table: Table, condition: ColumnElement[bool], events: Table) -> ColumnElement[Any]:
    version = literal_column(f"concat_ws(':', {table.name}.ctid, {table.name}.xmin)", Text)
    hashed = func.sum(func.hashtextextended(version, literal_column("0")))
    sums = select(func.concat_ws(":", func.count(), hashed)).select_from(table)
    return sums.where(condition).correlate(events).scalar_subquery()
