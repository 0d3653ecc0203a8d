"""Model of a programme: an event's days, rooms and sessions, as every format tells them. Pure.

Text is plain, without characters that a format forbids. Addresses are absolute http or https
addresses. Moments are whole seconds, in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    """Addresses of the server, without a slash at the end, and of the event's public page."""

    root: str
    page: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address and its title, which is not empty."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Person:
    """A speaker."""

    id: int
    guid: str
    name: str
    biography: str
    photo: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Track:
    """A track. `color`: `#rrggbb`."""

    id: int
    name: str
    color: str | None
    slug: str


@dataclass(frozen=True, slots=True)
class Room:
    """A room; no two of a programme have the same name. `id` is 0 for the stand-in room."""

    id: int
    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that takes place.

    `guid` and `slug` stay the same for the session's whole life, `slug` as long as its title does.
    `kind`: the name of its session type. `language`: as a person typed it. `sequence` and
    `modified` grow with each change. Text that is absent is empty.
    """

    id: int
    guid: str
    slug: str
    title: str
    subtitle: str
    kind: str
    track: Track | None
    room: Room
    starts: datetime
    ends: datetime
    language: str
    abstract: str
    description: str
    persons: tuple[Person, ...]
    links: tuple[Link, ...]
    slides: tuple[Link, ...]
    url: str
    created: datetime | None
    modified: datetime
    sequence: int

    @property
    def duration(self) -> timedelta:
        """Length of the session, not negative."""
        return self.ends - self.starts


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a programme, from the change of day to the next one, and its rooms in their order.

    `index`: its number, from 1. A room without sessions on this day is omitted.
    """

    index: int
    date: date
    starts: datetime
    ends: datetime
    rooms: tuple[tuple[Room, tuple[Session, ...]], ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """The programme of one event; it has at least one day.

    `acronym`: a short name in lower case that stays the same. `zone`: of the event's clocks; UTC
    if its time zone is unknown. `modified`: time of the last change.
    """

    id: int
    guid: str
    acronym: str
    title: str
    description: str
    location: str
    coordinates: tuple[float, float] | None
    zone: ZoneInfo
    starts: datetime
    ends: datetime
    logo: str | None
    site: Site
    modified: datetime
    tracks: tuple[Track, ...]
    rooms: tuple[Room, ...]
    days: tuple[Day, ...]

    def sessions(self) -> Iterator[Session]:
        """Yield all sessions, day by day and room by room."""
        for day in self.days:
            for _, sessions in day.rooms:
                yield from sessions

    def local(self, moment: datetime) -> datetime:
        """Return `moment` as clocks at the event show it, with its offset then in whole minutes.

        Before there were time zones, clocks differed by seconds, which no format can say.
        """
        offset = moment.astimezone(self.zone).utcoffset() or timedelta()
        minutes = timezone(timedelta(minutes=offset // timedelta(minutes=1)))
        return moment.astimezone(minutes)
