"""Progress of an archive that is being made."""

from collections.abc import Callable
from dataclasses import dataclass

# The stages in their order.
STAGES = ("data", "media", "upload")


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one stage: `done` of `total` items, and the archive's size so far in bytes."""

    stage: str
    done: int
    total: int
    bytes: int

    @property
    def position(self) -> tuple[int, float]:
        """The stage's number and the share of it that is done; grows while the archive is made."""
        share = self.done / self.total if self.total else 0.0
        return STAGES.index(self.stage), share


# Takes each step of progress; it may raise to stop the work.
Report = Callable[[Progress], None]
