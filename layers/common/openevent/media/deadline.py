"""Deadline: the moment after which no new work begins."""

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the clock of `time.monotonic`, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment that is `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        """Return this deadline, or the moment `seconds` from now if that is earlier."""
        return self if self.left <= seconds else Deadline.after(seconds)

    @property
    def left(self) -> float:
        """Seconds until the deadline; negative once it has passed."""
        return self.at - time.monotonic()

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.left <= 0
