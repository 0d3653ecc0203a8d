"""Outcome of writing an import: the new event, and what was kept of the archive."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FileRows:
    """Rows of one file of the archive, by what became of them."""

    read: int
    written: int
    skipped: int


@dataclass(frozen=True, slots=True)
class MediaCounts:
    """Media files by what became of them; `kept`: addresses that lead out of the archive.

    `size`: bytes of those that were placed.
    """

    placed: int = 0
    missing: int = 0
    refused: int = 0
    fetched: int = 0
    kept: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """An event that was made of an archive.

    `event_id`, `identifier`: None after a dry run. `rows`: by the names of the archive's files.
    `ids`: a file with a line `table,old id,new id` for each row; None if an earlier attempt made
    the event, and after a dry run.
    """

    event_id: int | None
    identifier: str | None
    name: str
    rows: Mapping[str, FileRows] = field(default_factory=dict)
    media: MediaCounts = field(default_factory=MediaCounts)
    ids: Path | None = None

    def as_answer(self) -> dict[str, Any]:
        """Return it in the form in which an intent keeps it."""
        answer = asdict(self)
        del answer["ids"]
        return answer

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> Self:
        """Return what `as_answer` made an answer of."""
        return cls(
            answer["event_id"],
            answer["identifier"],
            answer["name"],
            {file: FileRows(**rows) for file, rows in answer["rows"].items()},
            MediaCounts(**answer["media"]),
        )
