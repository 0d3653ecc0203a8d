"""Progress of an export: where its job is, and the steps of its work. Pure."""

from enum import StrEnum

from openevent.archive.progress import Progress
from openevent.catalogue.table import MediaKind
from openevent.export.job import Job
from openevent.export.page.model import Step, StepState
from openevent.export.readable import counted, readable_size


class Phase(StrEnum):
    """Where a job that waits or runs is."""

    # No worker has had it yet.
    QUEUED = "queued"
    # A worker has it.
    RUNNING = "running"
    # The last worker handed it on, because its time was up.
    HANDED_ON = "handed-on"
    # The last try failed with a transient error, or its worker died.
    RETRIED = "retried"


def phase_of(job: Job, now: int) -> Phase:
    """Return where the waiting `job` is at `now` (epoch seconds)."""
    if job.attempts == 0:
        return Phase.QUEUED
    if job.lease_until > now:
        return Phase.RUNNING
    return Phase.HANDED_ON if job.rounds and job.handed_on == job.attempts else Phase.RETRIED


def steps_of(job: Job) -> tuple[Step, ...]:
    """Return the steps of the job's work, in their order, as its progress shows them."""
    if not job.makes_archive:
        return ()
    names = {
        "data": "Read the event's data",
        "media": _media_step(job),
        "upload": "Store the archive",
    }
    stages = [stage for stage, name in names.items() if name]
    reached = job.progress
    now = None if reached is None else stages.index(reached.stage) if reached.stage in stages else 0
    return tuple(
        _step(job, names[stage], number, now, reached) for number, stage in enumerate(stages)
    )


def _media_step(job: Job) -> str:
    if job.upload is not None:
        return "Put the archive together"
    return "Fetch media files" if any(map(job.options.wants, MediaKind)) else ""


def _step(job: Job, name: str, number: int, now: int | None, progress: Progress | None) -> Step:
    if now is None or progress is None or number > now:
        return Step(name, StepState.AHEAD)
    if number < now:
        return Step(name, StepState.DONE)
    if progress.stage == "upload":
        return Step(name, StepState.NOW, readable_size(progress.bytes))
    items = {"data": "file", "media": "part" if job.upload is not None else "media file"}
    detail = f"{progress.done:,} of {counted(progress.total, items.get(progress.stage, 'step'))}"
    if progress.stage == "media":
        detail = f"{detail}, {readable_size(progress.bytes)} so far"
    return Step(name, StepState.NOW, detail, progress.done, progress.total)
