"""Areas: the queues of exports and of imports, and their dead letters."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openevent.doctor.causes import aws_code
from openevent.doctor.finding import Check, Result, fault, ok, warning

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# A job above this age is unusual: also large archives are assembled within it.
OLD = timedelta(hours=6)

_GONE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
_DEPLOY = (
    "Deploy the stack again. If the queue was deleted by hand, remove it from the stack first."
)


@dataclass(frozen=True)
class QueueArea:
    """Waiting messages of one kind of job, their redrive and age.

    `name`: of the area. `job`: `export` or `import`, with which the names of its functions begin.
    `oldest`: returns the start of the oldest job with unfinished work, None if there is none.
    """

    name: str
    job: str
    sqs: "SQSClient"
    queue_url: str
    dead_letters_url: str
    oldest: Callable[[], datetime | None]

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {
            f"{self.job}s": self._jobs,
            "dead letters": self._dead_letters,
            "age": self._age,
        }

    def _jobs(self) -> Iterator[Result]:
        attributes = self._attributes(self.queue_url)
        if attributes is None:
            yield fault(
                f"The queue of {self.job}s does not exist, so no {self.job} can start.", _DEPLOY
            )
            return
        redrive = json.loads(attributes.get("RedrivePolicy", "{}"))
        dead = self._attributes(self.dead_letters_url) or {}
        if redrive.get("deadLetterTargetArn") != dead.get("QueueArn", ""):
            yield fault(
                "Messages that fail again and again do not go to the dead-letter queue.",
                "Deploy the stack again, so that the queue gets its redrive policy.",
            )
        else:
            waiting, running = _counts(attributes)
            yield ok(f"{waiting} {self.job}s wait, {running} run.")

    def _dead_letters(self) -> Iterator[Result]:
        attributes = self._attributes(self.dead_letters_url)
        if attributes is None:
            yield fault("The dead-letter queue does not exist.", _DEPLOY)
            return
        number = sum(_counts(attributes))
        if number:
            yield fault(
                f"{number} messages are in the dead-letter queue: {self.job}-failed could not end "
                f"their {self.job}s.",
                f"Read the log of {self.job}-failed. docs/operate.md (Dead letters) says what to "
                "do.",
            )
        else:
            yield ok("The dead-letter queue is empty.")

    def _age(self) -> Iterator[Result]:
        oldest = self.oldest()
        age = timedelta(0) if oldest is None else datetime.now(UTC) - oldest
        if age > OLD:
            yield warning(
                f"The oldest unfinished {self.job} is {age.total_seconds() / 3600:.0f} hours old.",
                f"Read the logs of {self.job}-worker and of sweeper, which starts lost "
                f"{self.job}s again.",
            )
        else:
            yield ok(f"No unfinished {self.job} is old.")

    def _attributes(self, url: str) -> Mapping[str, str] | None:
        """Return the attributes of a queue by name; None if there is no such queue."""
        try:
            answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        except self.sqs.exceptions.ClientError as error:
            if aws_code(error) in _GONE:
                return None
            raise
        return {str(name): value for name, value in answer["Attributes"].items()}


def _counts(attributes: Mapping[str, str]) -> tuple[int, int]:
    return (
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
    )
