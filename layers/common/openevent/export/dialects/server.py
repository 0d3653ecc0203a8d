"""The `server` dialect: the wire contract's files, with every column of their tables."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from openevent.catalogue.colors import font_color
from openevent.catalogue.files import FILES, FONT_COLOR, META, TEAM, DataFile
from openevent.export.addresses import Addresses
from openevent.export.findings import Findings
from openevent.export.repairs import Repair, Unfit
from openevent.export.rows.file_rows import FileRows, FileTexts
from openevent.export.rows.plan import FilePlan
from openevent.export.rows.queries import EventSnapshot, find_bad_values, read_rows
from openevent.export.rows.row import object_text

# The files in the order of the archive, each with the columns it reads: all.
READ: Mapping[DataFile, None] = dict.fromkeys((*FILES, TEAM))


def server_files(
    snapshot: EventSnapshot,
    plans: Mapping[DataFile, FilePlan],
    addresses: Addresses,
    findings: Findings,
) -> Iterator[FileRows | FileTexts]:
    """Read the data files of the archive. Raise `Unfit` for a value that cannot be repaired."""
    yield from read_files(snapshot, [plans[file] for file in (*FILES, TEAM)], findings)
    meta = object_text({"root_url": f"{addresses.server}/"}, depth=0)
    yield FileTexts(META, [[meta.encode()]])


def read_files(
    snapshot: EventSnapshot, plans: Sequence[FilePlan], findings: Findings
) -> Iterator[FileRows | FileTexts]:
    """Read files by their plans. Raise `Unfit` for a value that cannot be repaired."""
    repaired = _repaired(snapshot, plans, findings)
    for found in read_rows(snapshot, plans, repaired):
        if isinstance(found, FileRows) and not found.media:
            yield _colored(found)
        else:
            yield found


def _repaired(
    snapshot: EventSnapshot, plans: Sequence[FilePlan], findings: Findings
) -> Mapping[str, set[str]]:
    """Return the columns with values that are set to null, by the file's name."""
    columns: dict[str, set[str]] = defaultdict(set)
    for plan, bad in find_bad_values(snapshot, plans):
        name = plan.file.name
        if bad.column in plan.required:
            raise Unfit(name, bad.row_id, bad.column, "has a value no program can read")
        findings.repair(Repair(bad.repair, name, bad.row_id, bad.column))
        columns[name].add(bad.column)
    return columns


def _colored(found: FileRows) -> FileTexts:
    """Fill the holes of a file without media: computed colours."""
    texts = (
        [row.filled({FONT_COLOR: font_color(row.holes[FONT_COLOR])}).encode() for row in batch]
        for batch in found.batches
    )
    return FileTexts(found.file, texts)
