"""The queue's messages: import archives."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import ImportWorkerSettings
from openevent.wiring.import_worker import ImportWorkerWiring

logger = Logger()
metrics = Metrics()
wiring = ImportWorkerWiring(ImportWorkerSettings.load())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the job of each message; return the messages that have to be delivered again."""
    return wiring.messages().handle(event, context, wiring.run().run)
