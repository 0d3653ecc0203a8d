"""Answer a call that asks for a copy: once for each `Idempotency-Key`, and counted."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.copying.copy import EventCopy
from openevent.copying.once import Call, Once
from openevent.copying.request import CopyRequest
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User

metrics = Metrics()


@dataclass(frozen=True, slots=True)
class CopyAnswer:
    """Copies events within `seconds`, and remembers the answers."""

    copying: EventCopy
    once: Once
    seconds: int

    def answer(
        self,
        claims: Claims,
        event_name: str,
        request: CopyRequest,
        *,
        key: str | None,
        context: LambdaContext,
    ) -> dict[str, Any]:
        """Copy the event of the id or identifier `event_name`; the answer, as JSON has it.

        `key`: the `Idempotency-Key`, if there is one. Raises what `EventCopy.admit`,
        `EventCopy.copy` and `Once.answer` raise.
        """
        started = time.monotonic()
        user, event = self.copying.admit(claims, event_name)
        copy = partial(self._copy, user, event, request, started)
        if key is None:
            return copy()
        call = Call(user.id, event.id, key, request.model_dump(mode="json"))
        return self.once.answer(call, context, copy)

    def _copy(
        self, user: User, event: Event, request: CopyRequest, started: float
    ) -> dict[str, Any]:
        answer = self.copying.copy(user, event.id, request, deadline=started + self.seconds)
        if answer["copied"]:
            metrics.add_metric("EventsCopied", MetricUnit.Count, 1)
            metrics.add_metric("CopySeconds", MetricUnit.Seconds, time.monotonic() - started)
            metrics.add_metric("CopiedMedia", MetricUnit.Count, answer["media"]["copied"])
        return answer
