"""Writes a programme as iCalendar (RFC 5545, with the properties of RFC 7986 for calendars).

Times are local, with a VTIMEZONE that has the offsets of their years. DTSTAMP is the time of the
last change, so that an unchanged programme gives the same bytes.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from openevent.programme.language import language_tag
from openevent.programme.model import Programme, Session
from openevent.programme.observances import observances

if TYPE_CHECKING:
    from icalendar import Calendar, Timezone
    from icalendar import Event as CalendarEvent

PRODUCT = "-//FOSSASIA//Open Event serverless functions//EN"

# How often clients may ask again (RFC 7986, REFRESH-INTERVAL).
REFRESH, REFRESH_TEXT = timedelta(hours=1), "PT1H"

# Years from the first moment in which times are local; later ones, and those before 1970, are in
# UTC. They are typing errors, and a VTIMEZONE of thousands of years would name every change of
# clocks in them.
_YEARS = 30
_FIRST_YEAR = 1970


def write_ical(programme: Programme) -> str:
    """Return the programme as a text of iCalendar.

    A programme without sessions is the event itself, so that its dates are shown.
    """
    made: bytes = make_calendar(programme).to_ical(sorted=False)
    return made.decode()


def make_calendar(programme: Programme) -> "Calendar":
    """Make the calendar of a programme."""
    # Only these formats need it, and it takes 50 ms to import.
    from icalendar import Calendar, vText  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", vText(programme.title))
    calendar.add("x-wr-calname", vText(programme.title))
    calendar.add("x-wr-timezone", programme.zone.key)
    calendar.add("url", programme.site.page)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH_TEXT)
    clock = _Clock(programme)
    if clock.years is not None:
        calendar.add_component(_timezone(programme.zone, *clock.years))
    sessions = list(programme.sessions())
    for session in sessions:
        calendar.add_component(_session(programme, session, clock))
    if not sessions:
        calendar.add_component(_event(programme, clock))
    return calendar


class _Clock:
    """Moments of a programme, local in the years of its VTIMEZONE and in UTC outside of them.

    Also in UTC is what a local time cannot say.
    """

    def __init__(self, programme: Programme) -> None:
        self._zone = programme.zone
        sessions = list(programme.sessions())
        moments = [moment for one in sessions for moment in (one.starts, one.ends)]
        found = sorted(moment.year for moment in moments or [programme.starts, programme.ends])
        first = max(found[0], _FIRST_YEAR)
        within = [year for year in found if first <= year < first + _YEARS]
        # The first and the last year; None if no moment is local.
        self.years = (first, within[-1]) if within and self._zone.key != "UTC" else None

    def at(self, moment: datetime) -> datetime:
        if self.years is None or not self.years[0] <= moment.year <= self.years[1]:
            return moment.astimezone(UTC)
        local = moment.astimezone(self._zone)
        # In an hour that clocks show twice, readers disagree about which of the two is meant.
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return moment.astimezone(UTC) if is_twice else local


def _timezone(zone: ZoneInfo, first_year: int, last_year: int) -> "Timezone":
    """Make the VTIMEZONE of these years and, for days at their ends, of those around them."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard  # noqa: PLC0415 - as above

    made = Timezone()
    made.add("tzid", zone.key)
    for one in observances(zone, first_year - 1, last_year + 1):
        part = TimezoneDaylight() if one.daylight else TimezoneStandard()
        part.add("dtstart", one.onsets[0])
        if len(one.onsets) > 1:
            part.add("rdate", list(one.onsets[1:]))
        part.add("tzoffsetfrom", one.before)
        part.add("tzoffsetto", one.after)
        part.add("tzname", one.name)
        made.add_component(part)
    return made


def _session(programme: Programme, session: Session, clock: _Clock) -> "CalendarEvent":
    from icalendar import Event  # noqa: PLC0415 - as above

    made = Event()
    made.add("uid", session.guid)
    made.add("dtstamp", session.modified)
    _add_times(made, clock, session.starts, session.ends)
    tag = language_tag(session.language)
    spoken = {"LANGUAGE": tag} if tag else {}
    made.add("summary", session.title, parameters=spoken)
    if text := describe(session):
        made.add("description", text, parameters=spoken)
    made.add("location", ", ".join(filter(None, (session.room.name, programme.location))))
    if programme.coordinates is not None:
        made.add("geo", programme.coordinates)
    made.add("url", session.url)
    if named := [name for name in (session.track and session.track.name, session.kind) if name]:
        made.add("categories", named)
    for link in session.slides:
        made.add("attach", link.url)
    made.add("status", "CONFIRMED")
    made.add("sequence", session.sequence)
    if session.created is not None:
        made.add("created", session.created)
    made.add("last-modified", session.modified)
    return made


def _event(programme: Programme, clock: _Clock) -> "CalendarEvent":
    from icalendar import Event  # noqa: PLC0415 - as above

    made = Event()
    made.add("uid", programme.guid)
    made.add("dtstamp", programme.modified)
    _add_times(made, clock, programme.starts, programme.ends)
    made.add("summary", programme.title)
    if programme.description:
        made.add("description", programme.description)
    if programme.location:
        made.add("location", programme.location)
    if programme.coordinates is not None:
        made.add("geo", programme.coordinates)
    made.add("url", programme.site.page)
    made.add("status", "CONFIRMED")
    # It takes no time: calendars show it beside a person's appointments.
    made.add("transp", "TRANSPARENT")
    made.add("last-modified", programme.modified)
    return made


def _add_times(made: "CalendarEvent", clock: _Clock, starts: datetime, ends: datetime) -> None:
    """Add the times. Without DTEND, an event ends when it begins: RFC 5545 forbids an equal one."""
    made.add("dtstart", clock.at(starts))
    if ends > starts:
        made.add("dtend", clock.at(ends))


def describe(session: Session) -> str:
    """Return a session's subtitle, speakers, text and links, for people who read a calendar."""
    speakers = ", ".join(person.name for person in session.persons)
    links = "\n".join(f"{link.title}: {link.url}" for link in (*session.slides, *session.links))
    parts = (session.subtitle, speakers, session.description or session.abstract, links)
    return "\n\n".join(filter(None, parts))
