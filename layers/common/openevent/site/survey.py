"""Survey of an event's kept rows: what is shown, in which order, and by which names. Pure.

It remembers little of each row, so that the texts of thousands stay on the disk.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from openevent.catalogue.colors import rgb
from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.table import Only
from openevent.catalogue.zones import find_zone
from openevent.programme.days import date_of
from openevent.programme.texts import line_of
from openevent.site.kept import Kept, KeptRows
from openevent.site.model import Place
from openevent.site.values import moment, number

# Files whose rows the pages show.
FILES = frozenset(
    {
        *("event", "microlocations", "sessions", "speakers", "sponsors", "tracks"),
        *("session_types", "speakers_sessions", "tickets", "social_links", "faqs", "faq_types"),
        "copyrights",
    }
)

# States of the sessions that anyone may know of.
_RULE = TABLES["sessions"].public_rows
SHOWN_STATES = frozenset(_RULE.values if isinstance(_RULE, Only) else ())


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that is shown: where its row is kept, and what lists need of it.

    `day`: None without a start. `size`: characters of its texts.
    """

    id: int
    place: int
    title: str
    day: date | None
    starts: datetime | None
    ends: datetime | None
    room: int
    track: int
    size: int


@dataclass(frozen=True, slots=True)
class Named:
    """A speaker who is shown: where the row is kept, and the name."""

    id: int
    place: int
    name: str
    order: int
    size: int


class Survey:
    """The parts of an event that are shown.

    They are `zone`, `event`, `rooms`, `tracks`, `kinds`, `entries` and `speakers`. Rooms, tracks,
    kinds of sessions and speakers are by id, in their order. `entries` are by time, those without a
    start last. `zone` is UTC if programs do not know the name of the event's time zone.
    """

    def __init__(self, rows: KeptRows) -> None:
        """Look at each row once."""
        self.rows = rows
        self.event = next(rows.rows("event"), Kept({}, (), 0))
        self.zone = find_zone(self.event.values.get("timezone"))[0] or ZoneInfo("UTC")
        self.rooms = self._rooms()
        self.tracks = self._tracks()
        self.kinds = {
            number(kept.values.get("id")): line_of(kept.values.get("name"))
            for kept in rows.rows("session_types")
        }
        self.entries = self._entries()
        shown = {entry.id for entry in self.entries}
        self._linked: dict[int, list[int]] = defaultdict(list)
        of_speakers: dict[int, list[int]] = defaultdict(list)
        for kept in rows.rows("speakers_sessions"):
            session = number(kept.values.get("session_id"))
            if session in shown:
                self._linked[session].append(number(kept.values.get("speaker_id")))
                of_speakers[number(kept.values.get("speaker_id"))].append(session)
        self.speakers = self._speakers(of_speakers.keys())
        self._titles = {entry.id: entry for entry in self.entries}
        self._sessions = of_speakers

    def speakers_of(self, session: int) -> Sequence[Named]:
        """Return the speakers of a session, in their order."""
        linked = set(self._linked.get(session, ()))
        found = [self.speakers[one] for one in linked if one in self.speakers]
        return sorted(found, key=lambda one: (one.order, *_by_name(one)))

    def sessions_of(self, speaker: int) -> Sequence[Entry]:
        """Return the sessions of a speaker, by time."""
        found = [self._titles[one] for one in set(self._sessions.get(speaker, ()))]
        return sorted(found, key=_by_time)

    def find(self, session: int) -> Entry | None:
        """Return a session that is shown; None if it is not."""
        return self._titles.get(session)

    def _rooms(self) -> dict[int, Place]:
        found = sorted(self.rows.rows("microlocations"), key=_by_position)
        rooms = {}
        for kept in found:
            id_ = number(kept.values.get("id"))
            floor = kept.values.get("floor")
            note = f"floor {floor}" if isinstance(floor, int) and floor else ""
            name = line_of(kept.values.get("name")) or f"Room {id_}"
            rooms[id_] = Place(id_, f"room-{id_}", name, note)
        return rooms

    def _tracks(self) -> dict[int, Place]:
        tracks = {}
        for kept in sorted(self.rows.rows("tracks"), key=_by_position):
            id_ = number(kept.values.get("id"))
            typed = kept.values.get("color")
            color = rgb(typed) if isinstance(typed, str) else None
            hexadecimal = None if color is None else "#{:02x}{:02x}{:02x}".format(*color)
            name = line_of(kept.values.get("name")) or f"Track {id_}"
            note = line_of(kept.values.get("description"))
            tracks[id_] = Place(id_, f"track-{id_}", name, note, hexadecimal)
        return tracks

    def _entries(self) -> list[Entry]:
        found = []
        for kept in self.rows.rows("sessions"):
            values = kept.values
            if values.get("state") not in SHOWN_STATES:
                continue
            id_ = number(values.get("id"))
            starts = moment(values.get("starts_at"))
            ends = moment(values.get("ends_at"))
            found.append(
                Entry(
                    id=id_,
                    place=kept.place,
                    title=line_of(values.get("title")) or f"Session {id_}",
                    day=None if starts is None else date_of(starts, self.zone),
                    starts=starts,
                    ends=None if starts is None or ends is None else max(starts, ends),
                    room=number(values.get("microlocation_id")),
                    track=number(values.get("track_id")),
                    size=_length(values.get("short_abstract"), values.get("long_abstract")),
                )
            )
        places = {room: place for place, room in enumerate(self.rooms)}
        found.sort(key=lambda one: (*_by_time(one)[:2], places.get(one.room, len(places)), one.id))
        return found

    def _speakers(self, shown: Collection[int]) -> dict[int, Named]:
        found = []
        for kept in self.rows.rows("speakers"):
            id_ = number(kept.values.get("id"))
            if id_ not in shown:
                continue
            name = line_of(kept.values.get("name")) or f"Speaker {id_}"
            size = _length(kept.values.get("short_biography"), kept.values.get("long_biography"))
            found.append(Named(id_, kept.place, name, number(kept.values.get("order")), size))
        found.sort(key=_by_name)
        return {one.id: one for one in found}


def _by_time(entry: Entry) -> tuple[bool, float, int]:
    return entry.starts is None, entry.starts.timestamp() if entry.starts else 0.0, entry.id


def _by_name(speaker: Named) -> tuple[str, int]:
    return speaker.name.casefold(), speaker.id


def _by_position(kept: Kept) -> tuple[int, int]:
    return number(kept.values.get("position")), number(kept.values.get("id"))


def _length(*values: object) -> int:
    return sum(len(value) for value in values if isinstance(value, str))
