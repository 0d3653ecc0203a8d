"""The report of an import: whole in its file, bounded in the job's record."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from openevent.importing.job import SentArchive, new_import
from openevent.importing.options import ImportOptions
from openevent.importing.remarks import NAMED, Remarks
from openevent.importing.report import Outcome, event_record, record_of, write_report
from openevent.importing.source import Place, ProposedInvite, Remark, RemarkKind, SourceArchive
from openevent.importing.writing.written import FileRows, Written

# A character of four bytes.
WIDE = "\N{GRINNING FACE}"


def outcome(written: Written, remarks: Remarks, **source: object) -> Outcome:
    facts = {"dialect": "server", "proposed_invites": [], "withheld": [], **source}
    job = new_import(
        task_id="b7ca7088-876e-4c29-a0ee-b8029a64849a",
        user_id=3,
        user_email="ada@example.com",
        archive=SentArchive(name="event.zip", size=9, sha256="ab" * 32),
        options=ImportOptions(),
        archive_days=7,
        is_uploaded_later=False,
    )
    return Outcome(job, cast("SourceArchive", SimpleNamespace(**facts)), written, remarks, [])


def whole(of: Outcome) -> Mapping[str, Any]:
    file = io.BytesIO()
    write_report(file, of)
    report: Mapping[str, Any] = json.loads(file.getvalue())
    return report


def remark(number: int, detail: str = "It is null.", count: int = 1) -> Remark:
    place = Place("sessions", number, "starts_at")
    return Remark(RemarkKind.REPAIRED, "date-damaged", place, detail, count)


def test_the_file_has_every_remark_and_id(tmp_path: Path) -> None:
    ids = tmp_path / "ids.csv"
    ids.write_text("table,old,new\nevents,7,12\nsessions,3,90\n")
    remarks = Remarks(io.BytesIO())
    for number in range(NAMED + 5):
        remarks.add(remark(number, count=2))
    rows = {"sessions": FileRows(read=60, written=59, skipped=1)}
    made = outcome(Written(12, "934ebe39", "PyCon", rows, ids=ids), remarks)

    report = whole(made)

    assert [entry["id"] for entry in report["remarks"]] == list(range(NAMED + 5))
    assert report["ids"] == [
        {"table": "events", "old": 7, "new": 12},
        {"table": "sessions", "old": 3, "new": 90},
    ]
    assert report["files"] == {
        "sessions": {"read": 60, "written": 59, "repaired": 2 * (NAMED + 5), "skipped": 1}
    }
    short = record_of(made, size=100)
    assert (len(short.first), short.remarks) == (NAMED, {"repaired": 2 * (NAMED + 5)})
    assert short.files == report["files"]


def test_a_report_without_remarks_and_ids_is_json() -> None:
    report = whole(outcome(Written(None, None, "PyCon"), Remarks(io.BytesIO())))

    assert (report["remarks"], report["ids"], report["event"]["id"]) == ([], [], None)


def test_a_record_has_room_in_dynamodb_whatever_the_archive_says() -> None:
    remarks = Remarks(io.BytesIO())
    for number in range(NAMED):
        place = Place(WIDE * 999, WIDE * 999, WIDE * 999)
        remarks.add(Remark(RemarkKind.SKIPPED, f"code-{number}", place, WIDE * 9999))
    invites = [ProposedInvite(f"{WIDE * 64}@{WIDE * 250}{n}", "organizer") for n in range(1000)]
    written = Written(12, "934ebe39", WIDE * 100_000)
    made = outcome(written, remarks, proposed_invites=invites, withheld=[WIDE * 999] * 999)

    short = record_of(made, size=1)
    job = made.job.model_copy(update={"report": short, "event": event_record(written)})

    assert len(json.dumps(job.model_dump(), ensure_ascii=False).encode()) < 300_000
    assert short.invites_count == 1000
    assert 50 < len(short.invites) < 500


def test_half_surrogates_become_text() -> None:
    remarks = Remarks(io.BytesIO())
    remarks.add(remark(1, "\ud800"))
    made = outcome(Written(12, "934ebe39", "Py\udc00Con"), remarks, withheld=["event.\ud800"])

    assert whole(made)["event"]["name"] == "Py?Con"
    assert event_record(made.written).name == "Py?Con"
    assert record_of(made, size=1).withheld == ("event.?",)
