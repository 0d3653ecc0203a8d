"""Reads the programme of an event from the database, in at most four statements."""

from collections.abc import Sequence

from openevent.adapters.database import Rows
from openevent.adapters.shape import shape_of
from openevent.catalogue.privacy import Privacy, withheld_columns
from openevent.catalogue.shape import ColumnType
from openevent.catalogue.sql_text import by_characters, name, quoted
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

_SESSIONS, _SPEAKERS, _LINKS = "sessions", "speaker", "speakers_sessions"
_TRACKS, _ROOMS, _KINDS = "tracks", "microlocations", "session_types"


def read_programme(session: Rows, event: Event, privacy: Privacy, site: Site) -> Programme:
    """Read the programme of the event: its accepted and confirmed sessions that have their times.

    Neither soft-deleted rows nor values that `privacy` withholds are in it.
    """
    return _Reader(session, event, privacy).read(site)


class _Reader:
    """Reads the rows of one event's programme. Tables and columns may be missing."""

    def __init__(self, session: Rows, event: Event, privacy: Privacy) -> None:
        self._session = session
        self._shape = shape_of(session.schema)
        self._event = event
        self._privacy = privacy

    def read(self, site: Site) -> Programme:
        self._session.schema.require("events")
        (event,) = self._rows(
            self._columns("events", _EVENT), f"events WHERE id = {int(self._event.id)}"
        )
        return make_programme(
            event,
            sessions=self._sessions(),
            speakers=self._speakers(),
            tracks=self._tracks(),
            site=site,
        )

    def _sessions(self) -> Sequence[Values]:
        if not self._has_sessions():
            return ()
        selected = self._columns(_SESSIONS, _SESSION)
        source = _SESSIONS
        for table, column, prefix, names in (
            (_ROOMS, "microlocation_id", "room_", ("id", "name", "position")),
            (_KINDS, "session_type_id", "session_type_", ("name",)),
        ):
            is_joined = self._has(_SESSIONS, column) and self._has(table, "id")
            selected |= self._columns(table if is_joined else None, names, prefix=prefix)
            if is_joined:
                belongs = f"{_SESSIONS}.{column} = {table}.id AND {self._is_living(table)}"
                source += f" LEFT JOIN {table} ON {belongs}"
        order = f"{_SESSIONS}.starts_at, {_SESSIONS}.id"
        return self._rows(selected, f"{source} WHERE {self._is_shown()} ORDER BY {order}")

    def _speakers(self) -> Sequence[Values]:
        if not (self._has_sessions() and _SPEAKERS in self._shape and _LINKS in self._shape):
            return ()
        selected = {**self._columns(_SPEAKERS, _SPEAKER), "session_id": f"{_LINKS}.session_id"}
        order = [
            self._sorted(_SPEAKERS, column)
            for column in ("order", "name", "id")
            if self._has(_SPEAKERS, column)
        ]
        return self._rows(
            selected,
            f"{_LINKS} JOIN {_SPEAKERS} ON {_SPEAKERS}.id = {_LINKS}.speaker_id"
            f" JOIN {_SESSIONS} ON {_SESSIONS}.id = {_LINKS}.session_id"
            f" WHERE {self._is_living(_SPEAKERS)} AND {self._is_shown()}"
            f" ORDER BY {', '.join(order)}",
        )

    def _tracks(self) -> Sequence[Values]:
        if not self._has(_TRACKS, "id"):
            return ()
        order = [name(_TRACKS, one) for one in ("position", "id") if self._has(_TRACKS, one)]
        return self._rows(
            self._columns(_TRACKS, _TRACK),
            f"{_TRACKS} WHERE {self._is_living(_TRACKS)} ORDER BY {', '.join(order)}",
        )

    def _has(self, table: str, column: str) -> bool:
        return table in self._shape and column in self._shape[table].columns

    def _has_sessions(self) -> bool:
        """Return whether the database can say which sessions take place, and when."""
        return _SESSIONS in self._shape and self._shape[_SESSIONS].columns.keys() >= _DECIDING

    def _is_shown(self) -> str:
        """Return the condition of sessions that take place and have their times."""
        states = ", ".join(quoted(state) for state in SHOWN_STATES)
        return (
            f"{self._is_living(_SESSIONS)} AND {_SESSIONS}.state::text IN ({states})"
            f" AND {_is_readable(f'{_SESSIONS}.starts_at')}"
            f" AND {_is_readable(f'{_SESSIONS}.ends_at')}"
        )

    def _is_living(self, table: str) -> str:
        """Return the condition of rows of the event that are not soft-deleted."""
        conditions = ["true"]
        if self._has(table, "event_id"):
            conditions.append(f"{table}.event_id = {int(self._event.id)}")
        if self._has(table, "deleted_at"):
            conditions.append(f"{table}.deleted_at IS NULL")
        return " AND ".join(conditions)

    def _columns(
        self, table: str | None, names: Sequence[str], *, prefix: str = ""
    ) -> dict[str, str]:
        """Return by key the SQL of each value; null for what is missing or withheld."""
        values = dict.fromkeys((f"{prefix}{column}" for column in names), "NULL")
        if table is not None and table in self._shape:
            live = self._shape[table].columns
            found = [column for column in names if column in live]
            withheld = withheld_columns(
                self._privacy, table, {column: live[column].carries_text for column in found}
            )
            for column in found:
                if column not in withheld:
                    values[f"{prefix}{column}"] = self._value(table, column)
        return values

    def _value(self, table: str, column: str) -> str:
        value = f"{table}.{column}"
        is_moment = self._shape[table].columns[column].type is ColumnType.TIMESTAMP
        return f"CASE WHEN {_is_readable(value)} THEN {value} END" if is_moment else value

    def _sorted(self, table: str, column: str) -> str:
        is_text = self._shape[table].columns[column].type is ColumnType.TEXT
        return by_characters(name(table, column)) if is_text else name(table, column)

    def _rows(self, selected: dict[str, str], source: str) -> Sequence[Values]:
        """Return the rows of FROM `source`, each by the keys of what is selected."""
        rows = self._session.rows(f"SELECT {', '.join(selected.values())} FROM {source}")  # noqa: S608 - names of this module
        return [dict(zip(selected, row, strict=True)) for row in rows]


def _is_readable(value: str) -> str:
    return f"({value} >= timestamp '{_FIRST}' AND {value} < timestamp '{_AFTER_LAST}')"
