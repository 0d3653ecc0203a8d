"""The data files of an archive, in either dialect: planned, then read."""

from collections.abc import Iterator, Mapping, Sequence

from openevent.adapters.shape import shape_of
from openevent.catalogue.files import FILES, DataFile, Dialect
from openevent.export.addresses import Addresses
from openevent.export.dialects import server, webapp_files, webapp_pictures
from openevent.export.dialects.server import server_files
from openevent.export.dialects.webapp_reader import webapp_files_of
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.options import Options
from openevent.export.rows.file_rows import FileRows, FileTexts
from openevent.export.rows.plan import resolve_file, unknown_tables
from openevent.export.rows.queries import EventSnapshot

# The files that have a table behind them, and thus media.
FILES_OF: Mapping[Dialect, Sequence[DataFile]] = {
    Dialect.SERVER: FILES,
    Dialect.WEBAPP: webapp_files.FILES,
}

# The pictures that each archive holds, by path, to which rows refer where the event has none.
PICTURES_OF: Mapping[Dialect, Mapping[str, bytes]] = {
    Dialect.SERVER: {},
    Dialect.WEBAPP: webapp_pictures.PICTURES,
}

# The tables that each dialect reads, by the file they are for, and of which columns; None for all.
_READ: Mapping[Dialect, Mapping[DataFile, Sequence[str] | None]] = {
    Dialect.SERVER: server.READ,
    Dialect.WEBAPP: webapp_files.READ,
}


def data_files(
    snapshot: EventSnapshot,
    options: Options,
    addresses: Addresses,
    findings: Findings,
    rules: Rules,
) -> Iterator[FileRows | FileTexts]:
    """Read the data files of the event's archive.

    `findings` gets what is missing, kept back or repaired; `rules` checks data of their dialect.
    Raise `Unfit`, here or while the rows are read, for data that cannot be repaired.
    """
    shape = shape_of(snapshot.session.schema)
    plans = {
        file: resolve_file(file, shape, options, columns)
        for file, columns in _READ[options.dialect].items()
    }
    if options.dialect is Dialect.SERVER:
        findings.note_unknown_tables(unknown_tables(shape))
    for plan in plans.values():
        findings.note(plan)
    if options.dialect is Dialect.SERVER:
        yield from server_files(snapshot, plans, addresses, findings)
    else:
        yield from webapp_files_of(snapshot, plans, addresses, findings, rules)
