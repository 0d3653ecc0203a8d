"""Dates and times of an archive, as UTC. Pure."""

import re
from datetime import UTC, date, datetime, tzinfo

# Offsets such as `+05:45`, `+0545`, `+05` and `Z`, after a time.
_SPACE_BEFORE_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?)\s+(?=[+-]\d\d|[Zz]$)")


def read_moment(text: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """Return the time that `text` (ISO 8601) says, in UTC, and whether it had no offset.

    Without an offset it is the time in `zone`. A date is its midnight. None if the text is no time,
    or one that PostgreSQL and Python do not both have.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub(r"\1", text.strip()))
        except ValueError:
            return None, False
    try:
        if moment.tzinfo is None:
            return moment.replace(tzinfo=zone).astimezone(UTC), True
        return moment.astimezone(UTC), False
    except OverflowError:  # before the year 1, or after 9999
        return None, False


def read_date(text: str) -> date | None:
    """Return the date that `text` (ISO 8601) says; None if it is none."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
