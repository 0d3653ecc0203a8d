"""Keys of a job's objects in the export bucket.

Each key holds the job's id. It is known before anything is stored under it, every try of the job
uses the same one, and whatever is found in the bucket leads back to its job.
"""

from openevent.export.job import Job

# The beginning of all keys.
ROOT = "exports/"


def archive_key(job: Job) -> str:
    """Return the key of the job's archive. It cannot be guessed: the job's id is random."""
    return f"{ROOT}{job.event_id}/zip/{job.id}/event{job.event_id}.zip"


def workspace_prefix(job: Job) -> str:
    """Return the beginning of the keys under which an assembly keeps its state."""
    return f"{ROOT}{job.event_id}/assembly/{job.id}/"


def task_of(key: str) -> str | None:
    """Return the id of the job that `key` belongs to; None if the key is not one of these."""
    match key.split("/"):
        case ["exports", _, "zip" | "assembly", task_id, _, *_]:
            return task_id
    return None
