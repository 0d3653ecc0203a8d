"""Use cases under torture: what is prepared, what is tortured, and what must be true in the end."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openevent.adapters import clients
from openevent.jobs.record import MAX_TRIES
from tests.function_process import ROOT
from tests.functions import EXPORTS, MEDIA, TABLE
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import A_WHILE, INVITEE, SECRET, Called, Stage

SWEEPER = "sweeper"

# Seconds after which the sweeper looks: whatever waits by then waits for it.
LONG_AFTER = 50 * A_WHILE

# Calls that a client makes again after an answer that promises nothing.
RETRIES = 3


@dataclass(frozen=True)
class UseCase:
    """A use case.

    `act` runs the invocation that is tortured, and returns it; `finish` does what clients and
    queues do afterwards, without faults; `problems` says what is wrong in the end.
    """

    name: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage, Plan | None], Ended]
    finish: Callable[[Stage, Ended], list[str]]
    problems: Callable[[Stage], list[str]]


def sweep(stage: Stage) -> None:
    """Run the sweeper once, much later, and let the worker do what it queued."""
    if (ROOT / "functions" / SWEEPER / "app.py").exists():
        stage.runner.run(SWEEPER, {}, later=LONG_AFTER)
        stage.drain(later=LONG_AFTER)


# Exports


def _start(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/events/{stage.event}/export/json"
    return stage.api("POST", path, plan, body={"image": True}, later=later)


def _started(stage: Stage) -> None:
    assert _start(stage).status == 200


def _tried(stage: Stage) -> None:
    """Start an export that workers have tried as often as they may."""
    _started(stage)
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": _task(stage)}},
        UpdateExpression="SET attempts = :most",
        ExpressionAttributeValues={":most": {"N": str(MAX_TRIES)}},
    )


def _made(stage: Stage) -> None:
    _started(stage)
    stage.drain()
    assert one_archive(stage) == []


def _again_until(call: Callable[[int], Called], first: Ended, accepted: Sequence[int]) -> list[str]:
    """Make the call again as a client would, unless it was answered; what is wrong with it."""
    if first.is_answered and first.answer["statusCode"] in accepted:
        return []
    seen = [first.end if not first.is_answered else str(first.answer["statusCode"])]
    for number in range(RETRIES):
        called = call(number * A_WHILE)
        if called.status in accepted:
            return []
        seen.append(str(called.status))
    return [f"calls in vain: {', '.join(seen)}"]


def one_archive(stage: Stage) -> list[str]:
    """Return what is wrong unless there is one job with one archive, one row and one mail."""
    found = _nothing_left(stage)
    jobs = stage.jobs()
    if [job["state"] for job in jobs] != ["SUCCESS"]:
        return [*found, f"jobs: {[job['state'] for job in jobs]}"]
    (job,) = jobs
    key = job["archive"]["key"]["S"]
    if stage.keys(EXPORTS) != {key}:
        found.append(f"objects: {len(stage.keys(EXPORTS))}, archive: {key in stage.keys(EXPORTS)}")
    if key in stage.keys(EXPORTS):
        with stage.archive(key) as archive:
            photos = [name for name in archive.namelist() if name.endswith(".png")]
            if len(photos) != len(stage.media):
                found.append(f"media in the archive: {photos}")
    found += _mails(stage)
    rows = stage.rows("SELECT task FROM export_jobs")
    if [row["task"] for row in rows] != [f"/v1/tasks/{job['id']}"]:
        found.append(f"rows of export_jobs: {len(rows)}")
    return found


def _failed_once(stage: Stage) -> list[str]:
    found = _nothing_left(stage)
    states = [job["state"] for job in stage.jobs()]
    if states != ["FAILED"]:
        found.append(f"jobs: {states}")
    if stage.keys(EXPORTS):
        found.append("an archive of a job that failed")
    return [*found, *_mails(stage)]


def _mails(stage: Stage) -> list[str]:
    subjects = [mail.subject for mail in stage.mails()]
    return [] if 1 <= len(subjects) <= stage.most_mails else [f"mails: {subjects}"]


def _removed(stage: Stage) -> list[str]:
    found = _nothing_left(stage)
    jobs = stage.jobs()
    if len(jobs) != 1 or "removed_at" not in jobs[0]:
        found.append("the job is not removed")
    if stage.keys(EXPORTS):
        found.append("the archive of a removed job")
    return found


def _nothing_left(stage: Stage) -> list[str]:
    found = []
    if stage.messages:
        found.append(f"messages left: {stage.messages}")
    if stage.uploads(EXPORTS) or stage.uploads(MEDIA):
        found.append("an upload left")
    return found


def _finish_start(stage: Stage, ended: Ended) -> list[str]:
    wrong = _again_until(lambda later: _start(stage, later=later), ended, [200])
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
    wrong = _again_until(lambda later: _remove(stage, later=later), ended, [200, 404, 410])
    sweep(stage)
    return wrong


def _show(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("GET", f"/v1/tasks/{_task(stage)}", plan, later=later)


def _delivered(stage: Stage, plan: Plan | None, to: str) -> Ended:
    (ended,) = stage.deliver(plan, to=to)
    return ended


EXPORT = [
    UseCase(
        "export: start",
        lambda _: None,
        lambda stage, plan: _start(stage, plan).ended,
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
        lambda stage, ended: _again_until(lambda later: _show(stage, later=later), ended, [200]),
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


# Copies


def _copy(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/events/{stage.event}/copy"
    return stage.api(
        "POST", path, plan, body={}, headers={"Idempotency-Key": "the-same"}, later=later
    )


def _finish_copy(stage: Stage, ended: Ended) -> list[str]:
    wrong = _again_until(lambda later: _copy(stage, later=later), ended, [200, 201])
    sweep(stage)
    return wrong


def _one_copy(stage: Stage) -> list[str]:
    found = _nothing_left(stage)
    events = [row["id"] for row in stage.rows("SELECT id FROM events ORDER BY id")]
    if len(events) != 2:
        return [*found, f"copies: {len(events) - 1}"]
    urls = "SELECT logo_url AS url FROM events UNION SELECT photo_url FROM speaker"
    named = {"events/" + row["url"].partition("/events/")[2] for row in stage.rows(urls)}
    keys = stage.keys(MEDIA)
    if named != keys:
        found.append(f"media without a row: {len(keys - named)}, missing: {len(named - keys)}")
    owners = f"SELECT user_id FROM users_events_roles WHERE event_id = {events[1]}"  # noqa: S608 - a number
    if [row["user_id"] for row in stage.rows(owners)] != [stage.owner]:
        found.append("the copy has not one owner")
    return found


COPY = [
    UseCase(
        "copy",
        lambda _: None,
        lambda stage, plan: _copy(stage, plan).ended,
        _finish_copy,
        _one_copy,
    )
]


# Invites

JSON_API = {"Content-Type": "application/vnd.api+json"}
NEW = "new@example.com"


def _invite(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    role = stage.rows("SELECT id FROM roles WHERE name = 'organizer'")[0]["id"]
    data = {
        "type": "role-invite",
        "attributes": {"email": NEW, "role-name": "organizer"},
        "relationships": {
            "event": {"data": {"type": "event", "id": str(stage.event)}},
            "role": {"data": {"type": "role", "id": str(role)}},
        },
    }
    return stage.api(
        "POST", "/v1/role-invites", plan, body={"data": data}, headers=JSON_API, later=later
    )


def _finish_invite(stage: Stage, ended: Ended) -> list[str]:
    """A caller without an answer may learn by a conflict that the invite is there."""
    accepted = [201] if ended.is_answered else [201, 409]
    return _again_until(lambda later: _invite(stage, later=later), ended, accepted)


def _one_invite(stage: Stage) -> list[str]:
    rows = stage.rows(f"SELECT status FROM role_invites WHERE email = '{NEW}'")  # noqa: S608 - ours
    found = [] if len(rows) == 1 else [f"invites: {len(rows)}"]
    if len(stage.mails()) > 1:
        found.append(f"mails: {len(stage.mails())}")
    return found


def _accept(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    body = {"data": {"token": SECRET}}
    path = "/v1/role_invites/accept-invite"
    return stage.api("POST", path, plan, user=stage.invitee, body=body, later=later)


def _one_role(stage: Stage) -> list[str]:
    rows = stage.rows(
        f"SELECT id FROM users_events_roles WHERE user_id = {stage.invitee}"  # noqa: S608 - a number
    )
    found = [] if len(rows) == 1 else [f"roles: {len(rows)}"]
    invites = stage.rows(f"SELECT status FROM role_invites WHERE email = '{INVITEE}'")  # noqa: S608 - ours
    if [row["status"] for row in invites] != ["accepted"]:
        found.append(f"invites: {json.dumps(invites)}")
    return found


def _finish_accept(stage: Stage, ended: Ended) -> list[str]:
    """A caller without an answer may learn by a conflict that the invite was accepted."""
    accepted = [200] if ended.is_answered else [200, 409]
    return _again_until(lambda later: _accept(stage, later=later), ended, accepted)


INVITES = [
    UseCase(
        "invite: create",
        lambda _: None,
        lambda stage, plan: _invite(stage, plan).ended,
        _finish_invite,
        _one_invite,
    ),
    UseCase(
        "invite: accept",
        lambda _: None,
        lambda stage, plan: _accept(stage, plan).ended,
        _finish_accept,
        _one_role,
    ),
]

ALL = [*EXPORT, *COPY, *INVITES]
