"""Moments, sizes and names as pages show them. Pure.

Names of days and months are English, as all words of the pages are.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
# Between two ends of a range.
DASH = "\N{EN DASH}"

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_THOUSAND = 1000
_TEN = 10


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return `moment` as clocks of the zone show it, with its offset then in whole minutes.

    Before there were time zones, clocks differed by seconds, which no page can say.
    """
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return moment.astimezone(timezone(timedelta(minutes=offset // timedelta(minutes=1))))


def day_text(day: date) -> str:
    """Return a day with its weekday: `Friday, 16 April 2027`."""
    return f"{_DAYS[day.weekday()]}, {date_text(day)}"


def date_text(day: date) -> str:
    """Return a day: `16 April 2027`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def dates_text(first: date, last: date) -> str:
    """Return a range of days without what both have in common: `16-18 April 2027`."""
    if first >= last:
        return date_text(first)
    if first.year != last.year:
        return f"{date_text(first)} {DASH} {date_text(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} {DASH} {date_text(last)}"
    return f"{first.day}{DASH}{date_text(last)}"


def time_text(moment: datetime) -> str:
    """Return what a clock shows: `09:00`."""
    return f"{moment:%H:%M}"


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment with its zone: `16 April 2027, 09:00 (Asia/Kathmandu)`."""
    return f"{clock_text(moment, zone)} ({zone.key})"


def clock_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment by the clocks of the zone: `16 April 2027, 09:00`."""
    clock = local(moment, zone)
    return f"{date_text(clock.date())}, {time_text(clock)}"


def size_text(size: int) -> str:
    """Return a number of bytes in the largest unit of which there is at least one: `1.2 MB`."""
    left = float(size)
    for unit in _UNITS:
        if left < _THOUSAND or unit == _UNITS[-1]:
            break
        left /= _THOUSAND
    is_exact = unit == _UNITS[0] or left >= _TEN
    return f"{left:.0f} {unit}" if is_exact else f"{left:.1f} {unit}"


def price_text(amount: float) -> str:
    """Return an amount of money, with two digits for cents if there are any: `60`, `7.50`."""
    return f"{amount:.0f}" if amount == int(amount) else f"{amount:.2f}"


def count_text(count: int, one: str, many: str) -> str:
    """Return a number of things: `1 session`, `2 sessions`."""
    return f"{count:,} {one if count == 1 else many}"


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
