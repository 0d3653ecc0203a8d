"""Rate limits: how often something was done within a window of time, counted in DynamoDB.

A count errs on the side of too much. DynamoDB's answer to a counting write can be lost after the
write took effect; botocore then repeats the write, and one action is counted twice. A caller can so
be refused one action early, and is never granted one too many.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import TooManyRequests, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef

# Seconds.
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `most` within each window of `seconds`, for each key.

    Windows begin at multiples of `seconds` since the epoch. `name`: what is counted, kebab-case.
    `detail`: the message of the refusal, for a person.
    """

    name: str
    most: int
    seconds: int
    detail: str
    code: str = "too-many-requests"


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts in `table`, which has the key `id` and the time to live `expires_at`."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], float] = time.time

    def count(self, limit: RateLimit, key: object, amount: int = 1) -> None:
        """Add `amount` to what `key` has used within the current window.

        The first action of a window is granted even if `amount` alone exceeds the limit. Raises
        `TooManyRequests`, and adds nothing, if the limit does not leave `amount`; `Unavailable` if
        DynamoDB does not answer.
        """
        try:
            self.client.update_item(**self.update(limit, key, amount))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                raise self.refusal(limit) from error
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error

    def add(self, limit: RateLimit, key: object, amount: int) -> None:
        """Add `amount` to what `key` has used within the current window, even above the limit.

        For amounts that are known only afterwards: `check` refuses what follows. Raises
        `Unavailable` if DynamoDB does not answer.
        """
        values: dict[str, Any] = {
            ":amount": {"N": str(amount)},
            ":end": {"N": str(self._window(limit) + 2 * limit.seconds)},
        }
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self._key(limit, key),
                UpdateExpression="ADD #count :amount SET expires_at = :end",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues=values,
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error

    def check(self, limit: RateLimit, key: object) -> None:
        """Raise `TooManyRequests` if `key` has used up its limit; count nothing.

        Raises `Unavailable` if DynamoDB does not answer.
        """
        try:
            item = self.client.get_item(
                TableName=self.table, Key=self._key(limit, key), ConsistentRead=True
            ).get("Item", {})
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error
        if int(item.get("count", {}).get("N", "0")) >= limit.most:
            raise self.refusal(limit)

    def update(self, limit: RateLimit, key: object, amount: int = 1) -> "UpdateTypeDef":
        """Return the arguments of the counting write, which can be part of a transaction.

        If the limit does not leave `amount`, its condition fails; `refusal` is the error to raise.
        """
        values: dict[str, Any] = {
            ":amount": {"N": str(amount)},
            ":room": {"N": str(limit.most - amount)},
            ":end": {"N": str(self._window(limit) + 2 * limit.seconds)},
        }
        return {
            "TableName": self.table,
            "Key": self._key(limit, key),
            "UpdateExpression": "ADD #count :amount SET expires_at = :end",
            "ConditionExpression": "attribute_not_exists(#count) OR #count <= :room",
            "ExpressionAttributeNames": {"#count": "count"},
            "ExpressionAttributeValues": values,
        }

    def refusal(self, limit: RateLimit) -> TooManyRequests:
        """Return the error of a limit that is used up, with the seconds until its next window."""
        left = self._window(limit) + limit.seconds - int(self.clock())
        return TooManyRequests(limit.code, limit.detail, retry_after=max(1, left))

    def _window(self, limit: RateLimit) -> int:
        return int(self.clock()) // limit.seconds * limit.seconds

    def _key(self, limit: RateLimit, key: object) -> dict[str, Any]:
        return {"id": {"S": f"{limit.name}#{key}#{self._window(limit)}"}}


def _unavailable() -> Unavailable:
    return Unavailable(
        "limits-unavailable", "The service is busy at the moment. Please try again in a moment."
    )
