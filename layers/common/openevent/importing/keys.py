"""Keys of an import's objects in the export bucket.

Each key holds the job's id, which is random: a key cannot be guessed, and leads back to its job.
"""

import re

# The beginning of all keys.
ROOT = "imports/"

_KEY = re.compile(
    r"imports/\d+/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:zip|report\.json)"
)


def archive_key(user_id: int, task_id: str) -> str:
    """Return the key of the archive that is uploaded."""
    return f"{ROOT}{user_id}/{task_id}.zip"


def report_key(user_id: int, task_id: str) -> str:
    """Return the key of the job's report."""
    return f"{ROOT}{user_id}/{task_id}.report.json"


def task_of(key: str) -> str | None:
    """Return the id of the job that `key` belongs to; None if the key is not one of these."""
    found = _KEY.fullmatch(key)
    return None if found is None else found[1]
