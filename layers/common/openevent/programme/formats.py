"""Formats of a programme: the name of each file, its content type and its writer. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from openevent.programme.format import Format
from openevent.programme.ical import write_ical
from openevent.programme.model import Programme
from openevent.programme.schedule_json import write_schedule_json
from openevent.programme.schedule_xml import write_schedule_xml
from openevent.programme.xcal import write_xcal

__all__ = ["FORMATS", "Format", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """A format: the name of its file, the file's content type, and what writes its text."""

    name: str
    content_type: str
    write: Callable[[Programme], str]


FORMATS: Mapping[Format, Written] = {
    Format.ICAL: Written("schedule.ics", "text/calendar; charset=utf-8", write_ical),
    Format.XCAL: Written("schedule.xcs", "application/calendar+xml; charset=utf-8", write_xcal),
    # Browsers and older clients know the type of XML, not application/vnd.c3voc.schedule+xml.
    Format.XML: Written("schedule.xml", "application/xml; charset=utf-8", write_schedule_xml),
    Format.JSON: Written("schedule.json", "application/json", write_schedule_json),
}
