"""Writes a programme as xCal (RFC 6321): the calendar of `ical`, in XML.

It has the properties of RFC 5545 alone, which are those of the schema in RFC 6321's appendix.
Giggity reads an older draft of this format only; it reads the other formats of a programme.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement
from zoneinfo import ZoneInfo

from openevent.programme.calendar_events import Kind, Property, Value, calendar_events
from openevent.programme.ical import make_calendar
from openevent.programme.model import Programme
from openevent.programme.xml_text import text_of

NAMESPACE = "urn:ietf:params:xml:ns:icalendar-2.0"

# Calendar properties of RFC 7986, and others that the schema lacks.
_CALENDAR = frozenset({"prodid", "version", "calscale"})

# jCal (RFC 7265) has a component as its name, its properties and its components; and a property as
# its name, its parameters, its type and its values.
_Component = Sequence[Any]
_Property = Sequence[Any]


def write_xcal(programme: Programme) -> str:
    """Return the programme as a document of xCal."""
    document = Element("icalendar", {"xmlns": NAMESPACE})
    name, properties, timezones = make_calendar(programme).to_jcal()
    calendar = SubElement(document, name)
    _add_properties(calendar, (one for one in properties if one[0] in _CALENDAR))
    components = SubElement(calendar, "components")
    for timezone in timezones:
        _add_component(components, timezone)
    for event in calendar_events(programme):
        _add_event(components, event)
    return text_of(document)


def _add_component(parent: Element, component: _Component) -> None:
    name, properties, components = component
    made = SubElement(parent, name)
    _add_properties(made, properties)
    if components:
        below = SubElement(made, "components")
        for one in components:
            _add_component(below, one)


def _add_properties(parent: Element, properties: Iterable[_Property]) -> None:
    inside = SubElement(parent, "properties")
    for name, parameters, kind, *values in properties:
        made = SubElement(inside, name)
        _add_parameters(made, parameters)
        for value in values:
            SubElement(made, kind).text = str(value)


def _add_event(parent: Element, properties: Iterable[Property]) -> None:
    inside = SubElement(SubElement(parent, "vevent"), "properties")
    for one in properties:
        made = SubElement(inside, one.name)
        _add_parameters(made, _parameters(one))
        kinds = ("latitude", "longitude") if one.kind is Kind.GEO else (one.kind,) * len(one.values)
        for kind, value in zip(kinds, one.values, strict=True):
            SubElement(made, kind).text = _text(value)


def _parameters(found: Property) -> Mapping[str, str]:
    if found.language is not None:
        return {"language": found.language}
    zone = found.values[0].tzinfo if isinstance(found.values[0], datetime) else None
    return {"tzid": zone.key} if isinstance(zone, ZoneInfo) else {}


def _text(value: Value) -> str:
    if not isinstance(value, datetime):
        return str(value)
    clock = value.replace(tzinfo=None).isoformat()
    return f"{clock}Z" if value.tzinfo is UTC else clock


def _add_parameters(parent: Element, parameters: Mapping[str, str]) -> None:
    if parameters:
        made = SubElement(parent, "parameters")
        for name, value in parameters.items():
            SubElement(SubElement(made, name), "text").text = value
