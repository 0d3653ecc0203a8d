"""The queue of tasks: messages with the id of one task each, their delivery and their retries."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = Logger(child=True)
metrics = Metrics()

# Seconds between the end of an invocation that died and the next delivery of its message.
MARGIN = 5

# Longest time in seconds for which SQS hides a message, and the doublings that exceed it.
MAX_HIDDEN = 12 * 3600
MAX_DOUBLINGS = 16

# Characters of a message that names no task which are logged.
MAX_BODY = 1000

# S3's message when it begins to notify a queue of new objects.
TEST_EVENT = "s3:TestEvent"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RetryAfter(Exception):
    """The message cannot be worked on for the next `seconds`."""

    def __init__(self, seconds: int) -> None:
        """`seconds`: whole, at least 1."""
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class TaskQueue:
    """The queue `url`, as those who send tasks see it."""

    sqs: "SQSClient"
    url: str

    def send(self, task_id: str, *, group: str) -> None:
        """Send a message with a task's id. Raises `Unavailable` if SQS does not answer.

        SQS delivers fairly between groups: those with many messages do not delay the others
        (Amazon SQS Developer Guide, "Amazon SQS fair queues"). The message can be there although
        SQS did not answer.
        """
        body = json.dumps({"task_id": task_id})
        try:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageGroupId=group)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(
                "queue-unavailable",
                "Tasks cannot be started at the moment. Please try again in a minute.",
            ) from error


class Messages:
    """Handles the messages of an invocation, and decides which are delivered again, and when."""

    def __init__(
        self,
        sqs: "SQSClient",
        queue_url: str,
        *,
        retry_seconds: int,
        stored: Callable[[str], str | None] = lambda _key: None,
    ) -> None:
        """`retry_seconds`: pause before the second try of a message whose work failed.

        `stored`: returns the task that an object was uploaded for, by its key, for a queue that S3
        notifies of new objects; None if there is none.
        """
        self._sqs = sqs
        self._queue_url = queue_url
        self._retry_seconds = retry_seconds
        self._stored = stored

    def handle(
        self,
        event: dict[str, Any],
        context: LambdaContext,
        work: Callable[[str, str, int], None],
    ) -> dict[str, Any]:
        """Call `work(task_id, owner, seconds)` for each message; return the failed ones to Lambda.

        The answer is that of `ReportBatchItemFailures`. `owner` identifies this invocation,
        `seconds` is the time that it has left. The queue hides a message for much longer than an
        invocation can live. Here it is hidden only until the invocation ends, so that the job of a
        worker that dies is resumed soon.
        """
        failed: list[str] = []
        for record in event["Records"]:
            try:
                self._handle_one(record, context, work)
            except Exception:  # noqa: BLE001 - logged where it was raised
                failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

    def _handle_one(
        self,
        record: Mapping[str, Any],
        context: LambdaContext,
        work: Callable[[str, str, int], None],
    ) -> None:
        message = _read(record["body"])
        if message.get("Event") == TEST_EVENT:
            return
        task_id = _task_id(message) or self._uploaded_task(message)
        if task_id is None:
            # A retry would read the same. The operator's alarm counts these.
            metrics.add_metric("UnreadableMessages", MetricUnit.Count, 1)
            logger.error("The message names no task", extra={"body": record["body"][:MAX_BODY]})
            return
        seconds = max(1, context.get_remaining_time_in_millis() // 1000)
        logger.append_keys(task_id=task_id)
        try:
            self._hide(record, seconds + MARGIN)
            work(task_id, context.aws_request_id, seconds)
        except RetryAfter as later:
            logger.info("The message has to wait", extra={"seconds": later.seconds})
            self._hide(record, later.seconds + MARGIN)
            raise
        except Exception:
            logger.exception("The try failed", extra={"message_id": record["messageId"]})
            self._hide(record, self._pause_after(record))
            raise
        finally:
            logger.remove_keys(["task_id"])

    def _uploaded_task(self, message: Mapping[str, Any]) -> str | None:
        """Return the task of the object of which S3 notifies.

        Keys in notifications are encoded as in a web form (Amazon S3 User Guide, "Event message
        structure"). Each message is about one object.
        """
        match message:
            case {"Records": [{"s3": {"object": {"key": str(key)}}}]}:
                return self._stored(unquote_plus(key))
        return None

    def _pause_after(self, record: Mapping[str, Any]) -> int:
        """Return the pause before the next try in seconds; it doubles with each try."""
        tries = int(record["attributes"]["ApproximateReceiveCount"])
        return min(self._retry_seconds << min(tries - 1, MAX_DOUBLINGS), MAX_HIDDEN)

    def _hide(self, record: Mapping[str, Any], seconds: int) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=seconds,
            )
        except (BotoCoreError, ClientError):
            logger.warning(
                "The message stays hidden for the queue's own visibility timeout", exc_info=True
            )


def _read(body: str) -> Mapping[str, Any]:
    """Return the message's JSON object; an empty one if it is none."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _task_id(message: Mapping[str, Any]) -> str | None:
    task_id = message.get("task_id")
    return task_id if isinstance(task_id, str) and _UUID.fullmatch(task_id) else None
