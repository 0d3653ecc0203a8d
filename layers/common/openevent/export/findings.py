"""Findings about an archive's data: what is missing, withheld or repaired."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Any

from aws_lambda_powertools import Logger

from openevent.catalogue.table import EVENTS
from openevent.export.repairs import Repair
from openevent.export.rows.plan import FilePlan
from openevent.media.places import BUCKET_UNUSED, Places

logger = Logger(child=True)


class Findings:
    """Collects what the manifest says about the data, the repairs on disk.

    There can be as many repairs as rows; `repairs` counts them by kind.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool`: an empty file for the repairs."""
        self.warnings: list[dict[str, str]] = []
        self.withheld: list[dict[str, str]] = []
        self.repairs: Counter[str] = Counter()
        self._spool = spool

    def note_unknown_tables(self, names: Iterable[str]) -> None:
        """Warn of tables of events that the catalogue does not know."""
        for name in names:
            self._warn("table-unknown", table=name)

    def note_unknown_timezone(self) -> None:
        """Warn that the event's times are written in UTC."""
        self._warn("timezone-unknown", table=EVENTS, column="timezone")

    def note_cells(self, warnings: Iterable[dict[str, str]]) -> None:
        """Warn of values that tables do not show, or not whole."""
        for warning in warnings:
            self._warn(**warning)

    def note(self, plan: FilePlan) -> None:
        """Write down what the file lacks and what is kept back from it."""
        table = plan.file.table
        if not plan.found:
            self._warn("table-missing", table=table)
            return
        for column in plan.missing:
            self._warn("column-missing", table=table, column=column)
        if plan.withheld_rows is not None:
            self.withheld.append({"file": plan.file.name, "reason": plan.withheld_rows})
            return
        for column, kind in sorted(plan.withheld.items()):
            self.withheld.append({"file": plan.file.name, "field": column, "reason": kind})

    def note_bucket(self, addresses: Iterable[str], places: Places) -> None:
        """Warn if there are addresses of media files, and none leads to the media bucket."""
        are_there = False
        for address in addresses:
            if places.is_in_bucket(address):
                return
            are_there = True
        if are_there:
            self._warn(BUCKET_UNUSED)

    def repair(self, repair: Repair) -> None:
        """Write down a repair."""
        self.repairs[repair.kind] += 1
        line = {
            "change": repair.kind,
            "file": repair.file,
            "id": repair.id,
            "field": repair.field,
        }
        self._spool.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def repaired(self) -> Iterator[str]:
        """Yield a JSON object for each repair."""
        self._spool.seek(0)
        yield from (line.decode().rstrip("\n") for line in self._spool)

    def first(self) -> Iterator[dict[str, Any]]:
        """Yield the repairs as types of JSON, in the order in which they were made."""
        return map(json.loads, self.repaired())

    def save(self, to: IO[bytes]) -> None:
        """Write the findings, for `restore` in another process."""
        head = {"warnings": self.warnings, "withheld": self.withheld, "repairs": self.repairs}
        to.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
        to.writelines(f"{line}\n".encode() for line in self.repaired())

    def restore(self, saved: IO[bytes]) -> None:
        """Take over the findings of another process; read only their lines from `saved`."""
        head = json.loads(saved.readline())
        self.warnings = head["warnings"]
        self.withheld = head["withheld"]
        self.repairs = Counter(head["repairs"])
        for _ in range(self.repairs.total()):
            self._spool.write(saved.readline())

    def _warn(self, code: str, **place: str) -> None:
        logger.warning("The archive may differ from the event", extra={"code": code, **place})
        self.warnings.append({"code": code, **place})
