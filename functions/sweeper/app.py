"""Every few minutes: finish or remove what lost messages and killed functions have left."""

from contextlib import ExitStack
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import SweeperSettings
from openevent.media.deadline import Deadline
from openevent.wiring.sweeper import SweeperWiring

logger = Logger()
metrics = Metrics()
wiring = SweeperWiring(SweeperSettings.load())

# Share of an invocation that each of the three sweeps may take.
SHARE = 0.3


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's
    """Sweep copies, imports and exports. Each is swept even if another fails."""
    owner, seconds = context.aws_request_id, SHARE * context.get_remaining_time_in_millis() / 1000
    with ExitStack() as sweeps:
        # All of them are called, the last first, before an error of one is raised.
        sweeps.callback(lambda: wiring.imports().sweep(owner, Deadline.after(seconds)))
        sweeps.callback(lambda: wiring.exports().sweep(owner, Deadline.after(seconds)))
        wiring.copies().sweep(Deadline.after(seconds))
