"""Writes the pages of an archive, piece by piece: `index.html` first, then those in `pages/`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from openevent.catalogue.privacy import Privacy
from openevent.pages.page import stream
from openevent.pages.policy import Needs
from openevent.site.about import READERS, About, file_groups
from openevent.site.content import Content
from openevent.site.layout import INDEX, Crowd, Here, Part
from openevent.site.model import Brief, Link, Place, Session, Span, Speaker
from openevent.site.spelling import count_text, day_text, moment_text
from openevent.site.structured import structured_data
from openevent.site.survey import Entry
from openevent.site.tickets import tickets_of

# Pictures are of the archive's own folder.
NEEDS = Needs(pictures=True, styles=("pages/site.css",))

# A longer title is cut by browsers and search engines.
_TITLE = 60

NOT_SCHEDULED = "Not scheduled yet"


@dataclass(frozen=True, slots=True)
class Slot:
    """Sessions that start at the same time. `span`: of the first."""

    span: Span | None
    sessions: Sequence[Session]


@dataclass(frozen=True, slots=True)
class DayPart:
    """A day of the programme, or a part of it; its slots are made when they are reached."""

    anchor: str
    title: str
    count: str
    link: Link
    slots: Iterator[Slot]


@dataclass(frozen=True, slots=True)
class Listing:
    """A room or a track, with its sessions by day."""

    place: Place
    days: Sequence[tuple[str, Sequence[Brief]]]


class Pages:
    """The pages of an archive."""

    def __init__(self, content: Content, about: About) -> None:
        """`about`: as of `read_me`."""
        self._content = content
        self._survey = content.survey
        self._layout = content.layout
        self._about = about

    def all(self) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the path of each page and its text in pieces, to be read before the next page."""
        yield INDEX, self._index(Here(INDEX))
        if self._layout.has_day_pages:
            for at, part in enumerate(self._layout.parts):
                yield part.path, self._day(at, Here(part.path))
            here = Here(self._layout.places_path)
            yield here.path, self._places(here)
        if self._layout.has_speaker_pages:
            for at, crowd in enumerate(self._layout.crowds):
                yield crowd.path, self._crowd(at, Here(crowd.path))

    def _index(self, here: Here) -> Iterator[str]:
        layout, survey = self._layout, self._survey
        event = self._content.event(here)
        shown = () if layout.has_day_pages else survey.entries
        values = {
            "description": event.plain_description,
            "data": self._data(here, shown),
            "days": [self._day_part(part, here) for part in layout.parts],
            "has_day_pages": layout.has_day_pages,
            "session_count": count_text(len(survey.entries), "session", "sessions"),
            "speaker_count": count_text(len(survey.speakers), "speaker", "speakers"),
            "rooms": [] if layout.has_day_pages else self._listings(here, of_tracks=False),
            "tracks": [] if layout.has_day_pages else self._listings(here, of_tracks=True),
            "places": here.to(layout.places_path, "rooms"),
            "crowds": [self._crowd_link(crowd, here) for crowd in layout.crowds],
            "speakers": None if layout.has_speaker_pages else self._speakers(layout.crowds, here),
            "has_speakers": bool(survey.speakers),
            "has_rooms": bool(survey.rooms or survey.tracks),
            "levels": self._content.levels(here),
            "tickets": tickets_of(survey),
            "questions": self._content.questions(),
            "about": self._about,
            "readers": READERS[self._about.privacy],
            "files": file_groups(self._about.files, layout, here),
            "more_skipped": self._about.skipped_count - len(self._about.skipped),
            "more_repaired": self._about.repaired_count - len(self._about.repaired),
        }
        return self._stream("site_index", here, event.name, values)

    def _day(self, at: int, here: Here) -> Iterator[str]:
        parts = self._layout.parts
        shown = self._day_part(parts[at], here)
        values = {
            "description": "",
            "data": self._data(here, parts[at].entries),
            "day": shown,
            "before": self._part_link(parts[at - 1], here) if at else None,
            "after": self._part_link(parts[at + 1], here) if at + 1 < len(parts) else None,
        }
        return self._stream("site_day", here, shown.title, values)

    def _places(self, here: Here) -> Iterator[str]:
        values = {
            "description": "",
            "data": None,
            "rooms": self._listings(here, of_tracks=False),
            "tracks": self._listings(here, of_tracks=True),
        }
        return self._stream("site_places", here, "Rooms and tracks", values)

    def _crowd(self, at: int, here: Here) -> Iterator[str]:
        crowds = self._layout.crowds
        values = {
            "description": "",
            "data": None,
            "speakers": self._speakers([crowds[at]], here),
            "before": self._crowd_link(crowds[at - 1], here) if at else None,
            "after": self._crowd_link(crowds[at + 1], here) if at + 1 < len(crowds) else None,
        }
        return self._stream("site_speakers", here, _title("Speakers", crowds[at]), values)

    def _stream(
        self, template: str, here: Here, title: str, values: Mapping[str, object]
    ) -> Iterator[str]:
        survey = self._survey
        event = self._content.event(here)
        common = {
            "event": event,
            "heading": title,
            "title": _cut(title if here.path == INDEX else f"{title} · {event.name}"),
            "home": here.to(INDEX),
            "is_index": here.path == INDEX,
            "is_public": self._about.privacy is Privacy.PUBLIC,
            "made_at": moment_text(self._about.made_at, survey.zone),
            "zone": survey.zone.key,
        }
        return stream(template, {**common, **values}, needs=NEEDS, direction=event.direction)

    def _data(self, here: Here, entries: Sequence[Entry]) -> str | None:
        if self._about.privacy is not Privacy.PUBLIC:
            return None
        return structured_data(self._content, here, entries)

    def _day_part(self, part: Part, here: Here) -> DayPart:
        return DayPart(
            part.anchor,
            _day_title(part),
            count_text(len(part.entries), "session", "sessions"),
            self._part_link(part, here),
            self._slots(part, here),
        )

    def _slots(self, part: Part, here: Here) -> Iterator[Slot]:
        for _, entries in groupby(part.entries, key=lambda entry: entry.starts):
            sessions = [self._content.session(entry, here) for entry in entries]
            yield Slot(sessions[0].span, sessions)

    def _speakers(self, crowds: Sequence[Crowd], here: Here) -> Iterator[Speaker]:
        for crowd in crowds:
            for named in crowd.speakers:
                yield self._content.speaker(named, here)

    def _listings(self, here: Here, *, of_tracks: bool) -> Iterator[Listing]:
        places = self._survey.tracks if of_tracks else self._survey.rooms
        found: dict[int, list[Entry]] = {place: [] for place in places}
        for entry in self._survey.entries:
            place = entry.track if of_tracks else entry.room
            if place in found:
                found[place].append(entry)
        for place, entries in found.items():
            briefs = [self._content.brief(entry, here) for entry in entries]
            days = [(day, list(of_day)) for day, of_day in groupby(briefs, key=_day_of)]
            yield Listing(places[place], days)

    def _part_link(self, part: Part, here: Here) -> Link:
        anchor = "" if self._layout.has_day_pages else part.anchor
        return Link(here.to(part.path, anchor), _day_title(part))

    def _crowd_link(self, crowd: Crowd, here: Here) -> Link:
        return Link(here.to(crowd.path), _title("Speakers", crowd))


def _day_of(brief: Brief) -> str:
    return brief.day


def _day_title(part: Part) -> str:
    return _title(NOT_SCHEDULED if part.day is None else day_text(part.day), part)


def _title(title: str, part: Part | Crowd) -> str:
    return title if part.count == 1 else f"{title}, part {part.number} of {part.count}"


def _cut(text: str) -> str:
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1].rstrip()}…"
