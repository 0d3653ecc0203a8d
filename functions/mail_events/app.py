"""Events of SES: record what became of each mail, and notify the inviters of returned invites."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge.settings import MailEventsSettings
from openevent.wiring.mail_events import MailEventsWiring

logger = Logger()
metrics = Metrics()
wiring = MailEventsWiring(MailEventsSettings.load())


@logger.inject_lambda_context
@metrics.log_metrics(raise_on_empty_metrics=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Receive the event in each message; return the messages that have to be delivered again."""
    return wiring.receive().handle(event, context.aws_request_id)
