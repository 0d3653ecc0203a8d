"""Answer a call that asks for a copy: who calls, whether they may, and the copy."""

import time
from dataclasses import dataclass

from openevent.copying.calls import CopyCall
from openevent.copying.copy import EventCopy
from openevent.copying.request import CopyRequest
from openevent.making.intents import Answer
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class CopyAnswer:
    """Answers calls.

    `seconds`: for a copy. `seconds_left`: until the invocation ends, and nothing works on the copy.
    """

    copying: EventCopy
    seconds: float
    seconds_left: float

    def answer(
        self, claims: Claims, event_name: str, request: CopyRequest, *, key: str | None
    ) -> Answer:
        """Copy the event of the id or identifier `event_name`; return the answer, as JSON has it.

        `key`: the `Idempotency-Key`, if there is one. Raises what `admit`, `CopyCall` and
        `EventCopy.copy` raise.
        """
        deadline, ends_at = time.monotonic() + self.seconds, time.time() + self.seconds_left
        with self.copying.database.snapshot() as session:
            admission = admit(session, claims, event_name, Action.COPY)
        call = CopyCall(admission.user, admission.event.id, request, key, ends_at)
        return self.copying.copy(call, deadline=deadline)
