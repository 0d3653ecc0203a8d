"""The data files of an archive in each dialect: their rows, as the database has them.

Each part is to be read to its end before the next one is asked for, as both use one connection.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from sqlalchemy import Table

from openevent.adapters.database import Schema
from openevent.catalogue import files as contents
from openevent.catalogue.event_tables import KNOWN_TABLES, tables_of_events
from openevent.catalogue.files import FONT_COLOR, META, TEAM, DataFile, Dialect, MediaField
from openevent.catalogue.privacy import withheld_table
from openevent.export.dialects import webapp
from openevent.export.dialects.colors import font_color
from openevent.export.dialects.webapp import Document, Values, Webapp
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.options import Options
from openevent.export.repairs import Repair, Unfit
from openevent.export.rows.queries import PARTITION, Source, faults, rows, team, values
from openevent.export.rows.row import Row, row_of
from openevent.rights.events import Event

# The files that have a table behind them, and thus media.
FILES: Mapping[Dialect, Sequence[DataFile]] = {
    Dialect.SERVER: contents.FILES,
    Dialect.WEBAPP: webapp.FILES,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A data file: its rows, in batches, with holes for the media in `fields`."""

    file: DataFile
    batches: Iterable[Sequence[Row]]
    fields: Sequence[MediaField] = ()


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where people reach the Open Event server and its web pages; without a slash at the end."""

    server: str
    frontend: str

    def page_of(self, event: Event) -> str:
        """The event's public page."""
        return f"{self.frontend}/e/{event.identifier}"


def parts(
    source: Source, options: Options, addresses: Addresses, findings: Findings, rules: Rules
) -> Iterator[Part]:
    """The data files of the event's archive.

    `findings` hears of what is missing, kept back or changed; `rules` sees the data that they are
    for. Raises `Unfit` when no reader would accept the data and it cannot be changed; so does
    reading a part.
    """
    if options.dialect is Dialect.SERVER:
        # PostgreSQL holds these rows against their rules: see `rows.faults`.
        yield from _server_parts(source, options, addresses, findings)
        return
    for part in _webapp_parts(source, options, addresses, findings):
        yield Part(part.file, _held(part, rules), part.fields)
    rules.check_references()


def _server_parts(
    source: Source, options: Options, addresses: Addresses, findings: Findings
) -> Iterator[Part]:
    _warn_of_unknown_tables(source.schema, findings)
    for file in contents.FILES:
        yield _server_part(source, file, options, findings)
    _note_withheld(source, TEAM, findings)
    yield Part(TEAM, team(source))
    yield Part(META, [[row_of({"root_url": f"{addresses.server}/"}, depth=0)]])


def _server_part(source: Source, file: DataFile, options: Options, findings: Findings) -> Part:
    table = source.schema.find(file.table)
    if table is None:
        findings.warn("table-missing", table=file.table)
        return Part(file, ())
    for column in contents.missing_columns(file, _names(table)):
        findings.warn("column-missing", table=file.table, column=column)
    _note_withheld(source, file, findings)
    repaired = _repaired(source, file, findings)
    fields = [field for field in file.media if options.wants(field.medium)]
    batches = rows(source, file, holes=[field.column for field in fields], repaired=repaired)
    if file.computes_font_color(_names(table)):
        batches = (_colored(batch) for batch in batches)
    return Part(file, batches, fields)


def _repaired(source: Source, file: DataFile, findings: Findings) -> set[str]:
    """The columns of `file` in which there are values to be left out."""
    columns = set()
    for fault in faults(source, file):
        if not fault.nullable:
            raise Unfit(file.name, fault.row_id, fault.column, "holds what no program can read")
        findings.repair(Repair(fault.change, file.name, fault.row_id, fault.column))
        columns.add(fault.column)
    return columns


def _colored(batch: Sequence[Row]) -> list[Row]:
    return [Row(row.filled({FONT_COLOR: font_color(row.holes[FONT_COLOR])}), {}) for row in batch]


