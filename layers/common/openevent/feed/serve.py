"""Answers polls of a schedule: from memory, after a look at the database at most once an interval.

poll ─▶ memory, checked within the interval ──────────────────────────▶ answer
└─▶ database: still public? the fingerprint? ─▶ memory, S3 or made ─▶ answer
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from openevent import __version__
from openevent.adapters.database import Rows, Snapshots
from openevent.catalogue.privacy import Privacy
from openevent.errors import NotFound
from openevent.feed.files import Schedule, make_schedule
from openevent.feed.published import Published, find_published
from openevent.feed.store import ScheduleStore
from openevent.programme.model import Site
from openevent.programme.read import read_programme

T = TypeVar("T")

# Names that a process remembers: of events with their schedules, and of those without one.
REMEMBERED = 64
REFUSED = 1024


@dataclass(frozen=True, slots=True)
class _Checked:
    """A schedule that was public and up to date `at` a time, in seconds of the epoch."""

    at: float
    key: str
    schedule: Schedule


class ScheduleFeed:
    """Finds schedules for a function's calls, which come one after the other.

    An event is checked at most once in `seconds`. `now` is the time of day in seconds: clocks that
    count up stand still while Lambda freezes a function.
    """

    def __init__(  # noqa: PLR0913 - its dependencies
        self,
        database: Snapshots,
        store: ScheduleStore,
        *,
        server: str,
        frontend: str,
        seconds: int,
        now: Callable[[], float],
    ) -> None:
        """`server`, `frontend`: addresses of the Open Event server and its pages."""
        self._database = database
        self._store = store
        self._server = server
        self._frontend = frontend
        self._seconds = seconds
        self._now = now
        self._found = OrderedDict[str, _Checked]()
        self._refused = OrderedDict[str, float]()

    def find(self, name: str) -> Schedule:
        """Return the public schedule of the event `name` (an id or identifier).

        Raises `NotFound` if there is none for everyone, and `Unavailable`.
        """
        known = self._found.get(name)
        if known is not None and self._is_recent(known.at):
            return known.schedule
        if name in self._refused and self._is_recent(self._refused[name]):
            raise _not_found()
        return self._check(name, known)

    def _check(self, name: str, known: _Checked | None) -> Schedule:
        """Ask the database; remember and return what is public now."""
        now = self._now()
        # What was shown is not shown again before the database says so.
        self._found.pop(name, None)
        self._refused.pop(name, None)
        with self._database.snapshot() as session:
            published = find_published(session, name)
            if published is None:
                _remember(self._refused, name, now, REFUSED)
                raise _not_found()
            key = self._key(published)
            if known is not None and known.key == key:
                schedule = known.schedule
            else:
                schedule = self._load(session, published, key, known, int(now))
        _remember(self._found, name, _Checked(now, key, schedule), REMEMBERED)
        return schedule

    def _load(
        self, session: Rows, published: Published, key: str, known: _Checked | None, now: int
    ) -> Schedule:
        """Return the schedule from S3, or make it from the state of the database that was seen."""
        event = published.event
        kept = self._store.find(event.id, key)
        if kept is not None:
            return kept
        site = Site(self._server, f"{self._frontend}/e/{event.identifier}")
        programme = read_programme(session, event, Privacy.PUBLIC, site)
        made = make_schedule(programme, now, known.schedule if known is not None else None)
        return self._store.keep(event.id, key, made)

    def _key(self, published: Published) -> str:
        """Return the name in S3 of the schedule as this release writes it."""
        facts = (__version__, self._server, self._frontend, published.fingerprint)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def _is_recent(self, at: float) -> bool:
        return 0 <= self._now() - at < self._seconds


def _remember(entries: OrderedDict[str, T], name: str, entry: T, most: int) -> None:
    """Remember an entry; forget the oldest one if there are more than `most`."""
    entries[name] = entry
    if len(entries) > most:
        entries.popitem(last=False)


def _not_found() -> NotFound:
    return NotFound(
        "schedule-not-found",
        "There is no public schedule at this address. The event does not exist, or its organizers "
        "have not published its schedule.",
    )
