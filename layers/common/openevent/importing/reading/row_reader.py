"""Rows of one table, from the JSON of any dialect to the columns of the live table."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from openevent.catalogue.shape import ColumnType, LiveTable
from openevent.catalogue.table import EVENTS, EventTable, Missing
from openevent.importing.reading import keys, media_files, stand_ins
from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.notes import Notes
from openevent.importing.reading.references import NoId, read_id
from openevent.importing.reading.special import SPECIAL
from openevent.importing.reading.texts import shown
from openevent.importing.reading.values import Converter, Reading, Repaired, converter
from openevent.importing.source import RemarkKind, SourceRow

# Different keys of one file that are remembered. A real one has fewer than a hundred.
_REMEMBERED = 2000

_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class _Key:
    """Meaning of a key: a column, or nothing.

    `rank`: which of two keys for one column counts, the lowest. `of_text`: the column if the value
    is a text. `is_unknown`: whether its values are lost.
    """

    column: str | None = None
    rank: int = 0
    of_text: str | None = None
    is_unknown: bool = False


class RowReader:
    """Reads rows of `table` for the table that the database has.

    `has_id`: whether the live table has ids. `has_stand_ins`: of the dialect.
    """

    def __init__(
        self,
        table: EventTable,
        live: LiveTable,
        reading: Reading,
        entries: Collection[str],
        ids: Callable[[str], Collection[int]],
    ) -> None:
        """`entries`: names of the archive's files. `ids`: returns a table's ids in the archive."""
        self._table = table
        self._live = live
        self._entries = entries
        self._ids = ids
        self._keys: dict[str, _Key] = {}
        self.table = table.name
        self.has_id = "id" in live.columns
        self.has_stand_ins = reading.has_stand_ins
        self._aliases = keys.ALIASES.get(table.name, {})
        links = keys.LINKS.get(table.name)
        self._without_column = {
            *("id", "event_id"),
            *keys.IGNORED.get(table.name, ()),
            *(links[:1] if links else ()),
            *((keys.NESTED.keys() | keys.NAMES.keys()) if table.name == EVENTS else ()),
        }
        if self.has_stand_ins and table.name == "speaker":
            # Written for one reader, with the path of the photo.
            self._without_column.add("thumbnail_image_url")
        self._references = _references(table)
        self._needed = [
            column
            for column, (_, needed) in self._references.items()
            if needed and column in live.columns
        ]
        self._media = {
            name
            for name in table.media
            if name in live.columns and live.columns[name].type is ColumnType.TEXT
        }
        special: Mapping[str, Converter] = SPECIAL.get(table.name, {})
        self._converters = {
            name: _in_turn(special.get(name), converter(column, reading))
            for name, column in live.columns.items()
        }

    def read(self, document: Document, number: int | None, notes: Notes) -> SourceRow | None:
        """Return the row; None, with a remark, if it cannot be without what it refers to.

        `number`: its id, or the number instead.
        """
        row = SourceRow(self._table.name, notes.file, number, {})
        values = row.values
        converters, references, media = self._converters, self._references, self._media
        for column, raw in self._chosen(document, number, notes).items():
            if column in references:
                if not self._refer(row, column, raw, notes):
                    return None
            elif column in media:
                self._find_media(row, column, raw, notes)
            else:
                value = converters[column](raw)
                if type(value) is Repaired:
                    notes.add(RemarkKind.REPAIRED, value.code, number, value.detail, column)
                    value = value.value
                values[column] = value
        return row if self._is_complete(row, notes) else None

    def has_column(self, name: str) -> bool:
        """Return whether the live table has the column `name`."""
        return name in self._live.columns

    def _chosen(self, document: Document, number: int | None, notes: Notes) -> dict[str, object]:
        """Return the values by column, one for each. Two keys of one column can disagree."""
        chosen: dict[str, object] = {}
        ranks: dict[str, int] = {}
        remembered = self._keys
        for name, raw in document.items():
            key = remembered.get(name) or self._resolve(name)
            column = key.of_text if key.of_text is not None and type(raw) is str else key.column
            if column is None:
                if key.is_unknown and raw not in _EMPTY:
                    notes.unknown(name, number)
            elif column not in chosen:
                chosen[column] = raw
                ranks[column] = key.rank
                if (self._table.name, name) in keys.WRONG and raw:
                    detail = f"The key {shown(name)} is read as {column}."
                    notes.add(RemarkKind.REPAIRED, "key-renamed", number, detail, column)
            elif raw not in _EMPTY and not self._agree(column, raw, other := chosen[column]):
                if other not in _EMPTY:
                    detail = "Two keys of the row disagree; the one with the column's name counts."
                    notes.add(RemarkKind.REPAIRED, "keys-disagree", number, detail, column)
                if other in _EMPTY or key.rank < ranks[column]:
                    chosen[column] = raw
                    ranks[column] = key.rank
        return chosen

    def _agree(self, column: str, one: object, other: object) -> bool:
        """Return whether two values of a column are the same; references may be objects."""
        if one == other or column not in self._references:
            return one == other
        try:
            return read_id(one) == read_id(other)
        except NoId:
            return False

    def _resolve(self, name: str) -> _Key:
        found = self._meaning(name)
        if len(self._keys) < _REMEMBERED:
            self._keys[name] = found
        return found

    def _meaning(self, name: str) -> _Key:
        columns = self._live.columns
        folded = keys.fold(name)
        if folded in self._without_column:
            return _Key()
        of_text = keys.BY_TYPE.get(self._table.name, {}).get(folded)
        of_text = of_text if of_text in columns else None
        if folded in columns:
            return _Key(folded, int(name != folded), of_text)
        alias = self._aliases.get(folded)
        if alias in columns:
            return _Key(alias, 2)
        return _Key(of_text=of_text, is_unknown=True)

    def _refer(self, row: SourceRow, column: str, raw: object, notes: Notes) -> bool:
        """Set a reference, or null and a remark; return whether the row can be kept."""
        table, needed = self._references[column]
        try:
            to = read_id(raw)
        except NoId:
            to = -1
        is_lost = to is None and isinstance(raw, dict) and bool(raw.get("name"))
        if (to is None or to in self._ids(table)) and not is_lost:
            row.values[column] = to
            return True
        if needed:
            return True  # `_is_complete` notices it
        row.values[column] = None
        if to == stand_ins.ID and self.has_stand_ins:
            notes.add(RemarkKind.REPAIRED, stand_ins.CODE, row.id, stand_ins.DETAIL, column)
            return True
        detail = "The archive has no such row, so the field is empty now."
        notes.add(RemarkKind.REFERENCE_DROPPED, "reference-dropped", row.id, detail, column)
        return True

    def _is_complete(self, row: SourceRow, notes: Notes) -> bool:
        """Return whether the row has the references without which it cannot be; else remark it."""
        for column in self._needed:
            if row.values.get(column) is None:
                detail = "It belongs to a row that the archive does not have."
                notes.add(RemarkKind.SKIPPED, "row-of-missing-row", row.id, detail, column)
                return False
        return True

    def _find_media(self, row: SourceRow, column: str, raw: object, notes: Notes) -> None:
        if raw in _EMPTY:
            return
        found = media_files.find(raw, self._entries) if isinstance(raw, str) else None
        if self.has_stand_ins and stand_ins.is_picture(raw, found):
            notes.add(RemarkKind.REPAIRED, stand_ins.CODE, row.id, stand_ins.DETAIL, column)
        elif found is not None:
            row.media[column] = found
        elif isinstance(raw, str) and media_files.is_path(raw):
            detail = f"The archive does not have the file {shown(raw)}."
            notes.add(RemarkKind.MEDIA_MISSING, "media-missing", row.id, detail, column)
        else:
            detail = f"{shown(raw)} is neither a file of the archive nor a web address."
            notes.add(RemarkKind.MEDIA_REFUSED, "media-address-invalid", row.id, detail, column)


def _references(table: EventTable) -> dict[str, tuple[str, bool]]:
    """Return, by column, the table it refers to, and whether a row cannot be without it."""
    found = {
        column: (reference.table, reference.missing is Missing.SKIP_ROW)
        for column, reference in table.references.items()
    }
    if table.owner is not None and table.owner[1] != EVENTS:
        found[table.owner[0]] = (table.owner[1], True)
    return found


def _in_turn(first: Converter | None, then: Converter) -> Converter:
    """Return a converter that does what `then` does, after `first` unless that repaired it."""
    if first is None:
        return then

    def convert(value: object) -> object:
        made = first(value)
        return made if isinstance(made, Repaired) else then(made)

    return convert
