"""A call that asks for a copy, and what makes two calls the same."""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass

from openevent.copying.request import CopyRequest
from openevent.errors import Invalid
from openevent.making.old_answers import OPTIONS_OF_1_0
from openevent.rights.identity import User

HEADER = "Idempotency-Key"

# Visible ASCII, long enough for whatever a client considers unique.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class CopyCall:
    """A caller's request to copy an event.

    `key`: the `Idempotency-Key`, which is good for one caller and one event, or None.
    `ends_at`: Unix time in seconds at which nothing works on this call any more, whatever happens.
    """

    user: User
    event_id: int
    request: CopyRequest
    key: str | None
    ends_at: float

    def __post_init__(self) -> None:
        """Raise `Invalid` if `key` is not 1 to 255 visible ASCII characters."""
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise Invalid(
                "idempotency-key-invalid",
                "The key must consist of 1 to 255 visible ASCII characters.",
                header=HEADER,
            )

    def name(self) -> str:
        """Return the same name for each repetition of a call with a key; else a new one."""
        if self.key is None:
            return f"copy#{uuid.uuid4().hex}"
        return f"copy#{_digest([self.user.id, self.event_id, self.key])}"

    def fingerprint(self) -> str:
        """Return a text that differs if the request's body does.

        It is that of release 1.0 for a body that 1.0 knew (`old_answers`): a later option counts
        only if it is set.
        """
        options = self.request.model_dump(mode="json")
        unset = CopyRequest().model_dump(mode="json")
        return _digest(
            {
                name: value
                for name, value in options.items()
                if name in OPTIONS_OF_1_0 or value != unset[name]
            }
        )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
