"""Limits of imports: the size of an archive, and what one user may import an hour and at a time."""

from dataclasses import dataclass

from openevent.adapters.counters import HOUR, RateLimit
from openevent.errors import TooLarge

MEGABYTE = 1_000_000

# Bytes of a form with an archive. Lambda takes 6 MB of a call's event, in which API Gateway puts
# the body as base64, four characters for three bytes (Lambda quotas, "Invocation payload").
MAX_FORM = 4_400_000


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """The operator's limits.

    `per_hour`: imports that one user may start in an hour, dry runs included. `running`: imports of
    one user that may wait or run at a time. `megabytes_per_hour`: size of all their archives.
    `megabytes`: largest archive.
    """

    per_hour: int
    running: int
    megabytes_per_hour: int
    megabytes: int

    @property
    def starts(self) -> RateLimit:
        """The limit of starts, for each user."""
        return RateLimit(
            "import-starts",
            self.per_hour,
            HOUR,
            f"You have started {self.per_hour} imports within an hour, which is the limit. Please "
            "try again later.",
            code="too-many-imports",
        )

    @property
    def bytes(self) -> RateLimit:
        """The limit of bytes, for each user."""
        return RateLimit(
            "import-bytes",
            self.megabytes_per_hour * MEGABYTE,
            HOUR,
            f"Your archives have reached {self.megabytes_per_hour} MB within an hour, which is the "
            "limit. Please try again later.",
            code="too-many-bytes",
        )

    def require_size(self, size: int) -> None:
        """Raise `TooLarge` for an archive of `size` bytes that is above the limit."""
        if size > self.megabytes * MEGABYTE:
            raise TooLarge(
                "archive-too-large",
                f"The archive is larger than {self.megabytes} MB, which is the limit.",
            )
