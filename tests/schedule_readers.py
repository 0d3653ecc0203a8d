"""Reading an event's schedules as calendars and apps do, and checking the formats' rules.

Nothing here is shared with the code that writes them.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import vobject
from jsonschema import FormatChecker
from jsonschema.validators import validator_for
from lxml import etree

# The folder with c3voc's schemas of schedule.xml and schedule.json (voc/schedule), whose licence is
# another than ours; without it, the rules that are written down here remain.
SCHEMAS = os.environ.get("SCHEDULE_SCHEMAS")

NAMES = ("schedule.ics", "schedule.xcs", "schedule.xml", "schedule.json")

_XCAL = "{urn:ietf:params:xml:ns:icalendar-2.0}"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_UNFOLDED = re.compile(r"[A-Z-]+(;[A-Z-]+=[^:;]+)*:.*")

# The zones that vobject knows by name; there is no other way to it.
_ZONES = vars(vobject.icalendar)["__tzidMap"]
_UTC_ALONE = dict(_ZONES)


@dataclass(frozen=True)
class Slot:
    """A session as a file shows it: its title, and when it is, in UTC."""

    title: str
    starts: datetime
    ends: datetime


Slots = dict[str, Slot]


def read_schedules(files: Mapping[str, bytes]) -> Slots:
    """Read all four files, which must be valid, and return what all of them must tell."""
    ics, xcs, xml, document = (files[name].decode() for name in NAMES)
    check_ics(ics)
    check_xcs(xcs)
    check_xml(xml)
    check_json(document)
    slots = read_json(document)
    assert read_xcs(xcs) == read_ics(ics)
    assert read_xml(xml) == {guid: _with_short_end(one) for guid, one in slots.items()}
    if slots:
        assert read_ics(ics) == slots
    assert _rooms_of_xml(xml) == _rooms_of_json(document)
    return slots


def check_ics(text: str) -> None:
    """Hold a text against RFC 5545: lines, what must be there, and zones."""
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")[:-1]
    assert not any("\n" in line or _CONTROL.search(line) for line in lines)
    assert max(len(line.encode()) for line in lines) <= 75
    unfolded = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert all(_UNFOLDED.fullmatch(line) for line in unfolded)
    assert unfolded[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    calendar = _calendar(text)
    zones = {zone.tzid.value for zone in getattr(calendar, "vtimezone_list", [])}
    assert set(re.findall(r"^DT\w+;TZID=([^:]+):", text, re.MULTILINE)) == zones
    uids = [event.uid.value for event in calendar.vevent_list]
    assert len(set(uids)) == len(uids)
    for event in calendar.vevent_list:
        assert event.dtstamp.value == event.last_modified.value
        assert not hasattr(event, "attendee")


def check_xcs(text: str) -> None:
    """Hold a document against the rules of RFC 6321."""
    _schema("xcal").assertValid(_xml(text))


def check_xml(text: str) -> None:
    """Hold a document against c3voc's rules of schedule.xml, and its schema if it is here."""
    root = _xml(text)
    if SCHEMAS:
        etree.XMLSchema(etree.parse(Path(SCHEMAS) / "schedule.xml.xsd")).assertValid(root)
    assert [one.tag for one in root if one.tag != "day"] == ["generator", "version", "conference"]
    conference = {one.tag: one.text for one in root.find("conference")}
    assert re.fullmatch("[a-z0-9_-]{4,}", conference["acronym"])
    assert int(conference["days"]) == len(root.findall("day")) >= 1
    assert [day.get("index") for day in root.iter("day")] == [
        str(number) for number in range(1, int(conference["days"]) + 1)
    ]
    for day in root.iter("day"):
        assert _MOMENT.fullmatch(day.get("start"))
        assert _moment(day.get("start")) < _moment(day.get("end"))
    events = list(root.iter("event"))
    for attribute in ("id", "guid"):
        assert len({one.get(attribute) for one in events}) == len(events)
    assert len({one.findtext("slug") for one in events}) == len(events)
    for one in events:
        assert int(one.get("id")) > 0
        assert _UUID.fullmatch(one.get("guid"))
        assert re.fullmatch(r"[a-z0-9_]{4,}-[a-z0-9\-_]{4,}", one.findtext("slug"))
        assert _MOMENT.fullmatch(one.findtext("date"))
        assert one.findtext("start") == one.findtext("date")[11:16]
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", one.findtext("duration"))
        assert one.getparent().get("name") == one.findtext("room") != ""
        assert _ADDRESS.fullmatch(one.findtext("url"))
        assert all(_ADDRESS.fullmatch(link.get("href")) for link in one.iter("link", "attachment"))
        assert None not in (one.find("track"), one.find("type"), one.find("abstract"))
        begins = _moment(one.findtext("date"))
        assert _moment(one.xpath("../../@start")[0]) <= begins < _moment(one.xpath("../../@end")[0])


