"""Imports under torture: of an archive of the stage's own event."""

from tests.forms import CONTENT_TYPE, form
from tests.functions import EXPORTS, MEDIA, TABLES
from torture import exports
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import Called, Stage
from torture.use_case import UseCase, again_until, nothing_left, sweep


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


def _start(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api(
        "POST",
        "/v1/events/import/json",
        plan,
        body=form(("file", "event.zip", stage.exported)),
        headers={"Content-Type": CONTENT_TYPE, "Idempotency-Key": "the-same"},
        later=later,
    )


def _finish_start(stage: Stage, ended: Ended) -> list[str]:
    wrong = again_until(lambda later: _start(stage, later=later), ended, [200])
    return [*wrong, *_finish_worker(stage, ended)]


def _finish_worker(stage: Stage, _: Ended) -> list[str]:
    stage.drain(to="import_worker")
    sweep(stage)
    return []


def _delivered(stage: Stage, plan: Plan | None) -> Ended:
    (ended,) = stage.deliver(plan, to="import_worker")
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
    if not 1 <= len(stage.mails()) <= 1 + stage.more_mails:
        found.append(f"mails: {len(stage.mails())}")
    listed = stage.rows("SELECT task, result, result_status FROM import_jobs")
    if listed != [{"task": job["id"], "result": str(events[1]), "result_status": "SUCCESS"}]:
        found.append(f"rows of import_jobs: {listed}")
    return found


IMPORT = [
    UseCase(
        "import: start",
        _exported,
        lambda stage, plan: _start(stage, plan).ended,
        _finish_start,
        _one_import,
    ),
    UseCase("import: worker", _started, _delivered, _finish_worker, _one_import),
]
