"""The sweeper under torture, with one of everything that it finishes or removes."""

from uuid import uuid4

from openevent.adapters import clients
from tests.functions import EXPORTS, MEDIA, TABLES
from torture.copies import copy
from torture.exports import start
from torture.injection import Fault, Plan, Point
from torture.runner import Ended
from torture.stage import Stage
from torture.use_case import LONG_AFTER, UseCase, nothing_left, sweep


def _left_behind(stage: Stage) -> None:
    """Leave a job without its mail, one without its message, a copy, an archive and an upload."""
    assert start(stage).status == 200
    stage.deliver(Plan(Point("sesv2.SendEmail", 1), Fault.THROTTLED, for_good=True))
    stage.lose_messages()
    assert start(stage).status == 200
    stage.lose_messages()
    assert copy(stage, Plan(Point("s3.CopyObject", 1), Fault.KILLED_AFTER)).ended.end == "killed"
    for name in ("archive", "upload"):
        key = f"exports/{stage.event}/zip/{uuid4()}/{name}.zip"
        if name == "archive":
            clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=b"left")
        else:
            clients.s3().create_multipart_upload(Bucket=EXPORTS, Key=key)
    states = sorted((job["state"], "mailed_at" in job) for job in stage.jobs())
    assert states == [("SUCCESS", False), ("WAITING", False)]
    assert stage.keys(MEDIA) > set(stage.media)
    assert not stage.mails()


def _finish(stage: Stage, _: Ended) -> list[str]:
    """Let the worker do what was queued, and run the next sweep."""
    stage.drain(later=LONG_AFTER)
    sweep(stage, later=2 * LONG_AFTER)
    return []


def _swept(stage: Stage) -> list[str]:
    found = nothing_left(stage)
    jobs = stage.jobs()
    if [job["state"] for job in jobs] != ["SUCCESS", "SUCCESS"]:
        return [*found, f"jobs: {[job['state'] for job in jobs]}"]
    keys = {job["archive"]["key"]["S"] for job in jobs}
    if stage.keys(EXPORTS) != keys:
        found.append(f"objects: {len(stage.keys(EXPORTS))}")
    if not len(jobs) <= len(stage.mails()) <= len(jobs) + stage.more_mails:
        found.append(f"mails: {len(stage.mails())}")
    if not all("mailed_at" in job and "pending" not in job for job in jobs):
        found.append("a job is not at its end")
    if stage.keys(MEDIA) != set(stage.media):
        found.append("objects of a copy that was not made")
    if len(stage.rows("SELECT id FROM events")) != 1:
        found.append("a copy that was not finished")
    if any("open" in item for item in stage.items(TABLES["CopiesTable"])):
        found.append("an intent of a copy")
    return found


SWEEP = [
    UseCase(
        "sweeper",
        _left_behind,
        lambda stage, plan: stage.runner.run("sweeper", {}, plan, later=LONG_AFTER),
        _finish,
        _swept,
    )
]
