"""Retries of what failed with a transient error, such as one throttled call of many."""

import time
from collections.abc import Callable
from typing import TypeVar

from openevent.errors import Unavailable
from openevent.media.deadline import Deadline
from openevent.media.skipped import Transient

T = TypeVar("T")

TRIES = 3

# Seconds before the second try; twice that before the third.
BACKOFF = 0.3


def retry(once: Callable[[], T], deadline: Deadline) -> T:
    """Return what `once` returns; call it up to `TRIES` times, unless the `deadline` comes first.

    Raises what the last call raised: `Transient`, `Unavailable` if S3 did not answer, or any other
    error at once.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return once()
        except (Transient, Unavailable):
            pause = BACKOFF * attempt
            if attempt == TRIES or deadline.left < pause:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable")
