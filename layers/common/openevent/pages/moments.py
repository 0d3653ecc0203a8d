"""Moments as mails, pages and messages name them. Pure."""

from datetime import UTC, date, datetime


def day_text(day: date) -> str:
    """Return a day: `2 December 2026`."""
    return f"{day.day} {day:%B %Y}"


def utc_text(moment: datetime) -> str:
    """Return `moment` (with an offset) in UTC: `2 December 2026, 18:30 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{day_text(utc)}, {utc:%H:%M} UTC"
