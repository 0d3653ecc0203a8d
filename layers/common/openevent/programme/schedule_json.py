"""Writes a programme as schedule.json, the format of c3voc. Pure.

Valid against c3voc's schema (voc/schedule 0a403ee5, validator/json/schema.json).
"""

import json
import re
from typing import Any

from openevent.programme.clock_text import (
    GENERATOR,
    TIMESLOT,
    duration_text,
    moment_text,
    start_text,
)
from openevent.programme.model import Day, Link, Person, Programme, Session

SCHEMA = "https://c3voc.de/schedule/schema.json"

# The names of time zones that the schema allows; without a name, the offsets of the times remain.
_ZONE = re.compile(r"[A-Z][a-z]+/[A-Z][a-z]+.*|UTC")

Document = dict[str, Any]


def write_schedule_json(programme: Programme) -> str:
    """Return the programme as a document of schedule.json."""
    document = {
        "$schema": SCHEMA,
        "generator": {"name": GENERATOR, "url": programme.site.root},
        "schedule": {
            "version": moment_text(programme.modified),
            "base_url": programme.site.root,
            "conference": _conference(programme),
        },
    }
    return json.dumps(document, ensure_ascii=False) + "\n"


def _conference(programme: Programme) -> Document:
    return _filled(
        {
            "acronym": programme.acronym,
            "title": programme.title,
            "description": programme.description,
            "start": moment_text(programme.local(programme.starts)),
            "end": moment_text(programme.local(programme.ends)),
            "daysCount": len(programme.days),
            "timeslot_duration": TIMESLOT,
            "time_zone_name": programme.zone.key if _ZONE.fullmatch(programme.zone.key) else None,
            "logo": programme.logo,
            "url": programme.site.page,
            "tracks": [
                _filled({"name": track.name, "slug": track.slug, "color": track.color})
                for track in programme.tracks
            ],
            "rooms": [{"name": room.name, "guid": room.guid} for room in programme.rooms],
            "days": [_day(programme, day) for day in programme.days],
        }
    )


def _day(programme: Programme, day: Day) -> Document:
    return {
        "index": day.index,
        "date": day.date.isoformat(),
        "day_start": moment_text(programme.local(day.starts)),
        "day_end": moment_text(programme.local(day.ends)),
        "rooms": {
            room.name: [_session(programme, session) for session in sessions]
            for room, sessions in day.rooms
        },
    }


def _session(programme: Programme, session: Session) -> Document:
    starts = programme.local(session.starts)
    return {
        "guid": session.guid,
        "id": session.id,
        "date": moment_text(starts),
        "start": start_text(starts),
        "end": moment_text(programme.local(session.ends)),
        "duration": duration_text(session.duration),
        "room": session.room.name,
        "slug": session.slug,
        "url": session.url,
        "title": session.title,
        "subtitle": session.subtitle or None,
        "track": session.track and session.track.name,
        "type": session.kind,
        "language": session.language or None,
        "abstract": session.abstract or None,
        "description": session.description or None,
        "persons": [_person(person) for person in session.persons],
        "links": [_reference(link, "web") for link in session.links],
        "attachments": [_reference(link, "slides") for link in session.slides],
    }


def _person(person: Person) -> Document:
    return _filled(
        {
            "guid": person.guid,
            "id": person.id,
            "name": person.name,
            "biography": person.biography or None,
            "avatar": person.photo,
            "url": person.url,
        }
    )


def _reference(link: Link, kind: str) -> Document:
    return {"url": link.url, "title": link.title, "type": kind}


def _filled(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None}
