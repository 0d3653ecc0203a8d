"""The `server` dialect: the wire contract's files, with every column of their tables."""

from collections.abc import Iterator, Mapping, Sequence

from openevent.catalogue.colors import font_color
from openevent.catalogue.files import FILES, FONT_COLOR, META, TEAM, DataFile
from openevent.export.addresses import Addresses
from openevent.export.findings import Findings
from openevent.export.repairs import Repair, Unfit
from openevent.export.rows.file_rows import FileRows
from openevent.export.rows.plan import FilePlan
from openevent.export.rows.queries import EventSnapshot, find_bad_values, rows, team
from openevent.export.rows.row import Row, row_of

# The files in the order of the archive, each with the columns it reads: all.
READ: Mapping[DataFile, None] = dict.fromkeys((*FILES, TEAM))


def server_files(
    snapshot: EventSnapshot,
    plans: Mapping[DataFile, FilePlan],
    addresses: Addresses,
    findings: Findings,
) -> Iterator[FileRows]:
    """Read the data files of the archive. Raise `Unfit` for a value that cannot be repaired."""
    for file in FILES:
        yield server_file(snapshot, plans[file], findings)
    withheld = plans[TEAM].withheld_rows is not None
    yield FileRows(TEAM, () if withheld else team(snapshot))
    yield FileRows(META, [[row_of({"root_url": f"{addresses.server}/"}, depth=0)]])


def server_file(snapshot: EventSnapshot, plan: FilePlan, findings: Findings) -> FileRows:
    """Read one file by its plan. Raise `Unfit` for a value that cannot be repaired."""
    repaired = _repaired(snapshot, plan, findings)
    batches: Iterator[Sequence[Row]] = rows(snapshot, plan, repaired=repaired)
    if plan.font_color_of is not None:
        batches = map(_colored, batches)
    return FileRows(plan.file, batches, plan.media)


def _repaired(snapshot: EventSnapshot, plan: FilePlan, findings: Findings) -> set[str]:
    """Return the columns with values that are set to null."""
    columns = set()
    for bad in find_bad_values(snapshot, plan):
        if bad.column in plan.required:
            raise Unfit(plan.file.name, bad.row_id, bad.column, "has a value no program can read")
        findings.repair(Repair(bad.repair, plan.file.name, bad.row_id, bad.column))
        columns.add(bad.column)
    return columns


def _colored(batch: Sequence[Row]) -> list[Row]:
    return [Row(row.filled({FONT_COLOR: font_color(row.holes[FONT_COLOR])}), {}) for row in batch]
