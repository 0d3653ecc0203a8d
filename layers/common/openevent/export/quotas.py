"""Quotas of exports: how many a user starts an hour, has running, and how much an event exports."""

from dataclasses import dataclass

from openevent.adapters.counters import DAY, HOUR, RateLimit

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Quotas:
    """The operator's quotas.

    `starts_per_hour`: exports that one user may start of one event in an hour. `running`: exports
    of one user that may wait or run at a time. `gigabytes_per_day`: size of all archives made of
    one event in a day (UTC), above which no further export of it is started.
    """

    starts_per_hour: int
    running: int
    gigabytes_per_day: int

    @property
    def starts(self) -> RateLimit:
        """The limit of starts, for each user and event."""
        return RateLimit(
            "export-starts",
            self.starts_per_hour,
            HOUR,
            f"You have started {self.starts_per_hour} exports of this event within an hour, which "
            "is the limit. Please try again later.",
            code="too-many-exports",
        )

    @property
    def dry_runs(self) -> RateLimit:
        """The limit of dry runs, for each user and event."""
        return RateLimit(
            "export-dry-runs",
            self.starts_per_hour,
            HOUR,
            f"You have made {self.starts_per_hour} dry runs of this event within an hour, which is "
            "the limit. Please try again later.",
            code="too-many-exports",
        )

    @property
    def bytes(self) -> RateLimit:
        """The limit of bytes, for each event."""
        return RateLimit(
            EXPORTED_BYTES.name,
            self.gigabytes_per_day * GIGABYTE,
            DAY,
            f"The exports of this event have reached {self.gigabytes_per_day} GB today, which is "
            "the limit. Please download one of them, or try again tomorrow.",
            code="too-many-bytes",
        )


# Where the worker counts the bytes of archives; it refuses nothing.
EXPORTED_BYTES = RateLimit("exported-bytes", 0, DAY, "")
