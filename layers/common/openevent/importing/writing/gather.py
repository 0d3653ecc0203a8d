"""Gather the rows of an archive into a file that PostgreSQL copies from, and check each of them.

No connection is open meanwhile, and no more than one row is in memory. A row that the database
could not keep is skipped here, with a remark, so that it does not end the whole import.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Protocol
from uuid import UUID

from pydantic_core import PydanticSerializationError, to_json

from openevent.catalogue.event_tables import DELETED_AT, IS_DELETED
from openevent.catalogue.settable import Never, SameAs
from openevent.catalogue.table import EVENTS, MediaKind
from openevent.importing.source import (
    ArchiveRefused,
    Media,
    Place,
    Remark,
    RemarkKind,
    RemarkLog,
    SourceArchive,
    SourceRow,
)
from openevent.importing.writing.plan import Given, ImportPlan, Mapped, TablePlan, Taken, Treatment

# Separators of a line's fields. JSON has no such characters.
SEPARATOR, QUOTE = "\x01", "\x02"

# Ids that fit the column of a temporary table.
_IDS = range(-(2**63), 2**63)

# Reasons of which a person knows without a remark.
_EXPECTED = frozenset({Never.ID, Never.IDENTIFIER, Never.TIME})


class Placer(Protocol):
    """Places media files for rows."""

    def place(self, row: SourceRow, column: str, media: Media, kind: MediaKind) -> str | None:
        """Return the address for the row's column; None, and a remark, if there is no file."""
        ...


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Facts of the new event that the database decides.

    `id`, `identifier`: its own. `values`: values of its columns that the importer's rights and the
    lists of the installation decide; they replace the archive's.
    """

    id: int
    identifier: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """Rows that were gathered, by table: how many, and the columns that any of them has."""

    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Noted:
    """Rows of which one remark is made together, and the place of the first."""

    place: Place
    rows: int = 0


class Gathering:
    """Writes the rows of `source` to `file`, one line each, those of `events` first."""

    def __init__(  # noqa: PLR0913 - the parts of an import
        self,
        plan: ImportPlan,
        source: SourceArchive,
        facts: EventFacts,
        *,
        placer: Placer,
        remarks: RemarkLog,
        salt: str,
    ) -> None:
        """`salt`: an unguessable text from which new texts are derived."""
        self._plan = plan
        self._source = source
        self._facts = facts
        self._placer = placer
        self._remarks = remarks
        self._salt = salt
        self._skipped = defaultdict[str, set[int]](set)
        self._filled: dict[tuple[str, str], _Noted] = {}
        self._not_set: dict[tuple[str, str], _Noted] = {}
        self._old_identifier = str(source.event.values.get("identifier") or "")
        self._gathered = Gathered()
        self._number = 0
        # Looked up for each row, so decided once.
        self._references_of = {name: tuple(table.references) for name, table in plan.tables.items()}
        self._settable = {
            name: table.taken - (table.never.keys() - facts.values.keys())
            for name, table in plan.tables.items()
        }

    def write(self, file: IO[bytes]) -> Gathered:
        """Write all lines; return what there is.

        Raises `ArchiveRefused` if the event itself cannot be kept.
        """
        event = self._source.event
        event.values = {**event.values, **self._facts.values}
        if not self._add(file, self._plan.tables[EVENTS], event):
            raise _incomplete(self._plan.tables[EVENTS], event)
        for table, plan in self._plan.tables.items():
            if table != EVENTS and table in self._source.tables:
                for row in self._source.rows(table):
                    if not self._add(file, plan, row) and row.id is not None:
                        self._skipped[table].add(row.id)
        for table, lacking in self._plan.impossible.items():
            if table in self._source.tables:
                self._remark_on_table(table, lacking)
        self._remark_on_columns()
        return self._gathered

    def _add(self, file: IO[bytes], plan: TablePlan, row: SourceRow) -> bool:
        """Write the line of a row; return False, and remark, if the row is skipped."""
        values = row.values
        if values.get(DELETED_AT) is not None or values.get(IS_DELETED) is True:
            return plan.table == EVENTS or self._skip(row, "row-deleted", None, "It was deleted.")
        references = self._references(plan, row)
        if references is None:
            return False
        document = self._document(plan, row)
        for column in plan.required:
            if document.get(column) is None:
                return self._skip(row, "value-required", column, f"It has no {column}.")
        try:
            body = _json(document)
        except PydanticSerializationError:
            return self._skip(row, "value-invalid", None, "It holds a text that is not Unicode.")
        wanted = {name: media for name, media in row.media.items() if name in plan.media}
        if wanted:
            for name, media in wanted.items():
                document[name] = self._placer.place(row, name, media, plan.media[name])
            body = _json(document)
        file.write(_line(plan.table, self._number, row.id, references, body))
        self._number += 1
        gathered = self._gathered
        gathered.rows[plan.table] = gathered.rows.get(plan.table, 0) + 1
        gathered.columns.setdefault(plan.table, set()).update(document, references)
        self._note_not_set(plan, row)
        return True

    def _references(self, plan: TablePlan, row: SourceRow) -> dict[str, int] | None:
        """Return the archive's ids of the rows that `row` refers to; None if it is skipped."""
        references: dict[str, int] = {}
        for column, mapped in self._references_of[plan.table]:
            id_ = row.values.get(column)
            if isinstance(id_, int) and id_ in _IDS and id_ not in self._skipped[mapped.table]:
                references[column] = id_
            elif mapped.is_parent:
                self._skip(row, "parent-missing", column, f"The row of its {column} is missing.")
                return None
            elif id_ is not None:
                self._drop(row, column, mapped)
        return references

    def _document(self, plan: TablePlan, row: SourceRow) -> dict[str, object]:
        """Return the row's values that the archive sets, and the defaults of others."""
        settable = self._settable[plan.table]
        document = {name: value for name, value in row.values.items() if name in settable}
        for name, is_worth_saying in plan.filled.items():
            if name not in document or (document[name] is None and name in plan.needed):
                document[name] = _default(plan.columns[name], document)
                if is_worth_saying:
                    self._note(self._filled, plan, row, name)
        for name, bits in plan.integers.items():
            value = document.get(name)
            if isinstance(value, int) and not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
                document[name] = None
                self._repair(row, "number-too-large", name, "The number is too large; it is null.")
        for name, kind in plan.renamed.items():
            if document.get(name):
                document[name] = self._renamed(kind, str(document[name]))
        for name in plan.readdressed:
            if document.get(name):
                document[name] = self._readdressed(str(document[name]))
        return document

    def _renamed(self, kind: str, text: str) -> str:
        """Return a UUID that depends on the text."""
        digest = sha256(f"{self._salt} {kind} {text}".encode("utf-8", "replace")).digest()
        return str(UUID(bytes=digest[:16]))

    def _readdressed(self, text: str) -> str:
        """Return the address with the new event's identifier in place of the archive's."""
        if not self._old_identifier:
            return text
        # It is replaced as a whole segment of a path or value of a query.
        pattern = rf"([/=]){re.escape(self._old_identifier)}(?![^/?#&])"
        return re.sub(pattern, rf"\g<1>{self._facts.identifier}", text)

    def _note_not_set(self, plan: TablePlan, row: SourceRow) -> None:
        for name in row.values.keys() & plan.never.keys():
            reason, value = plan.never[name], row.values[name]
            given = plan.columns.get(name)
            is_same = not value or (isinstance(given, Given) and given.value == value)
            if not is_same and reason not in _EXPECTED and name not in self._facts.values:
                self._note(self._not_set, plan, row, name)

    @staticmethod
    def _note(
        noted: dict[tuple[str, str], _Noted], plan: TablePlan, row: SourceRow, column: str
    ) -> None:
        noted.setdefault((plan.table, column), _Noted(row.place(column))).rows += 1

    def _remark_on_columns(self) -> None:
        for (_, column), noted in self._filled.items():
            detail = f"The archive has no {column}, which is needed here; a default is set."
            self._remarks.add(
                Remark(RemarkKind.REPAIRED, "value-missing", noted.place, detail, noted.rows)
            )
        for (table, column), noted in self._not_set.items():
            reason = self._plan.tables[table].never[column]
            detail = f"{column} is never taken from an archive: {reason.value}."
            self._remarks.add(
                Remark(RemarkKind.NOT_SET, "not-set", noted.place, detail, noted.rows)
            )

    def _remark_on_table(self, table: str, lacking: str) -> None:
        rows = list(_counted(self._source.rows(table)))
        if rows:
            first, count = rows[-1]
            detail = f"This installation cannot hold these rows: it has no {lacking}."
            place = Place(first.file)
            self._remarks.add(Remark(RemarkKind.SKIPPED, "table-missing", place, detail, count))

    def _skip(self, row: SourceRow, code: str, column: str | None, detail: str) -> bool:
        self._remarks.add(Remark(RemarkKind.SKIPPED, code, row.place(column), detail))
        return False

    def _repair(self, row: SourceRow, code: str, column: str, detail: str) -> None:
        self._remarks.add(Remark(RemarkKind.REPAIRED, code, row.place(column), detail))

    def _drop(self, row: SourceRow, column: str, mapped: Mapped) -> None:
        detail = f"The row of {mapped.table} that it refers to is not imported."
        place = row.place(column)
        self._remarks.add(Remark(RemarkKind.REFERENCE_DROPPED, "reference-dropped", place, detail))