def check_json(text: str) -> None:
    """Hold a document against c3voc's rules of schedule.json, and its schema if it is here."""
    document = json.loads(text)
    if SCHEMAS:
        schema = json.loads((Path(SCHEMAS) / "schedule.schema.json").read_text(encoding="utf-8"))
        validator_for(schema)(schema, format_checker=FormatChecker()).validate(document)
    assert document.keys() == {"$schema", "generator", "schedule"}
    conference = document["schedule"]["conference"]
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"])
    assert conference["daysCount"] == len(conference["days"]) >= 1
    assert {"title", "start", "end", "timeslot_duration"} <= conference.keys()
    rooms = [room["name"] for room in conference["rooms"]]
    assert len(set(rooms)) == len(rooms)
    assert all(_UUID.fullmatch(room["guid"]) for room in conference["rooms"])
    for day, name, one in _events_of_json(document):
        assert one["id"] >= 1
        assert _UUID.fullmatch(one["guid"])
        assert one["room"] == name in rooms
        assert re.fullmatch("[a-z0-9_-]+[a-z0-9]", one["slug"])
        assert re.fullmatch(r"\d+:[0-5]\d", one["duration"])
        assert one["start"] == one["date"][11:16]
        assert _MOMENT.fullmatch(one["date"])
        assert _MOMENT.fullmatch(one["end"])
        assert all(person["name"] and "public_name" not in person for person in one["persons"])
        assert _moment(day["day_start"]) <= _moment(one["date"]) < _moment(day["day_end"])


def read_ics(text: str) -> Slots:
    """Read as vobject does, which takes the offsets from the VTIMEZONE."""
    slots: Slots = {}
    for event in _calendar(text).vevent_list:
        starts = event.dtstart.value.astimezone(UTC)
        ends = event.dtend.value.astimezone(UTC) if hasattr(event, "dtend") else starts
        slots[event.uid.value] = Slot(event.summary.value, starts, ends)
    return slots


def read_xcs(text: str) -> Slots:
    """Read the properties of each event, with the times of its zone."""
    slots: Slots = {}
    for event in _xml(text).iter(f"{_XCAL}vevent"):
        found = {one.tag.removeprefix(_XCAL): one for one in event[0]}
        starts = _xcal_moment(found["dtstart"])
        ends = _xcal_moment(found["dtend"]) if "dtend" in found else starts
        title = found["summary"].findtext(f"{_XCAL}text")
        slots[found["uid"].findtext(f"{_XCAL}text")] = Slot(title, starts, ends)
    return slots


def read_xml(text: str) -> Slots:
    """Read as apps do: the date, and a duration that is shorter than a day."""
    slots: Slots = {}
    for event in _xml(text).iter("event"):
        starts = _moment(event.findtext("date"))
        hours, minutes = map(int, event.findtext("duration").split(":"))
        ends = starts + timedelta(hours=hours, minutes=minutes)
        slots[event.get("guid")] = Slot(event.findtext("title"), starts, ends)
    return slots


def read_json(text: str) -> Slots:
    """Read the date and the end of each event."""
    return {
        one["guid"]: Slot(one["title"], _moment(one["date"]), _moment(one["end"]))
        for _, _, one in _events_of_json(json.loads(text))
    }


def _with_short_end(slot: Slot) -> Slot:
    """Return what schedule.xml can say: whole minutes, at most 23:59."""
    whole = (slot.ends - slot.starts) // timedelta(minutes=1)
    return replace(slot, ends=slot.starts + timedelta(minutes=min(whole, 24 * 60 - 1)))


def _events_of_json(document: Any) -> list[tuple[Any, str, Any]]:  # noqa: ANN401 - decoded JSON
    return [
        (day, name, one)
        for day in document["schedule"]["conference"]["days"]
        for name, events in day["rooms"].items()
        for one in events
    ]


def _rooms_of_xml(text: str) -> list[tuple[str, str, list[str]]]:
    return [
        (room.getparent().get("date"), room.get("name"), [one.get("guid") for one in room])
        for room in _xml(text).findall("day/room")
    ]


def _rooms_of_json(text: str) -> list[tuple[str, str, list[str]]]:
    return [
        (day["date"], name, [one["guid"] for one in events])
        for day in json.loads(text)["schedule"]["conference"]["days"]
        for name, events in day["rooms"].items()
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _xcal_moment(element: Any) -> datetime:  # noqa: ANN401 - lxml has no types
    text = element.findtext(f"{_XCAL}date-time")
    zone = element.findtext(f"{_XCAL}parameters/{_XCAL}tzid/{_XCAL}text")
    if zone is None:
        return _moment(text)
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _calendar(text: str) -> Any:  # noqa: ANN401 - vobject has no types
    """Read a calendar with its own zones: vobject would keep those of an earlier one, by name."""
    _ZONES.clear()
    _ZONES.update(_UTC_ALONE)
    return vobject.readOne(text)


def _xml(text: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.fromstring(text.encode())


def _schema(name: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.RelaxNG(etree.parse(Path(__file__).with_name(f"{name}.rng")))
