"""Makes a programme of an event's rows. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from openevent.catalogue.colors import rgb
from openevent.catalogue.zones import find_zone
from openevent.programme.addresses import absolute_address
from openevent.programme.days import days_of
from openevent.programme.identity import acronym, guid, session_slug, track_slug
from openevent.programme.model import Link, Person, Programme, Room, Session, Site, Track
from openevent.programme.texts import line_of, plain_text

Values = Mapping[str, object]

STAND_IN_ROOM = "Room to be announced"

# Time of a change that no row knows.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# The largest number of RFC 5545's INTEGER.
_MOST = 2**31 - 1

# Columns of a session with addresses of pages, and the title of each; `_LINKS` has recordings, too.
SESSION_LINKS = {
    "signup_url": "Sign up",
    "website": "Website",
    "twitter": "Twitter",
    "facebook": "Facebook",
    "github": "GitHub",
    "linkedin": "LinkedIn",
    "instagram": "Instagram",
    "gitlab": "GitLab",
    "mastodon": "Mastodon",
}
_LINKS = {"video_url": "Video", "audio_url": "Audio", **SESSION_LINKS}


def make_programme(
    event: Values,
    *,
    sessions: Iterable[Values],
    speakers: Iterable[Values],
    tracks: Iterable[Values],
    site: Site,
) -> Programme:
    """Make the programme of an event.

    `sessions` have the columns of their table, and `room_…` and `session_type_…`. `speakers` have
    one row for each session of a speaker, in the order of a session's speakers.
    """
    return _Maker(event, site).programme(sessions, speakers, tracks)


class _Maker:
    """Makes the parts of one event's programme."""

    def __init__(self, event: Values, site: Site) -> None:
        self._event = event
        self._site = site
        self._root = site.root
        self._id = _number(event.get("id"))
        self._acronym = acronym(line_of(event.get("identifier")), self._id)

    def programme(
        self, sessions: Iterable[Values], speakers: Iterable[Values], tracks: Iterable[Values]
    ) -> Programme:
        event = self._event
        rows = list(sessions)
        known = {track.id: track for track in map(self._track, tracks)}
        rooms = self._rooms(rows)
        persons = self._persons(speakers)
        made = [
            self._session(
                row,
                track=known.get(_number(row.get("track_id"))),
                room=rooms[_number(row.get("room_id"))],
                persons=persons.get(_number(row.get("id")), ()),
            )
            for row in rows
        ]
        starts = _moment(event.get("starts_at")) or min(
            (one.starts for one in made), default=LONG_AGO
        )
        zone = find_zone(event.get("timezone"))[0] or ZoneInfo("UTC")
        changes = (
            *(one.modified for one in made),
            _moment(event.get("created_at")) or LONG_AGO,
            _moment(event.get("schedule_published_on")) or LONG_AGO,
        )
        return Programme(
            id=self._id,
            guid=guid(self._root, "events", self._id),
            acronym=self._acronym,
            title=line_of(event.get("name")) or self._acronym,
            description=plain_text(event.get("description")),
            location=line_of(event.get("location_name")),
            coordinates=_coordinates(event.get("latitude"), event.get("longitude")),
            zone=zone,
            starts=starts,
            ends=max(starts, _moment(event.get("ends_at")) or starts),
            logo=absolute_address(event.get("logo_url"), self._root),
            site=self._site,
            modified=max(changes),
            tracks=tuple(known.values()),
            rooms=tuple(rooms.values()),
            days=days_of(made, list(rooms.values()), zone, empty=starts),
        )

    def _session(
        self, row: Values, *, track: Track | None, room: Room, persons: Sequence[Person]
    ) -> Session:
        number = _number(row.get("id"))
        title = line_of(row.get("title")) or f"Session {number}"
        starts = _moment(row.get("starts_at")) or LONG_AGO
        created = _moment(row.get("created_at"))
        modified = _moment(row.get("last_modified_at")) or created or LONG_AGO
        age = (modified - (created or LONG_AGO)) // timedelta(seconds=1)
        abstract = plain_text(row.get("short_abstract"))
        return Session(
            id=number,
            guid=guid(self._root, "sessions", number),
            slug=session_slug(self._acronym, number, title),
            title=title,
            subtitle=line_of(row.get("subtitle")),
            kind=line_of(row.get("session_type_name")),
            track=track,
            room=room,
            starts=starts,
            ends=max(starts, _moment(row.get("ends_at")) or starts),
            language=line_of(row.get("language")),
            abstract=abstract,
            description=plain_text(row.get("long_abstract")),
            persons=tuple(persons),
            links=self._links(row),
            slides=self._slides(row),
            url=f"{self._site.page}/session/{number}",
            created=created,
            modified=modified,
            sequence=min(max(age, 0), _MOST),
        )

    def _links(self, row: Values) -> tuple[Link, ...]:
        typed = {name: row.get(name) for name in _LINKS}
        found = {
            name: absolute_address(value, self._root, site=name)
            for name, value in typed.items()
            if value
        }
        return tuple(Link(url, _LINKS[name]) for name, url in found.items() if url is not None)

    def _slides(self, row: Values) -> tuple[Link, ...]:
        """Return the slides: of the column `slides`, a list, and of `slides_url`."""
        listed = row.get("slides")
        entries = (
            [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        )
        entries.append({"link": row.get("slides_url")})
        links: dict[str, Link] = {}
        for entry in entries:
            url = absolute_address(entry.get("link"), self._root)
            if url is not None and url not in links:
                links[url] = Link(url, line_of(entry.get("name")) or "Slides")
        return tuple(links.values())

    def _rooms(self, sessions: Iterable[Values]) -> dict[int, Room]:
        """Return the rooms of the sessions by id, in their order; 0 is the stand-in."""
        rows = {_number(row.get("room_id")): row for row in sessions}
        order = sorted(
            rows,
            key=lambda room: (
                room == 0,
                _number(rows[room].get("room_position")),
                line_of(rows[room].get("room_name")),
                room,
            ),
        )
        rooms: dict[int, Room] = {}
        taken: Counter[str] = Counter()
        for room in order:
            name = line_of(rows[room].get("room_name")) or f"Room {room}"
            if room == 0:
                name = STAND_IN_ROOM
            taken[name] += 1
            while taken[name] > 1:
                name = f"{name} ({taken[name]})"
                taken[name] += 1
            rooms[room] = Room(room, self._room_guid(room), name)
        return rooms

    def _room_guid(self, room: int) -> str:
        kind = "microlocations" if room else f"events/{self._id}/microlocations"
        return guid(self._root, kind, room)

    def _persons(self, speakers: Iterable[Values]) -> dict[int, list[Person]]:
        """Return the speakers of each session, by its id."""
        persons: dict[int, Person] = {}
        found: dict[int, list[Person]] = {}
        for row in speakers:
            number = _number(row.get("id"))
            if number not in persons:
                persons[number] = self._person(number, row)
            found.setdefault(_number(row.get("session_id")), []).append(persons[number])
        return found

    def _person(self, number: int, row: Values) -> Person:
        return Person(
            id=number,
            guid=guid(self._root, "speakers", number),
            name=line_of(row.get("name")) or f"Speaker {number}",
            biography=plain_text(row.get("long_biography"))
            or plain_text(row.get("short_biography")),
            photo=absolute_address(row.get("photo_url"), self._root),
            url=absolute_address(row.get("website"), self._root),
        )

    def _track(self, row: Values) -> Track:
        number = _number(row.get("id"))
        name = line_of(row.get("name")) or f"Track {number}"
        typed = row.get("color")
        color = rgb(typed) if isinstance(typed, str) else None
        return Track(
            id=number,
            name=name,
            color=None if color is None else "#{:02x}{:02x}{:02x}".format(*color),
            slug=track_slug(number, name),
        )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _moment(value: object) -> datetime | None:
    """Return a moment in UTC, in whole seconds; None if the value is none."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=value.tzinfo or UTC, microsecond=0).astimezone(UTC)


def _coordinates(latitude: object, longitude: object) -> tuple[float, float] | None:
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    place = float(latitude), float(longitude)
    on_earth = abs(place[0]) <= 90 and abs(place[1]) <= 180  # noqa: PLR2004 - degrees
    return place if on_earth and all(map(math.isfinite, place)) else None
