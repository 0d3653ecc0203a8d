"""Writes a programme as iCalendar (RFC 5545, with the properties of RFC 7986 for calendars).

Times are local, with a VTIMEZONE that has the offsets of their years.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from openevent.programme.calendar_events import Clock, Property, calendar_events
from openevent.programme.folding import fold
from openevent.programme.model import Programme
from openevent.programme.observances import observances

if TYPE_CHECKING:
    from icalendar import Calendar, Component, Timezone
    from icalendar import Event as CalendarEvent

PRODUCT = "-//FOSSASIA//Open Event serverless functions//EN"

# How often clients may ask again (RFC 7986, REFRESH-INTERVAL).
REFRESH, REFRESH_TEXT = timedelta(hours=1), "PT1H"


def write_ical(programme: Programme) -> str:
    """Return the programme as a text of iCalendar."""
    *begin, end = _lines(make_calendar(programme))
    events = map(_event, calendar_events(programme))
    within = (line for event in events for line in _lines(event))
    return "".join(f"{line}\r\n" for line in (*begin, *within, end))


def _lines(component: "Component") -> list[str]:
    """Return a component's folded lines, from BEGIN to END."""
    return [fold(str(line)) for line in component.content_lines(sorted=False) if line]


def make_calendar(programme: Programme) -> "Calendar":
    """Make the calendar of a programme, without its events: its properties and time zone."""
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
    years = Clock(programme).years
    if years is not None:
        calendar.add_component(_timezone(programme.zone, *years))
    return calendar


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


def _event(properties: Iterable[Property]) -> "CalendarEvent":
    from icalendar import Event  # noqa: PLC0415 - as above

    made = Event()
    for one in properties:
        value: Any = one.values if len(one.values) > 1 else one.values[0]
        if one.name == "categories":
            value = list(one.values)
        made.add(one.name, value, parameters={"LANGUAGE": one.language} if one.language else {})
    return made
