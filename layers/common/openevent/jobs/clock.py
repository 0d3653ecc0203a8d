"""Clock of the job records."""

import time
from datetime import UTC, datetime

HOUR = 3600
DAY = 24 * HOUR


def timestamp() -> str:
    """Return the current time as ISO 8601 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def epoch() -> int:
    """Return the current time in whole seconds since 1970."""
    return int(time.time())
