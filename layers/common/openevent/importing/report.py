"""The report of an import: a file with every remark and the map of ids, and a short record."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from openevent.adapters.storage import storage_faults
from openevent.importing.job import ImportedRecord, ImportJob, InviteRecord, ReportRecord
from openevent.importing.remarks import Remarks
from openevent.importing.source import ProposedInvite, RemarkKind, SourceArchive
from openevent.importing.writing.written import Written

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORMAT_VERSION = 1

# Proposed invites and their bytes, withheld names, and characters of a text, that the record of a
# job has; the report has all. An item of DynamoDB has room for 400 kB, and texts can be of any
# length and of any characters.
MAX_INVITES = 500
INVITES_BYTES = 100_000
MAX_WITHHELD = 50
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Reports:
    """Stores reports in `bucket`."""

    s3: "S3Client"
    bucket: str

    def store(self, job: ImportJob, path: Path) -> None:
        """Store the file `path` as the job's report. Raises `Unavailable`."""
        with storage_faults(), path.open("rb") as file:
            self.s3.put_object(
                Bucket=self.bucket, Key=job.report_key, Body=file, ContentType="application/json"
            )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of an import, just before it is committed."""

    job: ImportJob
    source: SourceArchive
    written: Written
    remarks: Remarks
    warnings: Sequence[dict[str, Any]]


def record_of(outcome: Outcome, *, size: int) -> ReportRecord:
    """Return the report in short. `size`: of its file, in bytes."""
    source, written, remarks = outcome.source, outcome.written, outcome.remarks
    invites = source.proposed_invites
    return ReportRecord(
        dialect=source.dialect,
        files=_files(written, remarks),
        media=asdict(written.media),
        remarks=dict(remarks.counts),
        first=tuple(remarks.first),
        invites=_first_invites(invites),
        invites_count=len(invites),
        withheld=tuple(map(_short, source.withheld[:MAX_WITHHELD])),
        warnings=tuple(outcome.warnings),
        size=size,
    )


def event_record(written: Written) -> ImportedRecord:
    """Return the new event as the job's record has it."""
    return ImportedRecord(
        id=written.event_id, identifier=written.identifier, name=_short(written.name)
    )


def write_report(file: IO[bytes], outcome: Outcome) -> None:
    """Write the whole report as JSON: first what is short, then remarks and ids, row by row."""
    job, source, written = outcome.job, outcome.source, outcome.written
    remarks = outcome.remarks
    event = {"id": written.event_id, "identifier": written.identifier, "name": written.name}
    head = {
        "format_version": FORMAT_VERSION,
        "task": job.id,
        "dry_run": job.options.dry_run,
        "archive": job.archive.model_dump(),
        "dialect": source.dialect,
        "event": event,
        "files": _files(written, remarks),
        "media": asdict(written.media),
        "remarks_by_kind": dict(remarks.counts),
        "proposed_invites": [asdict(invite) for invite in source.proposed_invites],
        "withheld": list(source.withheld),
        "warnings": list(outcome.warnings),
    }
    text = json.dumps(head, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    file.write(text.removesuffix(b"\n}") + b',\n "remarks": [')
    _write_rows(file, remarks.lines())
    file.write(b'\n ],\n "ids": [')
    _write_rows(file, _ids(written.ids))
    file.write(b"\n ]\n}\n")


def _short(text: str) -> str:
    """Return the beginning of `text`, as UTF-8 has it."""
    return text.encode(errors="replace").decode()[:MAX_TEXT]


def _first_invites(invites: Sequence[ProposedInvite]) -> tuple[InviteRecord, ...]:
    """Return the first invites, as many as the record has room for."""
    first, left = list[InviteRecord](), INVITES_BYTES
    for invite in invites[:MAX_INVITES]:
        left -= len(invite.email.encode(errors="replace")) + len(invite.role)
        if left < 0:
            break
        first.append(InviteRecord(email=invite.email, role=invite.role))
    return tuple(first)


def _write_rows(file: IO[bytes], rows: Iterator[bytes]) -> None:
    for number, row in enumerate(rows):
        file.write((b",\n  " if number else b"\n  ") + row)


def _ids(path: Path | None) -> Iterator[bytes]:
    """Yield the table, old id and new id of each row, as a JSON object."""
    if path is None:
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ids = {"table": row["table"], "old": int(row["old"]), "new": int(row["new"])}
            yield json.dumps(ids).encode()


def _files(written: Written, remarks: Remarks) -> dict[str, dict[str, int]]:
    """Return for each file the numbers of rows by what became of them.

    `repaired` counts repairs, of which a row can have several.
    """
    return {
        name: {
            "read": rows.read,
            "written": rows.written,
            "repaired": remarks.by_file[name, RemarkKind.REPAIRED],
            "skipped": rows.skipped,
        }
        for name, rows in written.rows.items()
    }
