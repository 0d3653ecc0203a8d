"""Exports under torture."""

from collections.abc import Callable

from openevent.adapters import clients
from openevent.jobs.record import MAX_TRIES
from tests.functions import EXPORTS, MEDIA, TABLE
from torture.injection import SQL, Fault, Plan, Point
from torture.runner import Ended
from torture.stage import A_WHILE, Called, Stage
from torture.use_case import UseCase, again_until, nothing, nothing_left, sweep

# Larger than a part that S3 copies, and than what goes over the worker's disk (`stage`).
VIDEO = bytes(range(256)) * (12 << 12)


def start(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    """Start an export with all media."""
    path = f"/v1/events/{stage.event}/export/json"
    return stage.api("POST", path, plan, body={"image": True, "video": True}, later=later)


def _rehearse(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/events/{stage.event}/export/json"
    return stage.api("POST", path, plan, body={"image": True, "dry_run": True}, later=later)


def _schedule_started(stage: Stage) -> None:
    assert stage.api("GET", f"/v1/events/{stage.event}/export/ical").status == 200


def _table_started(stage: Stage) -> None:
    path = f"/v1/events/{stage.event}/export/sessions/csv"
    assert stage.api("POST", path, body={}).status == 200


def _started(stage: Stage) -> None:
    assert start(stage).status == 200


def _large(stage: Stage) -> None:
    """Start an export whose archive S3 assembles."""
    key = f"events/{stage.event}/talk.mp4"
    clients.s3().put_object(Bucket=MEDIA, Key=key, Body=VIDEO, ContentType="video/mp4")
    stage.run(f"UPDATE sessions SET video_url = 'https://cdn.example.com/m/{key}'")  # noqa: S608 - ours
    _started(stage)


def _begun(stage: Stage) -> None:
    """Begin to assemble an archive, and hand it on before its first part, as if time was up."""
    _large(stage)
    plan = Plan(Point("s3.UploadPartCopy", 1), Fault.KILLED_BEFORE)
    (ended,) = stage.deliver(plan)
    assert ended.end == "killed"
    assert len(stage.uploads(EXPORTS)) == 1
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": _task(stage)}},
        UpdateExpression="SET rounds = :one, handed_on = attempts",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def _tried(stage: Stage) -> None:
    """Start an export that workers have tried as often as they may."""
    _started(stage)
    use_up_tries(_task(stage))


def use_up_tries(task_id: str) -> None:
    """Note that workers have tried a job as often as they may."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET attempts = :most",
        ExpressionAttributeValues={":most": {"N": str(MAX_TRIES)}},
    )


def _made(stage: Stage) -> None:
    _started(stage)
    stage.drain()
    assert one_archive(stage) == []


def one_archive(stage: Stage) -> list[str]:
    """Return what is wrong unless there is one job with one archive, one row and one mail."""
    found = nothing_left(stage)
    jobs = stage.jobs()
    if [job["state"] for job in jobs] != ["SUCCESS"]:
        return [*found, f"jobs: {[job['state'] for job in jobs]}"]
    (job,) = jobs
    key = job["archive"]["key"]["S"]
    if stage.keys(EXPORTS) != {key}:
        found.append(f"objects: {len(stage.keys(EXPORTS))}, archive: {key in stage.keys(EXPORTS)}")
    if key in stage.keys(EXPORTS):
        with stage.archive(key) as archive:
            names = archive.namelist()
            media = [name for name in names if name.startswith(("images/", "videos/"))]
            if len(media) != len(stage.keys(MEDIA)):
                found.append(f"media in the archive: {media}")
    found += _mails(stage)
    rows = stage.rows("SELECT task FROM export_jobs")
    if [row["task"] for row in rows] != [f"/v1/tasks/{job['id']}"]:
        found.append(f"rows of export_jobs: {len(rows)}")
    return found


def _nothing_made(stage: Stage) -> list[str]:
    found = nothing_left(stage)
    if stage.jobs() or stage.keys(EXPORTS) or stage.rows("SELECT task FROM export_jobs"):
        found.append("a job of a dry run")
    return [*found, *(["a mail"] if stage.mails() else [])]


def _one_file(begin: bytes) -> Callable[[Stage], list[str]]:
    """Return what finds what is wrong unless there is one job with one such file, and no mail."""

    def problems(stage: Stage) -> list[str]:
        found = nothing_left(stage)
        jobs = stage.jobs()
        if [job["state"] for job in jobs] != ["SUCCESS"]:
            return [*found, f"jobs: {[job['state'] for job in jobs]}"]
        key = jobs[0]["archive"]["key"]["S"]
        if stage.keys(EXPORTS) != {key}:
            return [*found, f"objects: {sorted(stage.keys(EXPORTS))}"]
        body = clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read()
        if not body.startswith(begin):
            found.append(f"the file begins with {body[:20]!r}")
        if stage.mails():
            found.append(f"mails: {len(stage.mails())}")
        rows = stage.rows("SELECT task FROM export_jobs")
        if [row["task"] for row in rows] != [f"/v1/tasks/{jobs[0]['id']}"]:
            found.append(f"rows of export_jobs: {len(rows)}")
        return found

    return problems


def _failed_once(stage: Stage) -> list[str]:
    found = nothing_left(stage)
    states = [job["state"] for job in stage.jobs()]
    if states != ["FAILED"]:
        found.append(f"jobs: {states}")
    if stage.keys(EXPORTS):
        found.append("an archive of a job that failed")
    return [*found, *_mails(stage)]


def _mails(stage: Stage) -> list[str]:
    subjects = [mail.subject for mail in stage.mails()]
    return [] if 1 <= len(subjects) <= 1 + stage.more_mails else [f"mails: {subjects}"]


def _removed(stage: Stage) -> list[str]:
    found = nothing_left(stage)
    jobs = stage.jobs()
    if len(jobs) != 1 or "removed_at" not in jobs[0]:
        found.append("the job is not removed")
    if stage.keys(EXPORTS):
        found.append("the archive of a removed job")
    return found


def _finish_start(stage: Stage, ended: Ended) -> list[str]:
    wrong = again_until(lambda later: start(stage, later=later), ended, [200])
    stage.drain()
    sweep(stage)
    return wrong


def _finish_worker(stage: Stage, _: Ended) -> list[str]:
    stage.drain()
    sweep(stage)
    return []


def _finish_failed(stage: Stage, _: Ended) -> list[str]:
    stage.drain(to="export_failed")
    sweep(stage)
    return []


def _task(stage: Stage) -> str:
    return str(stage.jobs()[0]["id"])


def _remove(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("DELETE", f"/v1/tasks/{_task(stage)}", plan, later=later)


def _finish_remove(stage: Stage, ended: Ended) -> list[str]:
    # A task that is removed already is gone.
    wrong = again_until(lambda later: _remove(stage, later=later), ended, [200, 404, 410])
    sweep(stage)
    return wrong


def _show(
    stage: Stage, plan: Plan | None = None, *, later: int = 0, is_cold: bool = False
) -> Called:
    return stage.api("GET", f"/v1/tasks/{_task(stage)}", plan, later=later, is_cold=is_cold)


def _list(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("GET", f"/v1/events/{stage.event}/exports", plan, later=later)


def _download(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    key = stage.jobs()[0]["archive"]["key"]["S"]
    path = f"/v1/events/{stage.event}/exports/{key.split('/', 2)[2]}"
    return stage.api("GET", path, plan, later=later)


def _delivered(stage: Stage, plan: Plan | None, to: str, *, later: int = 0) -> Ended:
    (ended,) = stage.deliver(plan, to=to, later=later)
    return ended


EXPORT = [
    UseCase(
        "export: start",
        nothing,
        lambda stage, plan: start(stage, plan).ended,
        _finish_start,
        one_archive,
    ),
    UseCase(
        "export: worker",
        _started,
        lambda stage, plan: _delivered(stage, plan, "export_worker"),
        _finish_worker,
        one_archive,
    ),
    UseCase(
        "export: dry run",
        nothing,
        lambda stage, plan: _rehearse(stage, plan).ended,
        lambda stage, ended: again_until(lambda later: _rehearse(stage, later=later), ended, [200]),
        _nothing_made,
    ),
    UseCase(
        "export: schedule",
        _schedule_started,
        lambda stage, plan: _delivered(stage, plan, "export_worker"),
        _finish_worker,
        _one_file(b"BEGIN:VCALENDAR"),
    ),
    UseCase(
        "export: table",
        _table_started,
        lambda stage, plan: _delivered(stage, plan, "export_worker"),
        _finish_worker,
        _one_file(b"\xef\xbb\xbf"),
    ),
    UseCase(
        "export: begin assembly",
        _large,
        lambda stage, plan: _delivered(stage, plan, "export_worker"),
        _finish_worker,
        one_archive,
        # The rows are read as in "export: worker".
        known=[SQL],
    ),
    UseCase(
        "export: resume assembly",
        _begun,
        lambda stage, plan: _delivered(stage, plan, "export_worker", later=A_WHILE),
        _finish_worker,
        one_archive,
    ),
    UseCase(
        "export: give up",
        _tried,
        lambda stage, plan: _delivered(stage, plan, "export_failed"),
        _finish_failed,
        _failed_once,
    ),
    UseCase(
        "export: show",
        _made,
        lambda stage, plan: _show(stage, plan).ended,
        lambda stage, ended: again_until(lambda later: _show(stage, later=later), ended, [200]),
        one_archive,
    ),
    UseCase(
        "export: show, cold",
        _made,
        lambda stage, plan: _show(stage, plan, is_cold=True).ended,
        lambda stage, ended: again_until(lambda later: _show(stage, later=later), ended, [200]),
        one_archive,
    ),
    UseCase(
        "export: list",
        _made,
        lambda stage, plan: _list(stage, plan).ended,
        lambda stage, ended: again_until(lambda later: _list(stage, later=later), ended, [200]),
        one_archive,
    ),
    UseCase(
        "export: download",
        _made,
        lambda stage, plan: _download(stage, plan).ended,
        lambda stage, ended: again_until(lambda later: _download(stage, later=later), ended, [302]),
        one_archive,
    ),
    UseCase(
        "export: remove",
        _made,
        lambda stage, plan: _remove(stage, plan).ended,
        _finish_remove,
        _removed,
    ),
]
