"""Comparison of an archive with that of the event that was imported from it. Pure.

What must differ is not compared: ids, the identifier, the state, and what an archive never sets. A
reference is compared by the values of its row, a media file by its bytes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

from openevent.catalogue.event_tables import RESET_EVERYWHERE, TABLES
from openevent.catalogue.settable import NEVER_SET
from openevent.catalogue.table import EVENTS, EventTable

# Files that are about the archive or the installation, and the team, which gets no rights.
_NOT_COMPARED = frozenset({"manifest.json", "meta", "roles"})

_TABLES = {table.file.name: table for table in TABLES.values()}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """One file of both archives: its rows, equal values, and names of columns that differ."""

    file: str
    rows: tuple[int, int]
    equal: int
    differing: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both have the same rows with the same values."""
        return self.rows[0] == self.rows[1] and not self.differing


def compare(first: ZipFile, second: ZipFile) -> list[Compared]:
    """Compare the data files of two archives, in the order of the first."""
    one, two = _Archive(first), _Archive(second)
    return [_compared(name, one.rows(name), two.rows(name)) for name in one.files]


def media_digests(archive: ZipFile) -> list[str]:
    """Return the sorted SHA-256 of all media files."""
    derived = ("pages/", "tables/")
    names = (name for name in archive.namelist() if "/" in name and not name.startswith(derived))
    return sorted(hashlib.sha256(archive.read(name)).hexdigest() for name in names)


def _compared(name: str, one: list[Row], two: list[Row]) -> Compared:
    differing = dict[str, None]()
    equal = 0
    for before, after in zip(one, two, strict=False):
        for column, value in before.items():
            if after.get(column) == value:
                equal += 1
            else:
                differing[column] = None
    return Compared(name, (len(one), len(two)), equal, tuple(differing))


class _Archive:
    """The rows of an archive without what must differ."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self.files = [
            name for name in archive.namelist() if name in _TABLES and name not in _NOT_COMPARED
        ]
        self._documents = {name: _rows(archive, name) for name in self.files}
        self._identifier = str(self._documents["event"][0]["identifier"])
        self._referred = {
            name: {row["id"]: _text(self._own(_TABLES[name], row)) for row in rows if "id" in row}
            for name, rows in self._documents.items()
        }

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a file, in an order that does not depend on their ids."""
        table = _TABLES[name]
        rows = self._documents.get(name, [])
        return sorted(
            (self._own(table, row) | dict(self._references(table, row)) for row in rows), key=_text
        )

    def _own(self, table: EventTable, row: Row) -> dict[str, Any]:
        """Return the values of a row that are no references."""
        never = {name for names in NEVER_SET.get(table.name, {}).values() for name in names}
        never |= {"id", "event_id", *RESET_EVERYWHERE, *table.references}
        return {
            column: bool(value) if column in table.names else self._value(value)
            for column, value in row.items()
            if column not in never and not _leads_out(column, value)
        }

    def _references(self, table: EventTable, row: Row) -> Iterator[tuple[str, Any]]:
        """Yield what the references of a row lead to."""
        for column, reference in table.references.items():
            if reference.table != EVENTS and column in row:
                rows = self._referred[TABLES[reference.table].file.name]
                yield column, rows.get(row[column])

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - of JSON
        if not isinstance(value, str):
            return value
        if value.startswith("/") and value[1:] in self._names:
            return hashlib.sha256(self._archive.read(value[1:])).hexdigest()
        return value.replace(self._identifier, "")


def _leads_out(column: str, value: object) -> bool:
    """Return whether a value is the id of a row that no archive holds, or null in its place."""
    return column.endswith("_id") and (value is None or isinstance(value, int))


def _text(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def _rows(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    document = json.loads(archive.read(name))
    return document if isinstance(document, list) else [document]
