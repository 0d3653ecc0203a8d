"""CSV files of an event's sessions and speakers alone, each made by a job as an archive is."""

import hashlib
import io
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from openevent.adapters.database import Database
from openevent.adapters.driver import Connection
from openevent.adapters.storage import storage_faults
from openevent.archive.writer import Summary
from openevent.catalogue.sql_text import name, quoted
from openevent.export.build import Result
from openevent.export.findings import Findings
from openevent.export.job import Job, TableFile
from openevent.export.keys import archive_key
from openevent.export.schedules import note_timezone
from openevent.export.table_request import WITHOUT_SESSION
from openevent.export.tables import view_of
from openevent.rights.events import find_event
from openevent.tables.csv_file import CONTENT_TYPE, CsvFile
from openevent.tables.definitions import BY_NAME
from openevent.tables.problems import Problems
from openevent.tables.read import TableRows, reading
from openevent.tables.view import View

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Bytes of a file that stay in memory before it goes to disk.
_MEMORY = 1 << 20

_SESSIONS, _LINKS = "sessions", "speakers_sessions"


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Makes the files in `bucket`."""

    s3: "S3Client"
    bucket: str
    database: Database

    def make(self, job: Job, file: TableFile) -> Result:
        """Store the rows of the job's event that the file is about. No value makes it fail.

        Raise `NotFound` if the event is gone, `Unavailable` if the database or S3 is away.
        """
        findings = Findings(io.BytesIO())
        with tempfile.SpooledTemporaryFile(_MEMORY) as spool:
            with self.database.snapshot() as session:
                event = find_event(session, job.event_id)
                note_timezone(session, event, findings)
                view = _selected(view_of(session, event, job.options.privacy), file)
                _write(session.connection, view, file, spool, findings)
            size = spool.tell()
            spool.seek(0)
            digest = hashlib.file_digest(spool, "sha256")
            spool.seek(0)
            with storage_faults():
                self.s3.put_object(
                    Bucket=self.bucket,
                    Key=archive_key(job),
                    Body=spool,
                    ContentType=CONTENT_TYPE,
                    ChecksumAlgorithm="CRC32",
                )
        summary = Summary(size, digest.hexdigest(), 1)
        return Result(summary, 0, (), findings.repairs, findings.warnings)


def _write(
    connection: Connection, view: View, file: TableFile, spool: IO[bytes], findings: Findings
) -> None:
    problems = Problems()
    table = BY_NAME[file.name]
    with ExitStack() as uses:
        if table.source in view.shown:
            reads = reading(connection, view, [table], note=problems.add, every_column=True)
            found = next(uses.enter_context(reads))
        else:
            found = TableRows(table, table.columns, (), iter(()))
        headers = [header for header, _ in found.headers]
        csv = CsvFile(lambda text: spool.write(text.encode()), headers, excel=file.excel)
        for row in found.rows:
            csv.add(row)
    findings.note_cells(problems.warnings())


def _selected(view: View, file: TableFile) -> View:
    """Return the view with those rows alone that the status selects, as far as that is known."""
    source = BY_NAME[file.name].source
    condition = None if file.status is None else _condition(view, source, file.status)
    if condition is None:
        return view
    shown = view.shown[source]
    selected = replace(shown, rows=f"{shown.rows} AND {condition}")
    return replace(view, shown={**view.shown, source: selected})


def _condition(view: View, source: str, status: str) -> str | None:
    """Return the condition of the rows with this status; None if the database cannot say it."""
    rows, sessions, links = (view.shown.get(one) for one in (source, _SESSIONS, _LINKS))
    if rows is None or sessions is None or not {"id", "state"} <= sessions.columns.keys():
        return None
    has_state = f"{name(_SESSIONS, 'state')}::text = {quoted(status)}"
    if source == _SESSIONS:
        return has_state
    if links is None or "id" not in rows.columns:
        return None
    held = sessions.rows if status == WITHOUT_SESSION else f"{sessions.rows} AND {has_state}"
    word = "NOT IN" if status == WITHOUT_SESSION else "IN"
    return (
        f"{name(source, 'id')} {word} (SELECT {name(_LINKS, 'speaker_id')} FROM {name(_LINKS)}"  # noqa: S608 - quoted
        f" WHERE {name(_LINKS, 'session_id')} IN"
        f" (SELECT {name(_SESSIONS, 'id')} FROM {name(_SESSIONS)} WHERE {held}))"
    )
