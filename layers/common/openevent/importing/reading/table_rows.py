"""Rows of one table of an archive, numbered and checked against each other."""

from collections.abc import Iterator, Mapping

from openevent.catalogue.event_tables import DELETED_AT, IS_DELETED
from openevent.importing.reading import stand_ins
from openevent.importing.reading.documents import Documents
from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.keys import kebab
from openevent.importing.reading.links import Side
from openevent.importing.reading.notes import Notes
from openevent.importing.reading.references import NoId, Numbers, read_id
from openevent.importing.reading.row_reader import RowReader
from openevent.importing.source import RemarkKind, SourceRow

# A row of session_types with one of these is a room: one sample has all its rooms there.
_OF_ROOMS = frozenset({"floor", "latitude", "longitude"})

# Keys of a row that was deleted, in both spellings.
_DELETED = (DELETED_AT, IS_DELETED, kebab(DELETED_AT), kebab(IS_DELETED))


class TableRows:
    """One pass over the rows of a table. `numbers`: the ids of those that are kept."""

    def __init__(self, reader: RowReader, notes: Notes, side: Side | None) -> None:
        """`side`: gets the links that the rows name."""
        self.numbers = Numbers()
        self._reader = reader
        self._table = reader.table
        self._notes = notes
        self._side = side

    def read(self, documents: Documents) -> Iterator[SourceRow]:
        """Yield the rows that are kept; make remarks on the others."""
        for document, text in documents.read(self._table, self._notes):
            try:
                row = self._row(document, text)
            except RecursionError:
                detail = "The row is nested too deeply, so it is not imported."
                self._notes.add(RemarkKind.SKIPPED, "json-too-deep", document.get("id"), detail)
                continue
            if row is not None:
                yield row
        self._notes.finish()

    def read_named(self, names: Mapping[int, str], documents: Documents) -> Iterator[SourceRow]:
        """Yield a row for each of `names`, by id, that `read` has not yielded."""
        for row_id, name in names.items():
            document: Document = {"id": row_id, "name": name}
            if row_id in self.numbers.ids or stand_ins.is_row(
                self._table, row_id, name, certainly=False
            ):
                continue
            row = self._reader.read(document, row_id, self._notes)
            if row is not None:
                documents.count(self._notes.file)
                self.numbers.ids.add(row_id)
                detail = "The file does not have the row; sessions name it, and it has their name."
                self._notes.add(RemarkKind.REPAIRED, "row-from-sessions", row_id, detail)
                yield row

    def _row(self, document: Document, text: str) -> SourceRow | None:
        row_id = self._id(document)
        if (reason := self._skipped(document, row_id)) is not None:
            code, detail = reason
            self._notes.add(RemarkKind.SKIPPED, code, row_id, detail)
            return None
        number = self._number(row_id, text) if self._reader.has_id else None
        if self._reader.has_id and number is None:
            detail = "The same row is in the file twice; it is imported once."
            self._notes.add(RemarkKind.SKIPPED, "row-repeated", row_id, detail)
            return None
        row = self._reader.read(document, number, self._notes)
        if number is not None:
            if row is None:
                self.numbers.ids.discard(number)
            elif self._side is not None:
                self._side.collect(document, number, self._notes)
        if row is not None:
            note_order(row, self._notes)
        return row

    def _id(self, document: Document) -> int | None:
        raw = document.get("id")
        try:
            row_id = read_id(raw)
        except NoId:
            detail = "The row's id is no number; references to it are lost."
            self._notes.add(RemarkKind.REPAIRED, "id-unreadable", None, detail, "id")
            return None
        if row_id is not None and not isinstance(raw, int):
            detail = "The row's id was a text, and is read as a number."
            self._notes.add(RemarkKind.REPAIRED, "number-expected", row_id, detail, "id")
        return row_id

    def _number(self, row_id: int | None, text: str) -> int | None:
        number = self.numbers.number(row_id, text)
        if row_id is not None and number is not None and number < 0:
            detail = "Two rows have this id; references lead to the first one."
            self._notes.add(RemarkKind.REPAIRED, "id-repeated", row_id, detail, "id")
        return number

    def _skipped(self, document: Document, row_id: int | None) -> tuple[str, str] | None:
        """Return the code and the reason for which a row is skipped; None if it is not."""
        if any(document.get(key) for key in _DELETED):
            return "row-deleted", "The row was deleted in the event, so it is not imported."
        is_type = self._table == "session_types"
        if is_type and "length" not in document and _OF_ROOMS & document.keys():
            return "row-of-another-table", "The row is a room, and no type of session."
        certainly = self._reader.has_stand_ins
        if stand_ins.is_row(self._table, row_id, document.get("name"), certainly=certainly):
            return stand_ins.CODE, "It is the archive's placeholder for what a session lacks."
        return None


def note_order(row: SourceRow, notes: Notes) -> None:
    """Make a remark if a row ends before it starts. It is kept: which of the two is wrong?"""
    starts, ends = row.values.get("starts_at"), row.values.get("ends_at")
    if starts is not None and ends is not None and ends < starts:  # type: ignore[operator]
        detail = "The end is before the start; both are imported unchanged."
        notes.add(RemarkKind.NOTICED, "end-before-start", row.id, detail, "ends_at")
