"""Copies under torture."""

from tests.functions import MEDIA
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import Called, Stage
from torture.use_case import UseCase, again_until, nothing, nothing_left, sweep


def copy(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    """Copy the event, always with the same key."""
    path = f"/v1/events/{stage.event}/copy"
    return stage.api(
        "POST", path, plan, body={}, headers={"Idempotency-Key": "the-same"}, later=later
    )


def _finish_copy(stage: Stage, ended: Ended) -> list[str]:
    wrong = again_until(lambda later: copy(stage, later=later), ended, [200, 201])
    sweep(stage)
    return wrong


def _one_copy(stage: Stage) -> list[str]:
    found = nothing_left(stage)
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
        nothing,
        lambda stage, plan: copy(stage, plan).ended,
        _finish_copy,
        _one_copy,
    )
]
