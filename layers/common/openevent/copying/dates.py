"""Moving dates by the wall clock. Pure.

An event that begins at nine in the morning begins at nine in its next edition as well, although the
offset of its timezone may differ between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class DateInUse:
    """A date in a column, and the number of rows that have it there."""

    table: str
    column: str
    date: datetime
    rows: int


def mover(before: datetime, after: datetime, zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """Return the function that moves a date as far as `after` is from `before` by the wall clock.

    `zone`: where the clock is. Takes aware datetimes and returns them in UTC, where no two of them
    are equal by accident. A time that the clock skips, when it is put forward, becomes as much
    later as the clock skips. Of a time that the clock shows twice, the first stays the first and
    the second the second.

    The function raises `OverflowError` for a date that would be outside the years 1 to 9999.
    """
    distance = _wall(after, zone) - _wall(before, zone)

    def moved(date: datetime) -> datetime:
        if date == before:
            # Exactly as asked for, even if the clock shows that time twice.
            return after.astimezone(UTC)
        wall = _wall(date, zone) + distance
        there = wall.replace(tzinfo=zone, fold=date.astimezone(zone).fold).astimezone(UTC)
        if _wall(there, zone) == wall:
            return there
        return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)

    return moved


def written(date: datetime, zone: ZoneInfo | None) -> str:
    """Return `date` by the clock of `zone`, as RFC 3339 has it.

    In UTC if there is no zone, or if its offset has seconds, as before about 1900: RFC 3339 has
    none in offsets.
    """
    local = date.astimezone(zone or UTC)
    offset = local.utcoffset()
    if offset is not None and offset % timedelta(minutes=1):
        local = date.astimezone(UTC)
    return local.isoformat()


def _wall(date: datetime, zone: ZoneInfo) -> datetime:
    return date.astimezone(zone).replace(tzinfo=None, fold=0)
