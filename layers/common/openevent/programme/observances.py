"""Offsets of a time zone over some years, as a VTIMEZONE lists them. Pure.

icalendar makes a VTIMEZONE as well, but looks at a zone once a month or less, and so misses the
weeks of Ramadan, in which Morocco's clocks are changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# No zone changes its clocks twice within this time.
_STEP = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Observance:
    """Change of a zone's clocks, and each time that they were changed this way.

    `onsets`: when, by the clock before the change.
    """

    before: timedelta
    after: timedelta
    name: str
    daylight: bool
    onsets: tuple[datetime, ...]


# A calendar is written in two formats, and a process writes those of a few zones.
@lru_cache(maxsize=32)
def observances(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Observance, ...]:
    """Return the changes of clocks in these years; the first is the state at their beginning."""
    begin = datetime(first_year, 1, 1, tzinfo=UTC)
    offset, name, daylight = _state(zone, begin)
    found = [Observance(offset, offset, name, daylight, (_clock(begin, offset),))]
    later: dict[tuple[timedelta, timedelta, str, bool], list[datetime]] = {}
    for moment in _changes(zone, begin, datetime(last_year + 1, 1, 1, tzinfo=UTC)):
        before, (after, name, daylight) = offset, _state(zone, moment)
        later.setdefault((before, after, name, daylight), []).append(_clock(moment, before))
        offset = after
    return (*found, *(Observance(*change, tuple(onsets)) for change, onsets in later.items()))


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the first second of each new state."""
    moment, state = begin, _state(zone, begin)
    while moment < end:
        following = moment + _STEP
        after = _state(zone, following)
        if after != state:
            yield _first_of(zone, moment, following)
        moment, state = following, after


def _first_of(zone: ZoneInfo, old: datetime, new: datetime) -> datetime:
    """Return the first second whose state is that of `new`, between `old` and `new`."""
    while new - old > _SECOND:
        middle = old + (new - old) // _SECOND // 2 * _SECOND
        old, new = (old, middle) if _state(zone, middle) == _state(zone, new) else (middle, new)
    return new


def _state(zone: ZoneInfo, moment: datetime) -> tuple[timedelta, str, bool]:
    local = moment.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst())


def _clock(moment: datetime, offset: timedelta) -> datetime:
    return (moment + offset).replace(tzinfo=None)
