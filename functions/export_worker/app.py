"""The queue's messages: build archives."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import ExportWorkerSettings
from openevent.wiring.export_worker import ExportWorkerWiring

logger = Logger()
metrics = Metrics()
wiring = ExportWorkerWiring(ExportWorkerSettings.load())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Run the job of each message; return the messages that have to be delivered again."""
    return wiring.messages().handle(event, context, wiring.run().run)
