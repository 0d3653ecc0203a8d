"""The dead-letter queue's messages: end imports that failed again and again."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import ImportFailedSettings
from openevent.wiring.import_failed import ImportFailedWiring

logger = Logger()
metrics = Metrics()
wiring = ImportFailedWiring(ImportFailedSettings.load())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Give up the job of each message; return the messages that have to be delivered again."""
    return wiring.messages().handle(event, context, wiring.give_up().give_up)
