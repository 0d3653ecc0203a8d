"""Objects and uploads that belong to jobs by their keys: which of them no job needs."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from openevent.jobs.clock import HOUR
from openevent.jobs.record import JobRecord
from openevent.jobs.store import JobStore

J = TypeVar("J", bound=JobRecord)

# Age in seconds from which an object or upload is looked at: four times what an invocation of a
# worker can live, so that none that is being made is older.
LEFTOVER_SECONDS = HOUR


def is_old(moment: datetime) -> bool:
    """Return whether what was begun or stored at `moment` is old enough to be looked at."""
    return (datetime.now(UTC) - moment).total_seconds() >= LEFTOVER_SECONDS


def orphans_of(
    page: Iterable[tuple[str, datetime]],
    jobs: JobStore[J],
    *,
    task_of: Callable[[str], str | None],
    needs: Callable[[J, str], bool],
) -> list[str]:
    """Return the keys of `page`, of objects and when they were stored, that no job needs.

    `task_of` names the job of a key; None for a key of another kind, which stays. `needs` says
    whether a job that was not removed needs the object of a key. Raises `Unavailable` if DynamoDB
    does not answer.
    """
    owned = [(key, task_of(key)) for key, stored_at in page if is_old(stored_at)]
    found = jobs.find_all(task_id for _, task_id in owned if task_id is not None)

    def is_needed(task_id: str, key: str) -> bool:
        job = found.get(task_id)
        return job is not None and job.removed_at is None and needs(job, key)

    return [key for key, task_id in owned if task_id and not is_needed(task_id, key)]