def _counted(rows: Iterator[SourceRow]) -> Iterator[tuple[SourceRow, int]]:
    """Yield the first row with the number of all, once they are counted."""
    first, count = None, 0
    for row in rows:
        first, count = first or row, count + 1
    if first is not None:
        yield first, count


def _default(treatment: Treatment, document: Mapping[str, object]) -> object:
    default = treatment.default if isinstance(treatment, Taken) else None
    return document.get(default.column) if isinstance(default, SameAs) else default


def _json(document: Mapping[str, object]) -> bytes:
    return to_json(document, inf_nan_mode="null")


def _line(
    table: str,
    number: int,
    id_: int | None,
    references: Mapping[str, int],
    body: bytes,
) -> bytes:
    old = id_ if id_ is not None and id_ in _IDS else ""
    fields = (
        f"{table}{SEPARATOR}{number}{SEPARATOR}{old}{SEPARATOR}".encode(),
        _json(references) if references else b"",
        SEPARATOR.encode(),
        body,
        b"\n",
    )
    return b"".join(fields)


def _incomplete(plan: TablePlan, event: SourceRow) -> ArchiveRefused:
    missing = [name for name in plan.required if event.values.get(name) is None]
    return ArchiveRefused(
        "event-incomplete",
        f"The archive's event has no {' and no '.join(missing) or 'valid values'}. Without that it "
        "cannot be imported. Complete the file named event, and import again.",
    )
