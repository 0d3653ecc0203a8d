"""Writes a programme as xCal (RFC 6321): the calendar of `ical`, in XML.

It has the properties of RFC 5545 alone, which are those of the schema in RFC 6321's appendix.
Giggity reads an older draft of this format only; it reads the other formats of a programme.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

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
    name, properties, components = make_calendar(programme).to_jcal()
    known = [one for one in properties if one[0] in _CALENDAR]
    _add_component(document, (name, known, components))
    return text_of(document)


def _add_component(parent: Element, component: _Component) -> None:
    name, properties, components = component
    made = SubElement(parent, name)
    inside = SubElement(made, "properties")
    for one in properties:
        _add_property(inside, one)
    if components:
        below = SubElement(made, "components")
        for one in components:
            _add_component(below, one)


def _add_property(parent: Element, found: _Property) -> None:
    name, parameters, kind, *values = found
    made = SubElement(parent, name)
    _add_parameters(made, parameters)
    if name == "geo":
        _add_texts(made, zip(("latitude", "longitude"), values[0], strict=True))
    else:
        _add_texts(made, ((kind, value) for value in values))


def _add_parameters(parent: Element, parameters: Mapping[str, str]) -> None:
    if parameters:
        made = SubElement(parent, "parameters")
        for name, value in parameters.items():
            SubElement(SubElement(made, name), "text").text = value


def _add_texts(parent: Element, texts: Iterable[tuple[str, object]]) -> None:
    for name, text in texts:
        SubElement(parent, name).text = str(text)
