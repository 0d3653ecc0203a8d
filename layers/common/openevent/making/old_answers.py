"""Answers to copies that release 1.0 remembered, by Powertools' idempotency, in today's table.

Both releases give the same call the same name and the same fingerprint. Answers are remembered for
a day. The release that follows 1.1 can drop this module, if its notes say that stacks are updated
by way of 1.1.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Attribute with the end of the time, in milliseconds, in which 1.0 worked on a call.
WORKING_UNTIL = "in_progress_expiration"


# The options of a copy in 1.0, all of which are in the fingerprint of a call.
OPTIONS_OF_1_0 = frozenset({"name", "starts_at", "include", "exclude", "dry_run"})


@dataclass(frozen=True, slots=True)
class OldAnswer:
    """An answer that 1.0 remembered.

    `answer`: None if 1.0 was still working on the call, or was killed. `ends_at`: Unix time in
    seconds after which it does not work on the call.
    """

    fingerprint: str
    answer: dict[str, Any] | None
    ends_at: int


def read_old_answer(item: Mapping[str, Any]) -> OldAnswer | None:
    """Return the answer of 1.0 in `item`, DynamoDB's attributes; None for a record of today."""
    if "status" not in item:
        return None
    answer = None
    if item["status"]["S"] == "COMPLETED":
        kept = json.loads(item["data"]["S"])["zlib"]
        answer = json.loads(zlib.decompress(base64.b64decode(kept)))
    until = int(item[WORKING_UNTIL]["N"]) // 1000 + 1 if WORKING_UNTIL in item else 0
    return OldAnswer(item["validation"]["S"], answer, until)
