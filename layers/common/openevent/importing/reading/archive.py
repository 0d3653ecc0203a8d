"""An uploaded archive as the source of an import (`importing.source.SourceArchive`)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import BinaryIO

from openevent.catalogue.event_tables import EVENT_TABLES, TABLES
from openevent.catalogue.files import CONTRACT_FILES, MANIFEST_FILE, META
from openevent.catalogue.shape import Shape
from openevent.catalogue.table import EVENTS, TEAM, MediaKind
from openevent.importing.reading import dialects, event_row, links, media_files, team
from openevent.importing.reading.documents import Documents
from openevent.importing.reading.entries import EVENT_FILE, Entries
from openevent.importing.reading.event_file import EventParts, split
from openevent.importing.reading.json_rows import Document, JsonDamaged, JsonFile, read_object
from openevent.importing.reading.limits import DEFAULT, Limits
from openevent.importing.reading.named_rows import Names, may_name, names_in
from openevent.importing.reading.notes import Notes, Silence
from openevent.importing.reading.row_reader import RowReader
from openevent.importing.reading.table_rows import TableRows
from openevent.importing.reading.values import Reading
from openevent.importing.source import (
    ArchiveRefused,
    MediaFile,
    MediaRefused,
    OpenedMedia,
    Place,
    ProposedInvite,
    Remark,
    RemarkKind,
    RemarkLog,
    SourceRow,
)

_KNOWN_FILES = frozenset({table.file.name for table in EVENT_TABLES} | {META.name, MANIFEST_FILE})


class Archive:
    """An archive of any dialect, read for the tables of one database."""

    def __init__(
        self, file: BinaryIO, shape: Shape, log: RemarkLog, limits: Limits = DEFAULT
    ) -> None:
        """Read the directory, the manifest and the event.

        `file`: the uploaded ZIP file, seekable; it must stay open. `shape`: of the tables to write
        to. `log`: gets the remarks. Raises `ArchiveRefused`.
        """
        self._entries = Entries(file, limits)
        self._shape = shape
        self._log = log
        self._limits = limits
        parts = self._event_parts()
        first = {table: self._first(TABLES[table].file.name) for table in links.SIDES}
        self._may_name = self._entries.manifest is None and may_name(first["sessions"])
        self._dialect = self._recognize(parts, [key for row in first.values() for key in row])
        self._reading = Reading(
            event_row.zone_of(parts.own),
            limits,
            empty_is_null=self._dialect.empty_is_null,
            has_stand_ins=self._dialect.has_stand_ins,
        )
        self._documents = Documents(self._entries, parts.nested, limits)
        self._ids: dict[str, Collection[int]] = {}
        self._sides = {table: links.Side(table, limits) for table in links.SIDES}
        self._remark_on_files()
        self._event = self._read_event(parts)

    @property
    def dialect(self) -> str:
        """Name of the archive's dialect (`reading.dialects`)."""
        return self._dialect.name

    @property
    def event(self) -> SourceRow:
        """The row of `events`."""
        return self._event

    @cached_property
    def tables(self) -> Collection[str]:
        """The catalogue's tables, without `events`, of which the archive can have rows."""
        found = [
            table.name
            for table in EVENT_TABLES
            if table.name not in (EVENTS, TEAM)
            and table.name in self._shape
            and (self._documents.has(table.name) or self._names.get(table.name))
        ]
        nested = all(side in found for side in links.SIDES) and links.TABLE in self._shape
        return [*found, links.TABLE] if nested and links.TABLE not in found else found

    @property
    def rows_found(self) -> Mapping[str, int]:
        """For each file the number of its rows, also of skipped ones; grows while rows are read."""
        return self._documents.found

    @cached_property
    def proposed_invites(self) -> Sequence[ProposedInvite]:
        """The archive's team."""
        notes = Notes(TABLES[TEAM].file.name, self._log)
        return team.read_team((row for row, _ in self._documents.read(TEAM, notes)), notes)

    @property
    def withheld(self) -> Sequence[str]:
        """Files, and fields as `file.key`, that the archive's privacy withheld, by its manifest."""
        manifest = self._entries.manifest
        return manifest.withheld if manifest is not None else ()

    def rows(self, table: str) -> Iterator[SourceRow]:
        """Yield the rows of `table`, which is one of `tables`; see `SourceArchive`."""
        if table == links.TABLE:
            return self._links()
        return self._read(table, self._log)

    def open_media(self, file: MediaFile, kind: MediaKind) -> OpenedMedia:
        """Open a media file of the archive. Raises `MediaRefused`."""
        size = self._entries.size(file.path)
        if size > self._limits.media_bytes:
            raise MediaRefused(
                "media-too-large",
                f"The file has {size} bytes; at most {self._limits.media_bytes} are imported.",
            )
        if not size:
            raise MediaRefused("media-empty", "The file is empty.")
        try:
            stream = self._entries.open(file.path)
        except ArchiveRefused as damaged:
            raise MediaRefused(damaged.code, damaged.detail) from damaged
        return media_files.CheckedMedia(file.path, stream, size, kind)

    def _event_parts(self) -> EventParts:
        try:
            with closing(self._entries.open_data(EVENT_FILE)) as stream:
                return split(read_object(EVENT_FILE, stream, self._limits))
        except JsonDamaged as damaged:
            raise ArchiveRefused(damaged.code, damaged.detail) from damaged

    def _recognize(self, parts: EventParts, keys: Collection[str]) -> dialects.ArchiveDialect:
        if self._entries.manifest is not None:
            return self._entries.manifest.dialect
        return dialects.of_keys(parts.own, keys)

    def _first(self, file: str) -> Document:
        """Return the first row of a file; an empty one if it cannot be read."""
        if file not in self._entries:
            return {}
        with closing(self._entries.open_data(file)) as stream:
            try:
                row = next(JsonFile(file, stream, self._limits).elements(), None)
            except JsonDamaged:
                return {}
        return row if isinstance(row, dict) else {}

    def _read_event(self, parts: EventParts) -> SourceRow:
        notes = Notes(EVENT_FILE, self._log)
        self._documents.found[EVENT_FILE] = 1
        manifest = self._entries.manifest
        identifier = manifest.identifier if manifest is not None else None
        try:
            return event_row.read_event(parts, self._reader(EVENTS), notes, identifier)
        except RecursionError as deep:
            raise ArchiveRefused("json-too-deep", "The event is nested too deeply.") from deep

    def _reader(self, table: str) -> RowReader:
        return RowReader(
            TABLES[table], self._shape[table], self._reading, self._entries, self._ids_of
        )

    def _read(self, table: str, log: RemarkLog) -> Iterator[SourceRow]:
        notes = Notes(TABLES[table].file.name, log)
        side = links.Side(table, self._limits) if table in links.SIDES else None
        rows = TableRows(self._reader(table), notes, side)
        yield from rows.read(self._documents)
        yield from rows.read_named(self._names.get(table, {}), self._documents)
        self._ids[table] = rows.numbers.ids
        if side is not None:
            self._sides[table] = side

    def _ids_of(self, table: str) -> Collection[int]:
        """Return the ids of the table's rows in the archive."""
        if table not in self._ids:
            # A reference that comes back to its own table finds no row.
            self._ids[table] = ()
            if table in self.tables:
                for _ in self._read(table, Silence()):
                    pass
        return self._ids[table]

    @cached_property
    def _names(self) -> Names:
        """Names that sessions give to rows of other tables."""
        if not self._may_name:
            return {}
        notes = Notes(TABLES["sessions"].file.name, Silence())
        return names_in(session for session, _ in self._documents.read("sessions", notes))

    def _links(self) -> Iterator[SourceRow]:
        """Yield the rows of speakers_sessions: those of its file, then those that others name."""
        seen: set[links.Pair] = set()
        notes = Notes(TABLES[links.TABLE].file.name, self._log)
        if self._documents.has(links.TABLE):
            for row in self._read(links.TABLE, self._log):
                pair = links.pair_of(row)
                if pair in seen:
                    detail = "The same speaker and session are linked twice."
                    notes.add(RemarkKind.SKIPPED, "row-repeated", None, detail)
                    continue
                seen.add(pair)
                yield row
        ids = {table: self._ids_of(table) for table in links.SIDES}
        for pair in links.union(self._sides, ids, notes):
            if pair not in seen:
                self._documents.count(notes.file)
                yield links.row_of(pair, notes.file)
        if all(ids.values()) and not self._documents.found.get(notes.file):
            detail = "The archive does not say which speaker gives which session."
            notes.add(RemarkKind.NOTICED, "links-missing", None, detail)

    def _remark_on_files(self) -> None:
        if self._entries.folder:
            place = Place(self._entries.folder)
            detail = "The archive's files are in a folder; they are read from there."
            self._log.add(Remark(RemarkKind.NOTICED, "in-a-folder", place, detail))
        for name in self._entries.data_names():
            if name not in _KNOWN_FILES:
                detail = "No archive has a file of this name, so it is not imported."
                self._log.add(Remark(RemarkKind.UNKNOWN, "file-unknown", Place(name), detail))
        for table in EVENT_TABLES:
            if table.name not in self._shape and table.file.name in self._entries:
                place = Place(table.file.name)
                detail = "This installation has no such table, so the file is not imported."
                self._log.add(Remark(RemarkKind.UNKNOWN, "table-unknown", place, detail))
        for file in CONTRACT_FILES:
            if file.name not in self._entries:
                detail = "The archive does not have this file."
                self._log.add(Remark(RemarkKind.NOTICED, "file-missing", Place(file.name), detail))
        for withheld in self.withheld:
            name, _, field = withheld.partition(".")
            detail = "The archive was made without it, for the privacy of people."
            place = Place(name, None, field or None)
            self._log.add(Remark(RemarkKind.WITHHELD, "withheld", place, detail))
