"""Writes a programme as xCal (RFC 6321): the calendar of `ical`, in XML. Pure.

It has the properties of RFC 5545 alone, which are those of the schema in RFC 6321's appendix.
Giggity reads an older draft of this format only; it reads the other formats of a programme.

The document is written as text: the tree of a large programme takes longer to make and to write.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from openevent.programme.calendar import Component, make_calendar
from openevent.programme.calendar_events import Kind, Property, moment_text
from openevent.programme.model import Programme
from openevent.programme.xml_text import DECLARATION

NAMESPACE = "urn:ietf:params:xml:ns:icalendar-2.0"

# A calendar's properties; the schema lacks those of RFC 7986, and others.
_CALENDAR = frozenset({"prodid", "version", "calscale"})


def write_xcal(programme: Programme) -> str:
    """Return the programme as a document of xCal."""
    calendar = make_calendar(programme)
    known = [one for one in calendar.properties if one.name in _CALENDAR]
    lines = _component(Component(calendar.name, known, calendar.components), "  ")
    return "\n".join((DECLARATION, f'<icalendar xmlns="{NAMESPACE}">', *lines, "</icalendar>", ""))


def _component(component: Component, indent: str) -> Iterator[str]:
    """Yield the lines of a component, which begin with `indent`."""
    yield f"{indent}<{component.name}>"
    yield from _properties(component.properties, f"{indent}  ")
    inside = [line for one in component.components for line in _component(one, f"{indent}    ")]
    if inside:
        yield f"{indent}  <components>"
        yield from inside
        yield f"{indent}  </components>"
    yield f"{indent}</{component.name}>"


def _properties(properties: Iterable[Property], indent: str) -> Iterator[str]:
    yield f"{indent}<properties>"
    for one in properties:
        parts = [_parameters(one, f"{indent}    ")]
        parts += [f"{indent}    {_element(kind, text)}\n" for kind, text in _values(one)]
        yield f"{indent}  <{one.name}>\n{''.join(parts)}{indent}  </{one.name}>"
    yield f"{indent}</properties>"


def _values(found: Property) -> Iterable[tuple[str, str]]:
    if found.kind is Kind.GEO:
        return zip(("latitude", "longitude"), map(str, found.values), strict=True)
    spelled = moment_text if found.kind is Kind.MOMENT else str
    return ((found.kind, spelled(value)) for value in found.values)


def _parameters(found: Property, indent: str) -> str:
    """Return the lines of a property's parameter; empty if it has none."""
    zone = found.values[0].tzinfo if isinstance(found.values[0], datetime) else None
    if found.language is not None:
        name, value = "language", found.language
    elif isinstance(zone, ZoneInfo):
        name, value = "tzid", zone.key
    else:
        return ""
    return (
        f"{indent}<parameters>\n"
        f"{indent}  <{name}>\n"
        f"{indent}    {_element('text', value)}\n"
        f"{indent}  </{name}>\n"
        f"{indent}</parameters>\n"
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name} />"
