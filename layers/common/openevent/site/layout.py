"""Layout of an archive's pages: what is on which page, and where links between them lead. Pure.

A small event is one page, `index.html`. If that would be too large, each day has pages of its own,
and so have the speakers and the lists of rooms and tracks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TypeVar

from openevent.site.survey import Entry, Named, Survey
from openevent.site.values import path_href

INDEX = "index.html"
PLACES = "pages/rooms-and-tracks.html"

# What one page shows at most: sessions or speakers, and characters of their texts. 300 sessions
# with 2,000 characters each are a page of about 1 MB, which phones show at once.
MOST = 300
MOST_TEXT = 1_000_000


_Listed = TypeVar("_Listed", Entry, Named)


@dataclass(frozen=True, slots=True)
class Here:
    """A page, from which links lead to others."""

    path: str

    @property
    def up(self) -> str:
        """The way from the page to the archive's root."""
        return "../" * self.path.count("/")

    def to(self, path: str, anchor: str = "") -> str:
        """Return the relative address of a place on a page."""
        end = f"#{anchor}" if anchor else ""
        return end if end and path == self.path else f"{self.file(path)}{end}"

    def file(self, path: str) -> str:
        """Return the relative address of a file of the archive."""
        return f"{self.up}{path_href(path)}"


@dataclass(frozen=True, slots=True)
class Part:
    """Sessions of one day, or of a part of it, on the page `path`. `day`: None without a start.

    `number`: of the part in its day, from 1, of `count`.
    """

    path: str
    day: date | None
    number: int
    count: int
    entries: Sequence[Entry]

    @property
    def anchor(self) -> str:
        """The anchor of its heading."""
        return f"day-{'open' if self.day is None else self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Speakers on the page `path`. `number` and `count`: as of `Part`."""

    path: str
    number: int
    count: int
    speakers: Sequence[Named]


class Layout:
    """The pages of an event: its `parts` and `crowds`, and on which page each of them is.

    `has_day_pages`: whether days have pages of their own. `has_speaker_pages`: whether speakers do.
    """

    def __init__(self, survey: Survey) -> None:
        """Lay out what was surveyed."""
        entries, speakers = survey.entries, list(survey.speakers.values())
        self.has_day_pages = len(list(_cut(entries))) > 1
        self.has_speaker_pages = len(list(_cut(speakers))) > 1
        self.parts = tuple(self._parts(entries))
        self.crowds = tuple(self._crowds(speakers))
        self._session_pages = {one.id: part.path for part in self.parts for one in part.entries}
        self._speaker_pages = {
            one.id: crowd.path for crowd in self.crowds for one in crowd.speakers
        }
        self.places_path = PLACES if self.has_day_pages else INDEX

    def paths(self) -> list[str]:
        """Return the paths of all pages, `index.html` first."""
        found = [part.path for part in self.parts] + [crowd.path for crowd in self.crowds]
        return list(dict.fromkeys([INDEX, *found, self.places_path]))

    def session(self, here: Here, session_id: int) -> str:
        """Return the relative address of a session."""
        return here.to(self._session_pages[session_id], f"s{session_id}")

    def speaker(self, here: Here, speaker_id: int) -> str:
        """Return the relative address of a speaker."""
        return here.to(self._speaker_pages[speaker_id], f"p{speaker_id}")

    def place(self, here: Here, anchor: str) -> str:
        """Return the relative address of a room's or a track's list."""
        return here.to(self.places_path, anchor)

    def _parts(self, entries: Sequence[Entry]) -> Iterator[Part]:
        for day, grouped in groupby(entries, key=lambda entry: entry.day):
            of_day = list(grouped)
            pieces = list(_cut(of_day)) if self.has_day_pages else [of_day]
            for number, piece in enumerate(pieces, 1):
                name = "unscheduled" if day is None else day.isoformat()
                path = f"pages/{_numbered(name, number)}" if self.has_day_pages else INDEX
                yield Part(path, day, number, len(pieces), piece)

    def _crowds(self, speakers: Sequence[Named]) -> Iterator[Crowd]:
        pieces = list(_cut(speakers))
        for number, piece in enumerate(pieces, 1):
            path = f"pages/{_numbered('speakers', number)}" if self.has_speaker_pages else INDEX
            yield Crowd(path, number, len(pieces), piece)


def _numbered(name: str, number: int) -> str:
    return f"{name}.html" if number == 1 else f"{name}-{number}.html"


def _cut(found: Sequence[_Listed]) -> Iterator[list[_Listed]]:
    """Cut into pieces of which each fits on one page."""
    piece: list[_Listed] = []
    text = 0
    for one in found:
        if piece and (len(piece) >= MOST or text + one.size > MOST_TEXT):
            yield piece
            piece, text = [], 0
        piece.append(one)
        text += one.size
    if piece:
        yield piece
