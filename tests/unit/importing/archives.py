"""Archives for tests, in every dialect, and what reading makes of them."""

import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

from local import schema
from openevent.catalogue.shape import Column, ColumnType, LiveTable
from openevent.importing.reading.archive import Archive
from openevent.importing.reading.limits import DEFAULT, Limits
from openevent.importing.source import Remark, RemarkKind, SourceRow

Json = dict[str, object]

# Code, file, id and field of a remark.
Said = tuple[str, str, int | str | None, str | None]

_TYPES = {
    "integer": (ColumnType.INTEGER, 32),
    "bigint": (ColumnType.INTEGER, 64),
    "smallint": (ColumnType.INTEGER, 16),
    "boolean": (ColumnType.BOOLEAN, 0),
    "float8": (ColumnType.NUMBER, 0),
    "timestamptz": (ColumnType.TIMESTAMP, 0),
    "timestamp": (ColumnType.TIMESTAMP, 0),
    "json": (ColumnType.JSON, 0),
    "jsonb": (ColumnType.JSON, 0),
}

_LENGTH = re.compile(r"varchar\((\d+)\)")


@cache
def shape() -> Mapping[str, LiveTable]:
    """The tables of Open Event Server 1.19."""
    columns: dict[str, dict[str, Column]] = {}
    for column in schema.columns():
        columns.setdefault(column.table, {})[column.name] = _column(column)
    return {table: LiveTable(found) for table, found in columns.items()}


def _column(column: schema.Column) -> Column:
    has_default = bool(column.default)
    if column.type.endswith("[]"):
        return Column(column.nullable, has_default=has_default, type=ColumnType.ARRAY)
    if column.type in _TYPES:
        type_, bits = _TYPES[column.type]
        return Column(column.nullable, has_default=has_default, type=type_, bits=bits)
    length = _LENGTH.fullmatch(column.type)
    characters = int(length[1]) if length else sys.maxsize
    return Column(
        column.nullable, has_default=has_default, type=ColumnType.TEXT, characters=characters
    )


def zipped(files: Mapping[str, object], *, folder: str = "") -> bytes:
    """A ZIP file of bytes and texts, and of anything else as JSON."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, as_bytes(content))
    return made.getvalue()


def as_bytes(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content, ensure_ascii=False, indent=4).encode()


@dataclass
class Log:
    """Keeps all remarks."""

    remarks: list[Remark] = field(default_factory=list)

    def add(self, remark: Remark) -> None:
        self.remarks.append(remark)


@dataclass
class Read:
    """An archive that was read to its end."""

    archive: Archive
    rows: dict[str, list[SourceRow]]
    log: Log

    @property
    def event(self) -> SourceRow:
        return self.archive.event

    def values(self, table: str, *columns: str) -> list[tuple[object, ...]]:
        """The values of `columns`, `id` among them, of all rows of `table`."""
        return [
            tuple(row.id if name == "id" else row.values.get(name) for name in columns)
            for row in self.rows[table]
        ]

    def said(self, *kinds: RemarkKind) -> list[Said]:
        """Return what remarks say: those of `kinds`, or all but those on missing files."""
        return [
            (remark.code, remark.place.file, remark.place.id, remark.place.field)
            for remark in self.log.remarks
            if (remark.kind in kinds if kinds else remark.code != "file-missing")
        ]


def read(archive: bytes, limits: Limits = DEFAULT, **tables: LiveTable | None) -> Read:
    """Read everything of an archive but its media, in the order in which writing does.

    `tables`: that the database has in place of Open Event's; None if it lacks the table.
    """
    return read_file(io.BytesIO(archive), limits, **tables)


def read_file(file: BinaryIO, limits: Limits = DEFAULT, **tables: LiveTable | None) -> Read:
    """Read everything of a file, as `read` does."""
    log = Log()
    live = {name: table for name, table in {**shape(), **tables}.items() if table is not None}
    opened = Archive(file, live, log, limits)
    rows = {table: list(opened.rows(table)) for table in opened.tables}
    assert opened.proposed_invites is not None
    return Read(opened, rows, log)
