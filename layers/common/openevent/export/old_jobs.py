"""Records of jobs that release 1.0 wrote, in the form of today.

A record lives for 30 days after its archive has expired. The release that follows 1.1 can drop this
module, if its notes say that stacks are updated by way of 1.1.
"""

from collections.abc import Mapping
from typing import Any

# Fields of an archive, as 1.0 named them, and their names of today.
_RENAMED = {
    "left_out": "skipped",
    "left_out_count": "skipped_count",
    "mended": "repaired",  # words: allow
}


def upgrade(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with today's names; a record of today unchanged.

    1.0 counted each invocation of an assembly as an attempt, and had no `handed_on`. Such a job has
    had no failed try that is known of.
    """
    upgraded = dict(record)
    if archive := record.get("archive"):
        upgraded["archive"] = {_RENAMED.get(name, name): value for name, value in archive.items()}
    if record.get("upload") and "handed_on" not in record:
        upgraded["handed_on"] = record.get("attempts", 0)
    return upgraded
