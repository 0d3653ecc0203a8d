"""Every few minutes: finish or remove what lost messages and killed functions have left."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import SweeperSettings
from openevent.media.deadline import Deadline
from openevent.wiring.sweeper import SweeperWiring

logger = Logger()
metrics = Metrics()
wiring = SweeperWiring(SweeperSettings.load())

# Share of an invocation that each of the two sweeps may take.
SHARE = 0.4


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's
    """Sweep the copies and the exports. The one is swept even if the other fails."""
    seconds = context.get_remaining_time_in_millis() / 1000
    try:
        wiring.copies().sweep(Deadline.after(seconds * SHARE))
    finally:
        wiring.exports().sweep(context.aws_request_id, Deadline.after(seconds * SHARE))
