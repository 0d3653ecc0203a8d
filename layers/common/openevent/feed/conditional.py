"""Conditional requests (RFC 9110, section 13): whether a client's copy is still right. Pure."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_TAGS = re.compile(r'(?:W/)?"([^"]*)"')


def etag(digest: str) -> str:
    """Return the entity tag of a text with this digest.

    It is a weak one, as API Gateway sends the text compressed or not under the same tag.
    """
    return f'W/"{digest}"'


def http_date(seconds: int) -> str:
    """Return a time, in seconds of the epoch, as HTTP has it."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def is_unchanged(
    digest: str, since: int, *, if_none_match: str | None, if_since: str | None
) -> bool:
    """Return whether the client has the text with this digest, which is so `since` that time.

    `if_none_match`, `if_since`: its headers `If-None-Match` and `If-Modified-Since`. The second
    counts only without the first, and only if it is a date of HTTP.
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or digest in _TAGS.findall(if_none_match)
    seen = None if if_since is None else _seconds(if_since)
    return seen is not None and since <= seen


def _seconds(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