def _webapp_parts(
    source: Source, options: Options, addresses: Addresses, findings: Findings
) -> Iterator[Part]:
    read = _Reader(source, findings)
    (row,) = read(webapp.EVENT)
    made = Webapp(row.get("timezone"), findings.repair)
    made.programme(
        sessions=read(webapp.SESSIONS, webapp.SESSION_OUTLINE),
        speakers=read(webapp.SPEAKERS, webapp.SPEAKER_OUTLINE),
        links=read(webapp.LINKS),
        named={
            file.table: read(file, ("id", "name"))
            for file in (webapp.TRACKS, webapp.MICROLOCATIONS, webapp.SESSION_TYPES)
        },
    )
    document = made.event(
        row,
        social_links=read(webapp.SOCIAL_LINKS),
        copyrights=list(read(webapp.COPYRIGHTS)),
        speakers_calls=list(read(webapp.SPEAKERS_CALLS)),
        page_url=addresses.page_of(source.event),
    )
    written = webapp.levels(sponsor.get("level") for sponsor in read(webapp.SPONSORS, ("level",)))
    makers: Mapping[DataFile, Callable[[Values], Document | None]] = {
        webapp.MICROLOCATIONS: made.microlocation,
        webapp.SESSIONS: made.session,
        webapp.SPEAKERS: made.speaker,
        webapp.SPONSORS: lambda row: made.sponsor(row, written[row.get("level")]),
        webapp.TRACKS: made.track,
        webapp.SESSION_TYPES: made.session_type,
    }
    yield _webapp_part(webapp.EVENT, [(document, row)], options)
    for file, make in makers.items():
        documents: Iterable[tuple[Document, Values]] = _made(make, read(file))
        if file is webapp.TRACKS and (stand_in := made.stand_in_track()):
            documents = chain(documents, [(stand_in, {})])
        yield _webapp_part(file, documents, options)
    yield _server_part(source, webapp.FORMS, options, findings)
    yield Part(META, [[row_of(webapp.META, depth=0)]])


def _made(
    make: Callable[[Values], Document | None], found: Iterable[Values]
) -> Iterator[tuple[Document, Values]]:
    """The documents of the rows that go in, each with its row."""
    for row in found:
        document = make(row)
        if document is not None:
            yield document, row


def _held(part: Part, rules: Rules) -> Iterator[Sequence[Row]]:
    """The part's rows, each held against the rules, its media yet to come."""
    for batch in part.batches:
        for row in batch:
            rules.see(part.file.name, json.loads(row.filled(dict.fromkeys(row.holes))))
        yield batch


def _webapp_part(
    file: DataFile, documents: Iterable[tuple[Document, Values]], options: Options
) -> Part:
    fields = [field for field in file.media if options.wants(field.medium)]
    keys = {field.column: field.keys for field in fields}
    depth = 0 if file.single else 1
    found = (
        row_of(document, depth=depth, sources=_addresses(row, keys), keys=keys)
        for document, row in documents
    )
    return Part(file, iter(lambda: list(islice(found, PARTITION)), []), fields)


def _addresses(row: Values, columns: Iterable[str]) -> dict[str, str]:
    """Where the row's media lies, by column."""
    found = ((column, row.get(column)) for column in columns)
    return {
        column: address for column, address in found if isinstance(address, str) and address.strip()
    }


class _Reader:
    """Reads values for the `webapp` dialect; `findings` hears of what is not to be had."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._seen: set[str] = set()

    def __call__(self, file: DataFile, columns: Sequence[str] | None = None) -> Iterator[Values]:
        """The rows of `file`, with those `columns` or all that the dialect has use for."""
        if file.table not in self._seen:
            self._seen.add(file.table)
            self._note(file)
        return values(
            self._source,
            file,
            columns or webapp.COLUMNS[file.table],
            webapp.ORDER.get(file.table, ("id",)),
        )

    def _note(self, file: DataFile) -> None:
        table = self._source.schema.find(file.table)
        if table is None:
            self._findings.warn("table-missing", table=file.table)
            return
        columns = webapp.COLUMNS[file.table]
        for column in columns:
            if column not in table.c:
                self._findings.warn("column-missing", table=file.table, column=column)
        _note_withheld(self._source, file, self._findings, columns)


def _note_withheld(
    source: Source, file: DataFile, findings: Findings, columns: Collection[str] | None = None
) -> None:
    """Say what is kept back of the file: all its rows, or some of its `columns`, by default all."""
    kind = withheld_table(source.privacy, file.table)
    table = source.schema.find(file.table)
    if kind is not None:
        findings.withhold(file.name, kind)
    elif table is not None and file is not TEAM:
        for column, reason in sorted(source.withheld(table).items()):
            if columns is None or column in columns:
                findings.withhold(file.name, reason, column)


def _warn_of_unknown_tables(schema: Schema, findings: Findings) -> None:
    references = {
        name: frozenset(key.column.table.name for key in table.foreign_keys)
        for name, table in schema.tables.items()
    }
    direct = frozenset(name for name, table in schema.tables.items() if "event_id" in table.c)
    found = tables_of_events(references, direct)
    for name in sorted(found - KNOWN_TABLES):
        findings.warn("table-unknown", table=name)


def _names(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns)
