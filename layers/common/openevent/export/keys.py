"""Keys of a job's objects in the export bucket.

Each key holds the job's id. It is known before anything is stored under it, every try of the job
uses the same one, and whatever is found in the bucket leads back to its job.
"""

import re

from openevent.export.job import Job

# The beginning of all keys.
ROOT = "exports/"

_KEY = re.compile(r"exports/\d+/(?:zip|assembly)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/.+")


def archive_key(job: Job) -> str:
    """Return the key of the job's archive. It cannot be guessed: the job's id is random.

    The file of a schedule or a table is in the same place, as all are looked for and downloaded
    there.
    """
    named = f"event{job.event_id}" if job.table is None else f"{job.table.name}-{job.event_id}"
    return f"{ROOT}{job.event_id}/zip/{job.id}/{named}.{job.format}"


def workspace_prefix(job: Job) -> str:
    """Return the beginning of the keys under which an assembly keeps its state."""
    return f"{ROOT}{job.event_id}/assembly/{job.id}/"


def task_of(key: str) -> str | None:
    """Return the id of the job that `key` belongs to; None if the key is not one of these."""
    found = _KEY.fullmatch(key)
    return None if found is None else found[1]
