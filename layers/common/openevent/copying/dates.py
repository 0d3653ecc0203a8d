"""Moving dates by the clock on the wall. Pure.

An event that is at nine in the morning is at nine in its next edition as well, although between the
two the offset of its timezone may change.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def find_zone(name: str) -> ZoneInfo | None:
    """The timezone `name` (`Europe/Berlin`); None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # the last two: of a directory, of what is no path
        return None


def mover(before: datetime, after: datetime, zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """What moves any date as far as `before` is from `after` on the clocks of `zone`.

    Takes aware datetimes; gives them in UTC, where no two are taken for the same. A time that the
    clocks skip, when they are put forward, becomes as much later as they skip; one that they show
    twice remains the first or the second that it was.

    What it gives raises `OverflowError` for a date that would lie outside the years 1 to 9999.
    """
    distance = _wall(after, zone) - _wall(before, zone)

    def moved(date: datetime) -> datetime:
        if date == before:
            return after.astimezone(UTC)
        wall = _wall(date, zone) + distance
        there = wall.replace(tzinfo=zone, fold=date.astimezone(zone).fold).astimezone(UTC)
        if _wall(there, zone) == wall:
            return there
        return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)

    return moved


def _wall(date: datetime, zone: ZoneInfo) -> datetime:
    return date.astimezone(zone).replace(tzinfo=None, fold=0)
