"""Reads the programme of an event from the database, in at most four statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    cast,
    collate,
    literal_column,
    null,
    select,
    true,
)

from openevent.adapters.database import Session
from openevent.adapters.shape import shape_of
from openevent.catalogue.privacy import Privacy, withheld_columns
from openevent.catalogue.shape import ColumnType
from openevent.programme.make import Values, make_programme
from openevent.programme.model import Programme, Site
from openevent.rights.events import Event

# States of sessions that take place: the catalogue's rule for sessions of a public archive.
SHOWN_STATES = ("accepted", "confirmed")

# Within these, a moment and the days around it can be written in every time zone.
_FIRST, _AFTER_LAST = "0002-01-01", "9998-01-01"

_EVENT = (
    *("id", "identifier", "name", "description", "location_name", "latitude", "longitude"),
    *("timezone", "starts_at", "ends_at", "logo_url", "created_at", "schedule_published_on"),
)
_SESSION = (
    *("id", "title", "subtitle", "short_abstract", "long_abstract", "language", "starts_at"),
    *("ends_at", "track_id", "slides_url", "slides", "video_url", "audio_url", "signup_url"),
    *("website", "twitter", "facebook", "github", "linkedin", "instagram", "gitlab", "mastodon"),
    *("created_at", "last_modified_at"),
)
_DECIDING = {"id", "event_id", "state", "starts_at", "ends_at"}
_SPEAKER = ("id", "name", "short_biography", "long_biography", "photo_url", "website")
_TRACK = ("id", "name", "color")


def read_programme(session: Session, event: Event, privacy: Privacy, site: Site) -> Programme:
    """Read the programme of the event: its accepted and confirmed sessions that have their times.

    Neither soft-deleted rows nor values that `privacy` withholds are in it.
    """
    return _Reader(session, event, privacy).read(site)


class _Reader:
    """Reads the rows of one event's programme. Tables and columns may be missing."""

    def __init__(self, session: Session, event: Event, privacy: Privacy) -> None:
        self._session = session
        self._schema = session.schema
        self._shape = shape_of(session.schema)
        self._event = event
        self._privacy = privacy

    def read(self, site: Site) -> Programme:
        events = self._schema["events"]
        (event,) = self._rows(
            select(*self._columns(events, _EVENT)).where(events.c.id == self._event.id)
        )
        return make_programme(
            event,
            sessions=self._sessions(),
            speakers=self._speakers(),
            tracks=self._tracks(),
            site=site,
        )

    def _sessions(self) -> Sequence[Values]:
        sessions = self._table_of_sessions()
        if sessions is None:
            return ()
        rooms = self._joined("microlocations", sessions, "microlocation_id")
        kinds = self._joined("session_types", sessions, "session_type_id")
        selected = [
            *self._columns(sessions, _SESSION),
            *self._columns(rooms, ("id", "name", "position"), prefix="room_"),
            *self._columns(kinds, ("name",), prefix="session_type_"),
        ]
        joined: Any = sessions
        for table, column in ((rooms, "microlocation_id"), (kinds, "session_type_id")):
            if table is not None:
                belongs = and_(sessions.c[column] == table.c.id, self._is_living(table))
                joined = joined.outerjoin(table, belongs)
        query = select(*selected).select_from(joined).where(self._is_shown(sessions))
        return self._rows(query.order_by(sessions.c.starts_at, sessions.c.id))

    def _speakers(self) -> Sequence[Values]:
        sessions = self._table_of_sessions()
        speakers, links = map(self._schema.find, ("speaker", "speakers_sessions"))
        if sessions is None or speakers is None or links is None:
            return ()
        order = (
            _sorted(speakers.c[name]) for name in ("order", "name", "id") if name in speakers.c
        )
        return self._rows(
            select(*self._columns(speakers, _SPEAKER), links.c.session_id)
            .select_from(links)
            .join(speakers, speakers.c.id == links.c.speaker_id)
            .join(sessions, sessions.c.id == links.c.session_id)
            .where(self._is_living(speakers), self._is_shown(sessions))
            .order_by(*order)
        )

    def _tracks(self) -> Sequence[Values]:
        tracks = self._schema.find("tracks")
        if tracks is None or "id" not in tracks.c:
            return ()
        order = (tracks.c[name] for name in ("position", "id") if name in tracks.c)
        return self._rows(
            select(*self._columns(tracks, _TRACK)).where(self._is_living(tracks)).order_by(*order)
        )

    def _table_of_sessions(self) -> Table | None:
        """Return the table; None if it cannot say which sessions take place, and when."""
        table = self._schema.find("sessions")
        return table if table is not None and set(table.c.keys()) >= _DECIDING else None

    def _is_shown(self, sessions: Table) -> ColumnElement[bool]:
        """Return the condition of sessions that take place and have their times."""
        return and_(
            self._is_living(sessions),
            cast(sessions.c.state, Text).in_(SHOWN_STATES),
            _is_readable(sessions.c.starts_at),
            _is_readable(sessions.c.ends_at),
        )

    def _is_living(self, table: Table) -> ColumnElement[bool]:
        """Return the condition of rows of the event that are not soft-deleted."""
        of_event = table.c.event_id == self._event.id if "event_id" in table.c else true()
        return and_(of_event, self._schema.not_deleted(table.name))

    def _joined(self, name: str, sessions: Table, column: str) -> Table | None:
        table = self._schema.find(name)
        return table if table is not None and column in sessions.c and "id" in table.c else None

    def _columns(
        self, table: Table | None, names: Sequence[str], *, prefix: str = ""
    ) -> list[ColumnElement[Any]]:
        """Return the columns with these names; null for what is missing or withheld."""
        shown: Mapping[str, Column[Any]] = {}
        if table is not None:
            live = self._shape[table.name].columns
            withheld = withheld_columns(
                self._privacy,
                table.name,
                {name: live[name].carries_text for name in names if name in live},
            )
            shown = {name: table.c[name] for name in names if name in live.keys() - withheld}
        return [
            (self._value(shown[name]) if name in shown else null()).label(f"{prefix}{name}")
            for name in names
        ]

    def _value(self, column: Column[Any]) -> ColumnElement[Any]:
        moment = self._shape[column.table.name].columns[column.name].type is ColumnType.TIMESTAMP
        return case((_is_readable(column), column), else_=null()) if moment else column

    def _rows(self, query: Select[Any]) -> Sequence[Values]:
        return [dict(row) for row in self._session.connection.execute(query).mappings()]


def _is_readable(column: Column[Any]) -> ColumnElement[bool]:
    return and_(column >= _moment(_FIRST), column < _moment(_AFTER_LAST))


def _moment(text: str) -> ColumnElement[Any]:
    return literal_column(f"timestamp '{text}'", DateTime)


def _sorted(column: Column[Any]) -> ColumnElement[Any]:
    """Sort text by the numbers of its characters, which are the same everywhere."""
    return collate(cast(column, Text), "C") if isinstance(column.type, String) else column
