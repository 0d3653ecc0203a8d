"""Days of a programme, by the event's clock. Pure.

A session that begins after midnight, before the change of day, belongs to the day before, as
programmes of conferences print it (voc/schedule: 06:00 to 06:00).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from openevent.programme.model import Day, Room, Session

CHANGE_OF_DAY = time(6)


def date_of(moment: datetime, zone: ZoneInfo) -> date:
    """Return the date of the day that `moment` belongs to."""
    clock = moment.astimezone(zone).replace(tzinfo=None)
    return (clock - timedelta(hours=CHANGE_OF_DAY.hour)).date()


def days_of(
    sessions: Iterable[Session], rooms: Sequence[Room], zone: ZoneInfo, *, empty: datetime
) -> tuple[Day, ...]:
    """Return the days with sessions, each with its rooms in the order of `rooms`.

    Without sessions, the one day is that of the moment `empty`.
    """
    found: dict[date, dict[Room, list[Session]]] = {}
    for session in sorted(sessions, key=lambda one: (one.starts, one.id)):
        by_room = found.setdefault(date_of(session.starts, zone), {})
        by_room.setdefault(session.room, []).append(session)
    if not found:
        found[date_of(empty, zone)] = {}
    return tuple(
        Day(
            index,
            day,
            _change_of(day, zone),
            _change_of(day + timedelta(days=1), zone),
            tuple((room, tuple(by_room[room])) for room in rooms if room in by_room),
        )
        for index, (day, by_room) in enumerate(sorted(found.items()), 1)
    )


def _change_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, CHANGE_OF_DAY, zone).astimezone(UTC)
