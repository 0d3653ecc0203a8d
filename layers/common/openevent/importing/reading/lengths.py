"""Lengths of session types, `HH:MM` in the database, as people typed them. Pure."""

import re

from openevent.importing.reading.texts import shown
from openevent.importing.reading.values import Repaired

# The server's own default.
DEFAULT = "00:30"

_CLOCK = re.compile(r"(\d{1,3})\s*[:.,h]\s*(\d{1,2})(?::\d{1,2})?\s*(?:h|hours?|min|minutes?)?")
_MINUTES = re.compile(r"(\d{1,4})\s*(?:min|minutes?)?")
_HOURS = re.compile(r"(\d{1,2})\s*(?:h|hours?)")


def read_length(value: object) -> object:
    """Return a length as `HH:MM`, or a `Repaired`.

    `0.30` and `00.20 minutes` have a point for the colon, and one digit after it is that of tens:
    `00.2 Hour` has 20 minutes. A number alone is minutes.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return _default("No length is given")
    text = str(value).strip().lower() if isinstance(value, str) or value < 10**6 else ""
    if not text:
        return _default("No length is given")
    minutes = _minutes(text)
    if minutes is None:
        return _default(f"{shown(text)} is no length")
    length = f"{minutes // 60:02}:{minutes % 60:02}"
    if length == value:
        return value
    return Repaired(length, "length-repaired", f"{shown(text)} is read as {length}.")


def _minutes(text: str) -> int | None:
    if match := _CLOCK.fullmatch(text):
        hours, minutes = match.groups()
        # Digits after a colon are minutes, after a point those of a fraction cut to minutes.
        after = minutes if ":" in text or len(minutes) > 1 else f"{minutes}0"
        return int(hours) * 60 + int(after) if int(after) < 60 else None  # noqa: PLR2004
    if match := _MINUTES.fullmatch(text):
        return int(match[1])
    if match := _HOURS.fullmatch(text):
        return int(match[1]) * 60
    return None


def _default(why: str) -> Repaired:
    return Repaired(DEFAULT, "length-missing", f"{why}; it is {DEFAULT}, as on the server.")
