"""Imports under torture: of an archive of the stage's own event."""

import hashlib
import json

from openevent.adapters import clients
from openevent.importing.job import InviteRecord
from openevent.jobs.attributes import as_item
from tests.forms import CONTENT_TYPE, form
from tests.functions import EXPORTS, MEDIA, TABLE, TABLES
from torture import exports
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import Called, Stage
from torture.use_case import UseCase, again_until, nothing_left, sweep

# A person of the archive's team, without an account.
GUEST = "guest@example.com"


def _exported(stage: Stage) -> None:
    """Have an archive of the event, and nothing else that an export leaves."""
    if stage.exported:
        return
    assert exports.start(stage).status == 200
    stage.drain()
    (key,) = stage.keys(EXPORTS)
    with stage.archive(key) as archive:
        stage.exported = archive.fp.getvalue()  # type: ignore[union-attr]  # it is in memory
    stage.start_over()


def _started(stage: Stage) -> None:
    _exported(stage)
    assert _start(stage).status == 200


def _tried(stage: Stage) -> None:
    """Start an import that workers have tried as often as they may."""
    _started(stage)
    exports.use_up_tries(_task(stage))


def _rehearsed(stage: Stage) -> None:
    """Start a dry run."""
    _exported(stage)
    assert _start(stage, dry_run=True).status == 200


def _proposed(stage: Stage) -> None:
    """Import an event whose archive names another person of the team."""
    _started(stage)
    stage.drain(to="import_worker")
    assert _one_import(stage) == []
    invites = [InviteRecord(email=GUEST, role="organizer").model_dump()]
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": _task(stage)}},
        UpdateExpression="SET report.invites = :invites",
        ExpressionAttributeValues=as_item({":invites": invites}),
    )


def _start(
    stage: Stage, plan: Plan | None = None, *, later: int = 0, dry_run: bool = False
) -> Called:
    parts: list[tuple[str, str | None, bytes]] = [("file", "event.zip", stage.exported)]
    if dry_run:
        parts.append(("options", None, json.dumps({"dry_run": True}).encode()))
    return stage.api(
        "POST",
        "/v1/events/import/json",
        plan,
        body=form(*parts),
        headers={"Content-Type": CONTENT_TYPE, "Idempotency-Key": "the-same"},
        later=later,
    )


