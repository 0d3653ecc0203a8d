"""The dead-letter queue's messages: end jobs that failed again and again."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.adapters import clients
from openevent.adapters import secrets as credentials
from openevent.adapters.queue import Messages
from openevent.edge.settings import ExportFailedSettings
from openevent.export.give_up import GiveUp
from openevent.export.job_store import Jobs
from openevent.export.mails import Notifier

settings = ExportFailedSettings.load()
logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Give up the job of each message; tell Lambda which ones are to come again."""
    jobs = Jobs(clients.dynamodb(), settings.jobs_table)
    give_up = GiveUp(
        jobs=jobs,
        s3=clients.s3(),
        bucket=settings.export_bucket,
        notifier=Notifier(
            ses=clients.ses(),
            jobs=jobs,
            sender=settings.mail_sender,
            api_url=settings.api_url,
            frontend_url=settings.frontend_url,
            ticket_key=credentials.secret(settings.ticket_secret_arn),
        ),
    )
    messages = Messages(
        clients.sqs(), settings.dead_letter_queue_url, retry_seconds=settings.retry_seconds
    )
    return messages.handle(event, context, give_up.give_up)
