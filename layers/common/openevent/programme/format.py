"""The formats of a programme. Pure; apart from `formats`, as jobs name a format and write none."""

from enum import StrEnum


class Format(StrEnum):
    """Formats of a programme, by the ends of their files' names."""

    ICAL = "ics"
    XCAL = "xcs"
    XML = "xml"
    JSON = "json"