def _announce(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    """Announce an archive that is uploaded later."""
    digest = hashlib.sha256(stage.exported).hexdigest()
    body = {"name": "event.zip", "size": len(stage.exported), "sha256": digest}
    headers = {"Idempotency-Key": "the-same"}
    return stage.api("POST", "/v1/events/import", plan, body=body, headers=headers, later=later)


def _invite(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/events/import/{_task(stage)}/invites"
    return stage.api("POST", path, plan, body={"emails": [GUEST]}, later=later)


def _finish_start(stage: Stage, ended: Ended) -> list[str]:
    wrong = again_until(lambda later: _start(stage, later=later), ended, [200])
    return [*wrong, *_finish_worker(stage, ended)]


def _finish_announcement(stage: Stage, ended: Ended) -> list[str]:
    """Announce again unless that was answered; then upload the archive, of which S3 notifies."""
    wrong = again_until(lambda later: _announce(stage, later=later), ended, [200])
    key = f"imports/{stage.owner}/{_task(stage)}.zip"
    clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=stage.exported)
    notice = {"Records": [{"s3": {"object": {"key": key}}}]}
    clients.sqs().send_message(
        QueueUrl=stage.cloud.import_queue_url, MessageBody=json.dumps(notice)
    )
    return [*wrong, *_finish_worker(stage, ended)]


def _finish_worker(stage: Stage, _: Ended) -> list[str]:
    stage.drain(to="import_worker")
    sweep(stage)
    return []


def _finish_failed(stage: Stage, _: Ended) -> list[str]:
    stage.drain(to="import_failed")
    sweep(stage)
    return []


def _finish_invites(stage: Stage, ended: Ended) -> list[str]:
    return again_until(lambda later: _invite(stage, later=later), ended, [200])


def _task(stage: Stage) -> str:
    (job,) = stage.jobs()
    return str(job["id"])


def _delivered(stage: Stage, plan: Plan | None, *, to: str = "import_worker") -> Ended:
    (ended,) = stage.deliver(plan, to=to)
    return ended


def _one_import(stage: Stage) -> list[str]:
    """Return what is wrong unless there is one whole event more, one report, row and mail."""
    found = nothing_left(stage)
    jobs = stage.jobs()
    if [job["state"] for job in jobs] != ["SUCCESS"]:
        return [*found, f"jobs: {[job['state'] for job in jobs]}"]
    events = [row["id"] for row in stage.rows("SELECT id FROM events ORDER BY id")]
    if len(events) != 2:
        return [*found, f"imported events: {len(events) - 1}"]
    for table in ("sessions", "speaker", "users_events_roles"):
        counts = f"SELECT event_id, count(*) FROM {table} GROUP BY 1 ORDER BY 1"  # noqa: S608 - ours
        rows = stage.rows(counts)
        if [row["event_id"] for row in rows] != events or len({row["count"] for row in rows}) > 1:
            found.append(f"rows of {table}: {rows}")
    urls = "SELECT logo_url AS url FROM events UNION SELECT photo_url FROM speaker"
    named = {"events/" + row["url"].partition("/events/")[2] for row in stage.rows(urls)}
    keys = stage.keys(MEDIA)
    if named != keys:
        found.append(f"media without a row: {len(keys - named)}, missing: {len(named - keys)}")
    (job,) = jobs
    if stage.keys(EXPORTS) != {f"imports/{stage.owner}/{job['id']}.report.json"}:
        found.append(f"objects: {sorted(stage.keys(EXPORTS))}")
    if any("open" in item for item in stage.items(TABLES["CopiesTable"])):
        found.append("an open intent")
    return [*found, *_mails(stage), *_listed(stage, "SUCCESS", str(events[1]))]


def _failed_once(stage: Stage) -> list[str]:
    found = _no_event(stage)
    (job,) = stage.jobs()
    if job["state"] != "FAILED":
        return [*found, f"job: {job['state']}"]
    if stage.keys(EXPORTS):
        found.append(f"objects: {sorted(stage.keys(EXPORTS))}")
    return [*found, *_mails(stage), *_listed(stage, "FAILURE", job["failure"])]


def _rehearsed_once(stage: Stage) -> list[str]:
    found = _no_event(stage)
    (job,) = stage.jobs()
    if job["state"] != "SUCCESS":
        return [*found, f"job: {job['state']}"]
    if stage.keys(EXPORTS) != {f"imports/{stage.owner}/{job['id']}.report.json"}:
        found.append(f"objects: {sorted(stage.keys(EXPORTS))}")
    return [*found, *_mails(stage), *_listed(stage, "SUCCESS", "")]


def _no_event(stage: Stage) -> list[str]:
    found = nothing_left(stage)
    if len(stage.rows("SELECT id FROM events")) != 1:
        found.append("an event that was not asked for")
    if stage.keys(MEDIA) != set(stage.media):
        found.append("media of an event that was not made")
    if any("open" in item for item in stage.items(TABLES["CopiesTable"])):
        found.append("an open intent")
    return found


def _mails(stage: Stage) -> list[str]:
    number = len(stage.mails())
    return [] if 1 <= number <= 1 + stage.more_mails else [f"mails: {number}"]


def _listed(stage: Stage, status: str, result: str) -> list[str]:
    listed = stage.rows("SELECT task, result, result_status FROM import_jobs")
    wanted = [{"task": _task(stage), "result": result, "result_status": status}]
    return [] if listed == wanted else [f"rows of import_jobs: {listed}"]


def _invited_once(stage: Stage) -> list[str]:
    """Return what is wrong unless one invite was made, and mailed at most once."""
    rows = stage.rows(f"SELECT event_id, status FROM role_invites WHERE email = '{GUEST}'")  # noqa: S608 - ours
    event = stage.rows("SELECT max(id) AS id FROM events")[0]["id"]
    found = []
    if rows != [{"event_id": event, "status": "pending"}]:
        found.append(f"invites: {rows}")
    # The first is that about the end of the import.
    if len(stage.mails()) > 2:
        found.append(f"mails: {len(stage.mails())}")
    return found


IMPORT = [
    UseCase(
        "import: start",
        _exported,
        lambda stage, plan: _start(stage, plan).ended,
        _finish_start,
        _one_import,
    ),
    UseCase(
        "import: announce",
        _exported,
        lambda stage, plan: _announce(stage, plan).ended,
        _finish_announcement,
        _one_import,
    ),
    UseCase("import: worker", _started, _delivered, _finish_worker, _one_import),
    UseCase("import: dry run", _rehearsed, _delivered, _finish_worker, _rehearsed_once),
    UseCase(
        "import: give up",
        _tried,
        lambda stage, plan: _delivered(stage, plan, to="import_failed"),
        _finish_failed,
        _failed_once,
    ),
    UseCase(
        "import: invites",
        _proposed,
        lambda stage, plan: _invite(stage, plan).ended,
        _finish_invites,
        _invited_once,
    ),
]
