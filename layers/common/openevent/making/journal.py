"""Notes of one call in its intent, while it makes an event."""

from collections.abc import Callable

from aws_lambda_powertools import Logger

from openevent.errors import Unavailable
from openevent.making.intents import Answer, Intent, Intents, Making

logger = Logger(child=True)


class Journal:
    """Notes of one call. Without an intent (a dry run without a key) nothing is noted."""

    def __init__(self, intents: Intents | None = None, intent: Intent | None = None) -> None:
        """`intent`: recorded by `intents`, and this call's own."""
        self._intents = intents
        self._intent = intent
        self._has_announced = False
        self.making: Making | None = None
        """The present try; None if it made nothing, or nothing is left of it."""

    def announce(self, making: Making) -> None:
        """Note what is about to be made."""
        self.making = making
        self._has_announced = True
        if self._intents is not None and self._intent is not None:
            self._intents.note_making(self._intent, making)

    def note_answer(self, answer: Answer) -> None:
        """Note the answer that is good if the transaction commits."""
        if self._intents is not None and self._intent is not None:
            self._intents.note_answer(self._intent, answer)

    def finish(self) -> None:
        """Close the intent of an event that is there."""
        if self._intents is not None:
            self._try_to(self._intents.finish)

    def abandon(self) -> None:
        """Leave the intent of a try that failed.

        A try that made something can still be looked after: an answer of S3 that was lost may
        leave an object that comes later than its removal.
        """
        if self._intents is not None:
            self._try_to(self._intents.release if self._has_announced else self._intents.forget)

    def _try_to(self, close: Callable[[Intent], None]) -> None:
        """Close the intent, or let it be settled later: its time ends with this invocation."""
        if self._intent is None:
            return
        try:
            close(self._intent)
        except Unavailable:
            logger.warning("An intent is settled later", exc_info=True)
