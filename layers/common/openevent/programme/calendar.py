"""A programme as a calendar: components and properties, which iCalendar and xCal spell. Pure.

The components are those of RFC 5545, with the properties of RFC 7986 for calendars. Times are
local, with a VTIMEZONE that has the offsets of their years.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from openevent.programme.calendar_events import Clock, Kind, Property, calendar_events
from openevent.programme.model import Programme
from openevent.programme.observances import Observance, observances

PRODUCT = "-//FOSSASIA//Open Event serverless functions//EN"

# How often clients may ask again (RFC 7986, REFRESH-INTERVAL).
REFRESH = "PT1H"


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a calendar: its name, its properties, and the components in it, once."""

    name: str
    properties: Iterable[Property]
    components: Iterable["Component"] = ()


def make_calendar(programme: Programme) -> Component:
    """Make the calendar of a programme: its time zone, if times are local, and its events."""
    years = Clock(programme).years
    zones = [] if years is None else [_timezone(programme.zone, *years)]
    events = (Component("vevent", one) for one in calendar_events(programme))
    return Component("vcalendar", tuple(_properties(programme)), chain(zones, events))


def _properties(programme: Programme) -> Iterator[Property]:
    yield Property("version", Kind.TEXT, ("2.0",))
    yield Property("prodid", Kind.TEXT, (PRODUCT,))
    yield Property("calscale", Kind.TEXT, ("GREGORIAN",))
    yield Property("name", Kind.TEXT, (programme.title,))
    yield Property("x-wr-calname", Kind.TEXT, (programme.title,))
    yield Property("x-wr-timezone", Kind.TEXT, (programme.zone.key,))
    yield Property("url", Kind.ADDRESS, (programme.site.page,))
    yield Property("refresh-interval", Kind.DURATION, (REFRESH,))
    yield Property("x-published-ttl", Kind.TEXT, (REFRESH,))


def _timezone(zone: ZoneInfo, first_year: int, last_year: int) -> Component:
    """Make the VTIMEZONE of these years and, for days at their ends, of those around them."""
    found = observances(zone, first_year - 1, last_year + 1)
    return Component(
        "vtimezone", [Property("tzid", Kind.TEXT, (zone.key,))], map(_observance, found)
    )


def _observance(one: Observance) -> Component:
    return Component(
        "daylight" if one.daylight else "standard",
        [
            Property("dtstart", Kind.MOMENT, one.onsets[:1]),
            *([Property("rdate", Kind.MOMENT, one.onsets[1:])] if one.onsets[1:] else []),
            Property("tzoffsetfrom", Kind.OFFSET, (offset_text(one.before),)),
            Property("tzoffsetto", Kind.OFFSET, (offset_text(one.after),)),
            Property("tzname", Kind.TEXT, (one.name,)),
        ],
    )


def offset_text(offset: timedelta) -> str:
    """Return an offset of a zone: `+05:45`, with seconds if it has some."""
    sign = "-" if offset < timedelta(0) else "+"
    minutes, seconds = divmod(abs(offset) // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
