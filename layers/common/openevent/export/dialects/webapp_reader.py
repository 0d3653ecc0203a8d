"""Reads the data files of a `webapp` archive: rows as values, made into documents, and checked."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from openevent.catalogue.files import META as META_FILE
from openevent.catalogue.files import DataFile
from openevent.export.addresses import Addresses
from openevent.export.dialects import webapp_files as files
from openevent.export.dialects.server import read_files
from openevent.export.dialects.webapp import META, Webapp, levels
from openevent.export.dialects.webapp_cells import Cells, Values
from openevent.export.dialects.webapp_documents import Document
from openevent.export.dialects.webapp_event import EventDocument
from openevent.export.dialects.webapp_programme import make_programme
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.rows.file_rows import FileRows, FileTexts
from openevent.export.rows.plan import FilePlan
from openevent.export.rows.queries import EventSnapshot
from openevent.export.rows.row import Row, address_in, row_of
from openevent.export.rows.values import PARTITION, values

Plans = Mapping[DataFile, FilePlan]


def webapp_files_of(
    snapshot: EventSnapshot,
    plans: Plans,
    addresses: Addresses,
    findings: Findings,
    rules: Rules,
) -> Iterator[FileRows | FileTexts]:
    """Read the data files of the archive, each row checked by `rules`, then all together.

    Raise `Unfit`, here or while the rows are read, for data that breaks a rule.
    """
    for part in _files_of(snapshot, plans, addresses, findings):
        if isinstance(part, FileTexts):
            yield FileTexts(part.file, _checked_texts(part, rules))
        else:
            yield FileRows(part.file, _checked(part, rules), part.media)
    rules.check_references()


def _files_of(
    snapshot: EventSnapshot, plans: Plans, addresses: Addresses, findings: Findings
) -> Iterator[FileRows | FileTexts]:
    def read(file: DataFile, columns: Sequence[str] | None = None) -> Iterator[Values]:
        order = files.ORDER.get(file, ("id",))
        return values(snapshot, plans[file], columns=columns, order=order)

    (row,) = read(files.EVENT)
    cells = Cells(row.get("timezone"), findings.repair)
    if not cells.timezone_known:
        findings.note_unknown_timezone()
    named = (files.TRACKS, files.MICROLOCATIONS, files.SESSION_TYPES)
    programme = make_programme(
        cells,
        sessions=read(files.SESSIONS, files.SESSION_OUTLINE),
        speakers=read(files.SPEAKERS, files.SPEAKER_OUTLINE),
        links=read(files.LINKS),
        named={file: read(file, ("id", "name")) for file in named},
    )
    made = Webapp(cells, programme, addresses.server)
    document = EventDocument(cells).make(
        row,
        social_links=read(files.SOCIAL_LINKS),
        copyrights=list(read(files.COPYRIGHTS)),
        speakers_calls=list(read(files.SPEAKERS_CALLS)),
        page_url=addresses.page_of(snapshot.event),
    )
    level_of = levels(sponsor.get("level") for sponsor in read(files.SPONSORS, ("level",)))
    makers: Mapping[DataFile, Callable[[Values], Document | None]] = {
        files.MICROLOCATIONS: made.microlocation,
        files.SESSIONS: made.session,
        files.SPEAKERS: made.speaker,
        files.SPONSORS: lambda row: made.sponsor(row, level_of[row.get("level")]),
        files.TRACKS: made.track,
        files.SESSION_TYPES: made.session_type,
    }
    placeholders = {
        files.TRACKS: made.placeholder_track(),
        files.MICROLOCATIONS: made.placeholder_room(),
    }
    yield _file_rows(plans[files.EVENT], [(document, row)])
    for file, make in makers.items():
        documents: Iterable[tuple[Document, Values]] = _made(make, read(file))
        if placeholder := placeholders.get(file):
            documents = chain(documents, [(placeholder, {})])
        yield _file_rows(plans[file], documents)
    yield from read_files(snapshot, [plans[files.FORMS]], findings)
    yield FileRows(META_FILE, [[row_of(META, depth=0)]])


def _made(
    make: Callable[[Values], Document | None], rows: Iterable[Values]
) -> Iterator[tuple[Document, Values]]:
    """Yield the documents of the rows that the archive holds, each with its row."""
    for row in rows:
        document = make(row)
        if document is not None:
            yield document, row


def _file_rows(plan: FilePlan, documents: Iterable[tuple[Document, Values]]) -> FileRows:
    keys = {field.column: field.keys for field in plan.media}
    rows = (
        row_of(
            document,
            depth=0 if plan.file.single else 1,
            sources={
                column: address
                for column in keys
                if (address := address_in(row.get(column))) is not None
            },
            keys=keys,
        )
        for document, row in documents
    )
    return FileRows(plan.file, iter(lambda: list(islice(rows, PARTITION)), []), plan.media)


def _checked(part: FileRows, rules: Rules) -> Iterator[Sequence[Row]]:
    """Yield the rows, each checked by the rules while its media files are not there yet."""
    without_files = {field.column: field.without_file for field in part.media}
    for batch in part.batches:
        for row in batch:
            text = row.filled(without_files) if part.media else row.filled(row.holes)
            rules.check_row(part.file.name, json.loads(text))
        yield batch


def _checked_texts(part: FileTexts, rules: Rules) -> Iterator[Sequence[bytes | memoryview]]:
    """Yield the rows, each checked by the rules."""
    for batch in part.batches:
        for text in batch:
            rules.check_row(part.file.name, json.loads(bytes(text)))
        yield batch
