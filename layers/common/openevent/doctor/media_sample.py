"""A sample of the media addresses in the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.types import JSON

from openevent.adapters.database import Session
from openevent.catalogue.event_tables import EVENT_TABLES
from openevent.catalogue.table import EVENTS
from openevent.rights.events import Event

# Newest rows of each column from which addresses are taken.
ROWS = 50


@dataclass(frozen=True, slots=True)
class Sampled:
    """An address of a media file, and the event that it belongs to."""

    address: str
    event: Event


def sample(session: Session) -> list[Sampled]:
    """Return addresses of the newest rows of each column with media of events."""
    return [
        Sampled(row.address, Event(row.id, row.identifier, "", None))
        for query in _queries(session)
        for row in session.connection.execute(query)
    ]


def _queries(session: Session) -> Iterator[Select[tuple[str, int, str]]]:
    schema = session.schema
    events, identifier = schema["events"], schema.column("events", "identifier")
    for declared in EVENT_TABLES:
        table = schema.find(declared.name)
        column = "id" if declared.name == EVENTS else "event_id"
        if table is None or column not in table.c:
            continue
        for name in declared.media:
            if name not in table.c or isinstance(table.c[name].type, JSON):
                continue
            address = table.c[name]
            own = table if table is events else table.join(events, events.c.id == table.c[column])
            yield (
                select(address.label("address"), events.c.id, identifier.label("identifier"))
                .select_from(own)
                .where(address.is_not(None), func.trim(address) != "")
                .order_by(table.c.id.desc())
                .limit(ROWS)
            )
