"""Rows of an archive as the JSON objects that they are, by table."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from openevent.catalogue.event_tables import TABLES
from openevent.importing.reading import old_forms
from openevent.importing.reading.entries import Entries
from openevent.importing.reading.json_rows import Document, JsonDamaged, JsonFile
from openevent.importing.reading.limits import Limits
from openevent.importing.reading.notes import Notes
from openevent.importing.source import ArchiveRefused, RemarkKind

# Without these files, or with half of them, an import is not what the person wants.
_ESSENTIAL = frozenset({"sessions", "speaker"})

_FORMS = "custom_forms"


class Documents:
    """The rows of all tables but the event.

    `found`: the number of rows of each file; grows while they are read.
    """

    def __init__(
        self, entries: Entries, nested: Mapping[str, Sequence[Document]], limits: Limits
    ) -> None:
        """`nested`: rows inside the event, by table; they count where there is no file."""
        self.found: dict[str, int] = {}
        self._entries = entries
        self._nested = nested
        self._limits = limits

    def has(self, table: str) -> bool:
        """Return whether the archive can have rows of `table`."""
        return TABLES[table].file.name in self._entries or bool(self._nested.get(table))

    def read(self, table: str, notes: Notes) -> Iterator[tuple[Document, str]]:
        """Yield each row and its own JSON, or for rows inside other rows "".

        A file that is damaged ends where it is, with a remark. Raises `ArchiveRefused` if that is
        one without which the import makes no sense, and for too many rows.
        """
        file = TABLES[table].file.name
        if file not in self._entries:
            nested = self._nested.get(table, ())
            self.found[file] = len(nested)
            yield from ((document, "") for document in nested)
            return
        self.found[file] = 0
        with closing(self._entries.open_data(file)) as stream:
            json_file = JsonFile(file, stream, self._limits)
            try:
                for element in json_file.elements():
                    yield from self._rows(table, element, json_file, notes)
            except JsonDamaged as damaged:
                if table in _ESSENTIAL:
                    raise ArchiveRefused(damaged.code, damaged.detail) from damaged
                detail = f"{damaged.detail} What follows in it is not imported."
                notes.add(RemarkKind.SKIPPED, damaged.code, None, detail)

    def _rows(
        self, table: str, element: object, json_file: JsonFile, notes: Notes
    ) -> Iterator[tuple[Document, str]]:
        if not isinstance(element, dict):
            self.count(notes.file)
            if element is not None:
                detail = "A row is no JSON object, so it is not imported."
                notes.add(RemarkKind.SKIPPED, "row-not-an-object", None, detail)
            return
        if json_file.repeated:
            detail = "The row has a key twice; the last one counts."
            notes.add(RemarkKind.REPAIRED, "key-repeated", element.get("id"), detail)
        if table == _FORMS and old_forms.is_old(element):
            try:
                for row in old_forms.form_rows(element):
                    self.count(notes.file)
                    yield row, ""
            except ValueError as unreadable:
                detail = "The text of the form is not valid JSON, so it is not imported."
                notes.add(RemarkKind.SKIPPED, "json-invalid", None, detail, str(unreadable)[:80])
            return
        self.count(notes.file)
        yield element, json_file.text

    def count(self, file: str) -> None:
        """Count a row of `file`. Raises `ArchiveRefused` for too many rows of all files."""
        self.found[file] = self.found.get(file, 0) + 1
        if sum(self.found.values()) > self._limits.rows:
            raise ArchiveRefused(
                "too-many-rows",
                f"The archive has more than {self._limits.rows} rows in total.",
            )
