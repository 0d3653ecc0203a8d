"""Sweep of the copies: settle those whose end no call reported."""

from dataclasses import dataclass

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.errors import Unavailable
from openevent.making.settle import Settlement, Settler
from openevent.media.deadline import Deadline

logger = Logger(child=True)
metrics = Metrics()

# Age in seconds from which an intent is looked at: more than an invocation of copy_event can live.
INTENT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class CopySweep:
    """Sweeps copies by means of `settler`."""

    settler: Settler

    def sweep(self, deadline: Deadline) -> None:
        """Settle old intents until `deadline`; the next sweep does the rest.

        Raises `Unavailable` if DynamoDB does not answer.
        """
        for intent in self.settler.intents.older_than(INTENT_SECONDS):
            if deadline.is_over():
                return
            try:
                settlement = self.settler.settle(intent)
            except Unavailable:
                logger.warning("The next sweep has to settle the copy", exc_info=True)
                continue
            logger.warning("Settled a copy", extra={"settlement": settlement.value})
            match settlement:
                case Settlement.FINISHED:
                    metrics.add_metric("CopiesFinished", MetricUnit.Count, 1)
                case Settlement.REMOVED:
                    metrics.add_metric("CopiesRemoved", MetricUnit.Count, 1)
