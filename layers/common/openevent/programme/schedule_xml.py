"""Writes a programme as schedule.xml: the format of Pentabarf, frab, pretalx and c3voc. Pure.

Valid against c3voc's schema (voc/schedule 0a403ee5, validator/xsd/schedule.xml.xsd).
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from openevent.programme.clock_text import (
    GENERATOR,
    TIMESLOT,
    day_duration,
    moment_text,
    start_text,
)
from openevent.programme.model import Day, Link, Programme, Session
from openevent.programme.xml_text import text_of


def write_schedule_xml(programme: Programme) -> str:
    """Return the programme as a document of schedule.xml."""
    schedule = Element("schedule")
    SubElement(schedule, "generator", {"name": GENERATOR, "system": programme.site.root})
    SubElement(schedule, "version").text = moment_text(programme.modified)
    _add_conference(schedule, programme)
    for day in programme.days:
        _add_day(schedule, programme, day)
    return text_of(schedule)


def _add_conference(schedule: Element, programme: Programme) -> None:
    conference = SubElement(schedule, "conference")
    _add_texts(
        conference,
        {
            "acronym": programme.acronym,
            "title": programme.title,
            "start": moment_text(programme.local(programme.starts)),
            "end": moment_text(programme.local(programme.ends)),
            "days": str(len(programme.days)),
            "timeslot_duration": TIMESLOT,
            "logo": programme.logo,
            "url": programme.site.page,
            "time_zone_name": programme.zone.key,
        },
    )
    for track in programme.tracks:
        made = SubElement(conference, "track", {"name": track.name, "slug": track.slug})
        if track.color is not None:
            made.set("color", track.color)


def _add_day(schedule: Element, programme: Programme, day: Day) -> None:
    made = SubElement(
        schedule,
        "day",
        {
            "index": str(day.index),
            "date": day.date.isoformat(),
            "start": moment_text(programme.local(day.starts)),
            "end": moment_text(programme.local(day.ends)),
        },
    )
    for room, sessions in day.rooms:
        inside = SubElement(made, "room", {"name": room.name, "guid": room.guid})
        for session in sessions:
            _add_session(inside, programme, session)


def _add_session(room: Element, programme: Programme, session: Session) -> None:
    event = SubElement(room, "event", {"id": str(session.id), "guid": session.guid})
    starts = programme.local(session.starts)
    _add_texts(
        event,
        {
            "room": session.room.name,
            "title": session.title,
            "subtitle": session.subtitle,
            "type": session.kind,
            "date": moment_text(starts),
            "start": start_text(starts),
            "duration": day_duration(session.duration),
            "abstract": session.abstract,
            "slug": session.slug,
            "track": "" if session.track is None else session.track.name,
            "language": session.language,
            "description": session.description,
            "url": session.url,
        },
    )
    persons = SubElement(event, "persons")
    for person in session.persons:
        named = SubElement(persons, "person", {"id": str(person.id), "guid": person.guid})
        named.text = person.name
    _add_links(event, "links", "link", session.links)
    _add_links(event, "attachments", "attachment", session.slides, type="slides")


def _add_links(
    event: Element, name: str, of_one: str, links: tuple[Link, ...], **attributes: str
) -> None:
    made = SubElement(event, name)
    for link in links:
        SubElement(made, of_one, {"href": link.url, **attributes}).text = link.title


def _add_texts(parent: Element, texts: Mapping[str, str | None]) -> None:
    for name, text in texts.items():
        if text is not None:
            SubElement(parent, name).text = text
