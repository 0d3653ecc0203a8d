"""What is to be said of an archive beside its data: what is missing, withheld, or was changed."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from aws_lambda_powertools import Logger

from openevent.catalogue.table import Kind
from openevent.export.repairs import Repair

logger = Logger(child=True)


class Findings:
    """Collects what the manifest says; the changes, of which there can be as many as rows, on disk.

    `changes` counts them by kind.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool`: an empty file for the changes."""
        self.warnings: list[dict[str, str]] = []
        self.withheld: list[dict[str, str]] = []
        self.changes: Counter[str] = Counter()
        self._spool = spool

    def warn(self, code: str, **place: str) -> None:
        """The archive lacks a part that the database does not have, or that nobody knows."""
        logger.warning("The archive lacks a part", extra={"code": code, **place})
        self.warnings.append({"code": code, **place})

    def withhold(self, file: str, kind: Kind, field: str | None = None) -> None:
        """The archive keeps back a field, or all rows of a file, for the sake of privacy."""
        place = {"file": file} if field is None else {"file": file, "field": field}
        self.withheld.append({**place, "reason": kind})

    def repair(self, repair: Repair) -> None:
        """Data was changed so that its readers accept it."""
        self.changes[repair.change] += 1
        line = {
            "change": repair.change,
            "file": repair.file,
            "id": repair.id,
            "field": repair.field,
        }
        self._spool.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def repaired(self) -> Iterator[str]:
        """A JSON object for each change."""
        self._spool.seek(0)
        yield from (line.decode().rstrip("\n") for line in self._spool)

    def first(self) -> Iterator[dict[str, Any]]:
        """The changes, as JSON's types, in the order in which they were made."""
        return map(json.loads, self.repaired())

    def save(self, to: IO[bytes]) -> None:
        """Write what was found, for `restore` in another process."""
        head = {"warnings": self.warnings, "withheld": self.withheld, "changes": self.changes}
        to.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
        to.writelines(f"{line}\n".encode() for line in self.repaired())

    def restore(self, saved: IO[bytes]) -> None:
        """Take up what another process has found; reads its lines, and no more."""
        head = json.loads(saved.readline())
        self.warnings = head["warnings"]
        self.withheld = head["withheld"]
        self.changes = Counter(head["changes"])
        for _ in range(self.changes.total()):
            self._spool.write(saved.readline())
