"""How often something may be done, counted in DynamoDB."""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import TooManyRequests, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A provider gives a household this much; single addresses of it cost nothing to change.
IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """`table`: has the key `id`, and forgets items after their `expires_at` (Unix seconds)."""

    client: "DynamoDBClient"
    table: str
    token_lookups_per_minute: int
    invite_mails_per_hour: int
    clock: Callable[[], float] = time.time

    def count_token_lookup(self, source_ip: str) -> None:
        """One more token is tried from this address.

        Raises `TooManyRequests`, or `Unavailable` when nobody can count.
        """
        self._count(
            f"token-lookups#{_network(source_ip)}",
            self.token_lookups_per_minute,
            timedelta(minutes=1),
        )

    def count_invite_mail(self, user_id: int) -> None:
        """One more invite is mailed for this user. Raises as `count_token_lookup` does."""
        self._count(f"invite-mails#{user_id}", self.invite_mails_per_hour, timedelta(hours=1))

    def _count(self, what: str, limit: int, window: timedelta) -> None:
        now = self.clock()
        seconds = int(window.total_seconds())
        started = int(now) // seconds * seconds
        try:
            item = self.client.update_item(
                TableName=self.table,
                Key={"id": {"S": f"{what}#{started}"}},
                UpdateExpression="ADD #count :one SET expires_at = :end",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":end": {"N": str(started + 2 * seconds)},
                },
                ReturnValues="UPDATED_NEW",
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("limits-unavailable", "Please try again.") from error
        if int(item["Attributes"]["count"]["N"]) > limit:
            raise TooManyRequests(
                "too-many-requests",
                f"No more than {limit} times in {_spoken(window)}.",
                retry_after=max(1, started + seconds - int(now)),
            )


def _network(source_ip: str) -> str:
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return source_ip
    if isinstance(address, ipaddress.IPv4Address):
        return source_ip
    return str(ipaddress.IPv6Network((int(address), IPV6_NETWORK), strict=False))


def _spoken(window: timedelta) -> str:
    return "an hour" if window >= timedelta(hours=1) else "a minute"
