"""A place where a rule is broken."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """A broken rule: the file, the line (from 1), and what is wrong there."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        """Return it in the format in which compilers report errors."""
        return f"{self.file}:{self.line}: {self.message}"
