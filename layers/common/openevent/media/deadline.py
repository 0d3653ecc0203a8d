"""Deadline: the moment after which no new work begins."""

import time
from dataclasses import dataclass, field
from threading import Event
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment `at` on the clock of `time.monotonic`, in seconds.

    As soon as `ended` is set, it has come, and with it all that are `within` it.
    """

    at: float
    ended: Event | None = field(default=None, kw_only=True)

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment that is `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        """Return this deadline, or the moment `seconds` from now if that is earlier."""
        if self.left <= seconds:
            return self
        return Deadline(time.monotonic() + seconds, ended=self.ended)

    @property
    def left(self) -> float:
        """Seconds until the deadline; 0 or less once it has come."""
        if self.ended is not None and self.ended.is_set():
            return 0.0
        return self.at - time.monotonic()

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.left <= 0
