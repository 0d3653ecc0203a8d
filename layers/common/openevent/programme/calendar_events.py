"""Events of a calendar, by their properties, which iCalendar and xCal write each in its way. Pure.

The properties are those of RFC 5545, 3.8. DTSTAMP is the time of the last change, so that an
unchanged programme gives the same bytes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from openevent.programme.language import language_tag
from openevent.programme.model import Programme, Session

# Years from the first moment in which times are local; later ones, and those before 1970, are in
# UTC. They are typing errors, and a VTIMEZONE of thousands of years would name every change of
# clocks in them.
_YEARS = 30
_FIRST_YEAR = 1970


class Kind(StrEnum):
    """Types of values, by their names in xCal; `GEO` has two numbers, latitude and longitude."""

    TEXT = "text"
    MOMENT = "date-time"
    ADDRESS = "uri"
    NUMBER = "integer"
    GEO = "geo"
    DURATION = "duration"
    OFFSET = "utc-offset"


Value = str | int | float | datetime


class Property(NamedTuple):
    """A property of a calendar or of something in it: its name, and its values.

    Moments are in UTC, or have the programme's zone: then they are local, as those without a zone
    are. `language`: of a text.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...]
    language: str | None = None


class Clock:
    """Moments of a programme, local in the years of its VTIMEZONE and in UTC outside of them.

    Also in UTC is what a local time cannot say. `years`: the first and the last year of the
    VTIMEZONE; None if no moment is local.
    """

    def __init__(self, programme: Programme) -> None:
        """Look at all moments of the programme."""
        self._zone = programme.zone
        sessions = list(programme.sessions())
        moments = [moment for one in sessions for moment in (one.starts, one.ends)]
        found = sorted(moment.year for moment in moments or [programme.starts, programme.ends])
        first = max(found[0], _FIRST_YEAR)
        within = [year for year in found if first <= year < first + _YEARS]
        self.years = (first, within[-1]) if within and self._zone.key != "UTC" else None

    def at(self, moment: datetime) -> datetime:
        """Return the moment in the programme's zone, or in UTC."""
        if self.years is None or not self.years[0] <= moment.year <= self.years[1]:
            return moment.astimezone(UTC)
        local = moment.astimezone(self._zone)
        # In an hour that clocks show twice, readers disagree about which of the two is meant.
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return moment.astimezone(UTC) if is_twice else local


def calendar_events(programme: Programme) -> Iterator[list[Property]]:
    """Yield the properties of each event of the calendar, one for each session.

    A programme without sessions is the event itself, so that its dates are shown.
    """
    clock = Clock(programme)
    sessions = list(programme.sessions())
    for session in sessions:
        yield list(_of_session(programme, session, clock))
    if not sessions:
        yield list(_of_event(programme, clock))


def _of_session(programme: Programme, session: Session, clock: Clock) -> Iterator[Property]:
    yield _text("uid", session.guid)
    yield _moment("dtstamp", session.modified)
    yield from _times(clock, session.starts, session.ends)
    language = language_tag(session.language)
    yield _text("summary", session.title, language=language)
    if text := describe(session):
        yield _text("description", text, language=language)
    yield _text("location", ", ".join(filter(None, (session.room.name, programme.location))))
    if programme.coordinates is not None:
        yield Property("geo", Kind.GEO, programme.coordinates)
    yield Property("url", Kind.ADDRESS, (session.url,))
    if named := [name for name in (session.track and session.track.name, session.kind) if name]:
        yield _text("categories", *named)
    for link in session.slides:
        yield Property("attach", Kind.ADDRESS, (link.url,))
    yield _text("status", "CONFIRMED")
    yield Property("sequence", Kind.NUMBER, (session.sequence,))
    if session.created is not None:
        yield _moment("created", session.created)
    yield _moment("last-modified", session.modified)


def _of_event(programme: Programme, clock: Clock) -> Iterator[Property]:
    yield _text("uid", programme.guid)
    yield _moment("dtstamp", programme.modified)
    yield from _times(clock, programme.starts, programme.ends)
    yield _text("summary", programme.title)
    if programme.description:
        yield _text("description", programme.description)
    if programme.location:
        yield _text("location", programme.location)
    if programme.coordinates is not None:
        yield Property("geo", Kind.GEO, programme.coordinates)
    yield Property("url", Kind.ADDRESS, (programme.site.page,))
    yield _text("status", "CONFIRMED")
    # It takes no time: calendars show it beside a person's appointments.
    yield _text("transp", "TRANSPARENT")
    yield _moment("last-modified", programme.modified)


def _times(clock: Clock, starts: datetime, ends: datetime) -> Iterator[Property]:
    """Yield the times; no DTEND if it is equal to DTSTART, which RFC 5545 forbids."""
    yield _moment("dtstart", clock.at(starts))
    if ends > starts:
        yield _moment("dtend", clock.at(ends))


def _text(name: str, *values: str, language: str | None = None) -> Property:
    return Property(name, Kind.TEXT, values, language or None)


def _moment(name: str, moment: datetime) -> Property:
    return Property(name, Kind.MOMENT, (moment,))


def moment_text(value: Value) -> str:
    """Return a moment as xCal has it: what a clock shows, and a `Z` if that is in UTC."""
    if not isinstance(value, datetime):
        raise TypeError(value)
    clock = value.replace(tzinfo=None).isoformat()
    return f"{clock}Z" if value.tzinfo is UTC else clock


def describe(session: Session) -> str:
    """Return a session's subtitle, speakers, text and links, for people who read a calendar."""
    speakers = ", ".join(person.name for person in session.persons)
    links = "\n".join(f"{link.title}: {link.url}" for link in (*session.slides, *session.links))
    parts = (session.subtitle, speakers, session.description or session.abstract, links)
    return "\n\n".join(filter(None, parts))
