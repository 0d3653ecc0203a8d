"""Sizes, times and numbers as people read them. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from openevent.pages.moments import day_text, utc_text

_UNIT = 1000


def readable_size(size: int) -> str:
    """Return `size` in bytes for a person, in units of 1,000."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < _UNIT:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _UNIT
    return f"{amount:.1f} GB"


def readable_time(seconds: int) -> str:
    """Return epoch `seconds` for a person."""
    return utc_text(datetime.fromtimestamp(seconds, UTC))


def readable_moment(moment: datetime, zone: ZoneInfo | None) -> str:
    """Return `moment` (with an offset) in UTC and, if there is one, in the event's time `zone`.

    The day is repeated if it is another one there: `31 May 2027, 22:00 UTC (1 June 2027, 03:45 in
    Asia/Kathmandu)`.
    """
    utc = moment.astimezone(UTC)
    text = utc_text(moment)
    if zone is None or zone.key in {"UTC", "Etc/UTC"}:
        return text
    local = moment.astimezone(zone)
    day = "" if local.date() == utc.date() else f"{day_text(local)}, "
    return f"{text} ({day}{local:%H:%M} in {zone.key})"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return `number` with its noun: `1 media file`, `1,200 media files`."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def listed(words: list[str]) -> str:
    """Return words as an enumeration: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
