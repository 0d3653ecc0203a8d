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

    The file of a schedule is in the same place, as both are looked for and downloaded there.
    """
    extension = job.schedule or "zip"
    return f"{ROOT}{job.event_id}/zip/{job.id}/event{job.event_id}.{extension}"


def workspace_prefix(job: Job) -> str:
    """Return the beginning of the keys under which an assembly keeps its state."""
    return f"{ROOT}{job.event_id}/assembly/{job.id}/"


def task_of(key: str) -> str | None:
    """Return the id of the job that `key` belongs to; None if the key is not one of these."""
    found = _KEY.fullmatch(key)
    return None if found is None else found[1]
