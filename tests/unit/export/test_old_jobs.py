"""Records that release 1.0 wrote: as DynamoDB keeps them, byte for byte."""

import json
from typing import Any

from openevent.export.job import ArchiveRecord, Job, SkippedMedia, UploadRecord
from openevent.export.show_task import archive_facts
from openevent.jobs.record import State

TASK = "b7ca7088-876e-4c29-a0ee-b8029a64849a"
KEY = "exports/7/zip/Zm9vYmFyYmF6cXV4MTIzNA/event7.zip"
DIGEST = "ab" * 32
REPAIRED = "mended"  # words: allow

COMMON = """
  "id": {"S": "b7ca7088-876e-4c29-a0ee-b8029a64849a"}, "event_id": {"N": "7"},
  "event_identifier": {"S": "934ebe39"}, "event_name": {"S": "PyCon"}, "user_id": {"N": "3"},
  "user_email": {"S": "owner@example.com"}, "options": {"M": {"image": {"BOOL": true},
  "video": {"BOOL": false}, "document": {"BOOL": false}, "audio": {"BOOL": false},
  "dialect": {"S": "server"}, "privacy": {"S": "full"}}},
  "created_at": {"S": "2026-11-20T10:00:00.000+00:00"}, "expires_at": {"N": "1799000000"}
"""

FINISHED = json.loads(
    f"""{{{COMMON}, "state": {{"S": "SUCCESS"}},
  "finished_at": {{"S": "2026-11-20T10:00:07.000+00:00"}}, "attempts": {{"N": "1"}},
  "lease_owner": {{"S": "a-request"}}, "lease_until": {{"N": "1795000000"}},
  "progress": {{"M": {{"stage": {{"S": "upload"}}, "done": {{"N": "0"}}, "total": {{"N": "1"}},
    "bytes": {{"N": "2048"}}}}}},
  "archive": {{"M": {{"key": {{"S": "{KEY}"}}, "size": {{"N": "2048"}},
    "sha256": {{"S": "{DIGEST}"}}, "files": {{"N": "9"}}, "left_out_count": {{"N": "1"}},
    "left_out": {{"L": [{{"M": {{"file": {{"S": "speakers"}}, "id": {{"N": "12"}},
      "field": {{"S": "photo_url"}}, "address": {{"S": "http://media.invalid/x.jpg"}},
      "reason": {{"S": "unreachable"}}, "detail": {{"S": "refused"}}}}}}]}},
    "{REPAIRED}": {{"M": {{"cell": {{"N": "2"}}}}}}, "expires_at": {{"N": "1796400000"}}}}}},
  "mailed_at": {{"S": "2026-11-20T10:00:08.000+00:00"}}}}"""
)


def waiting(attempts: int, **more: Any) -> Job:  # noqa: ANN401 - DynamoDB's attributes
    item = json.loads(f"""{{{COMMON}, "state": {{"S": "WAITING"}}, "lease_until": {{"N": "0"}}}}""")
    return Job.from_item({**item, "attempts": {"N": str(attempts)}, **more})


def test_a_finished_export_of_release_1_0_is_read() -> None:
    job = Job.from_item(FINISHED)

    assert (job.id, job.state, job.is_mail_due) == (TASK, State.SUCCESS, False)
    assert (job.makes_archive, job.format) == (True, "zip")
    assert job.archive == ArchiveRecord(
        key=KEY,
        size=2048,
        sha256=DIGEST,
        files=9,
        skipped_count=1,
        skipped=(
            SkippedMedia(
                file="speakers",
                id=12,
                field="photo_url",
                address="http://media.invalid/x.jpg",
                reason="unreachable",
                detail="refused",
            ),
        ),
        repaired={"cell": 2},
        expires_at=1796400000,
    )
    assert archive_facts(job.archive)["repaired"] == {"count": 2, "changes": {"cell": 2}}


def test_a_record_of_today_is_read_unchanged() -> None:
    job = Job.from_item(FINISHED)
    assert Job.from_item(job.item()) == job


def test_a_waiting_export_of_release_1_0_is_idle_until_it_is_claimed() -> None:
    job = waiting(0)
    assert (job.is_waiting, job.tries, job.progress) == (True, 0, None)
    assert job.is_idle(1795000000)


def test_failed_tries_of_release_1_0_count() -> None:
    assert waiting(2).tries == 2


def test_rounds_of_an_assembly_in_release_1_0_are_no_failed_tries() -> None:
    """1.0 counted each of them as an attempt: the fourth would have ended the job."""
    upload = {"M": {"key": {"S": KEY}, "id": {"S": "an-upload"}}}
    job = waiting(5, upload=upload)
    assert (job.upload, job.tries) == (UploadRecord(key=KEY, id="an-upload"), 0)


def test_a_waiting_schedule_of_a_release_without_tables_is_read() -> None:
    job = waiting(0, schedule={"S": "ics"})

    assert (job.makes_archive, job.format, job.table, job.sends_mail) == (False, "ics", None, False)
    assert (job.options.tables, job.options.excel) == (True, False)
