"""A sample of the media addresses in the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from openevent.adapters.database import Rows
from openevent.adapters.schema import Schema
from openevent.catalogue.event_tables import EVENT_TABLES
from openevent.catalogue.sql_text import name
from openevent.catalogue.table import EVENTS
from openevent.rights.events import Event

# Newest rows of each column from which addresses are taken.
ROWS = 50

# Types of columns with addresses inside of documents.
_JSON = ("json", "jsonb")


@dataclass(frozen=True, slots=True)
class Sampled:
    """An address of a media file, and the event that it belongs to."""

    address: str
    event: Event


def sample(session: Rows) -> list[Sampled]:
    """Return addresses of the newest rows of each column with media of events."""
    return [
        Sampled(address, Event(event_id, identifier, "", None))
        for query in _queries(session.schema)
        for address, event_id, identifier in session.rows(query)
    ]


def _queries(schema: Schema) -> Iterator[str]:
    schema.require("events", "id", "identifier")
    for declared in EVENT_TABLES:
        table = declared.name
        column = "id" if table == EVENTS else "event_id"
        if not schema.has(table, column):
            continue
        own = name(table)
        if table != EVENTS:
            own += f" JOIN events ON events.id = {name(table, column)}"
        for media in declared.media:
            if not schema.has(table, media) or schema.column(table, media).type in _JSON:
                continue
            address = name(table, media)
            yield (
                f"SELECT {address}, events.id, events.identifier FROM {own}"  # noqa: S608 - quoted
                f" WHERE {address} IS NOT NULL AND trim({address}) <> ''"
                f" ORDER BY {name(table, 'id')} DESC LIMIT {ROWS}"
            )
