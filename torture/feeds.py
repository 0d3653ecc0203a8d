"""The public schedule under torture, as a process answers that has not read it before."""

from tests.functions import EXPORTS
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import A_WHILE, Called, Stage
from torture.use_case import UseCase, again_until, nothing_left


def _published(stage: Stage) -> None:
    stage.run(
        "UPDATE events SET state = 'published', privacy = 'public', schedule_published_on = now()"
    )


def _read(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/events/{stage.event}/schedule.ics"
    return stage.api("GET", path, plan, later=later, is_cold=True)


def _finish(stage: Stage, ended: Ended) -> list[str]:
    return again_until(lambda later: _read(stage, later=later), ended, [200])


def _readable(stage: Stage) -> list[str]:
    """Return what is wrong unless everyone gets the calendar, a while later."""
    found = nothing_left(stage)
    called = _read(stage, later=A_WHILE)
    if called.answer is None or not called.answer.text.startswith("BEGIN:VCALENDAR"):
        found.append(f"the schedule: {called.status}")
    others = [key for key in stage.keys(EXPORTS) if not key.startswith("schedules/")]
    if others:
        found.append(f"objects: {others}")
    return found


FEED = [
    UseCase("feed", _published, lambda stage, plan: _read(stage, plan).ended, _finish, _readable)
]
