"""Counting, in a DynamoDB."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from openevent.errors import TooManyRequests, Unavailable
from openevent.invites.limits import Limits
from tests.aws import played_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MIDDAY = 1795262400


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with played_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName="limits",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        yield client


def limits(client: "DynamoDBClient", at: float = MIDDAY, table: str = "limits") -> Limits:
    return Limits(
        client, table, token_lookups_per_minute=3, invite_mails_per_hour=2, clock=lambda: at
    )


def test_so_many_a_minute(dynamodb: "DynamoDBClient") -> None:
    for second in (0, 10, 20):
        limits(dynamodb, MIDDAY + second).count_token_lookup("192.0.2.7")
    with pytest.raises(TooManyRequests) as caught:
        limits(dynamodb, MIDDAY + 45.5).count_token_lookup("192.0.2.7")
    assert caught.value.retry_after == 15
    limits(dynamodb, MIDDAY + 20).count_token_lookup("192.0.2.8")
    limits(dynamodb, MIDDAY + 60).count_token_lookup("192.0.2.7")


def test_so_many_mails_an_hour(dynamodb: "DynamoDBClient") -> None:
    for _ in range(2):
        limits(dynamodb).count_invite_mail(1)
    with pytest.raises(TooManyRequests) as caught:
        limits(dynamodb, MIDDAY + 600).count_invite_mail(1)
    assert caught.value.retry_after == 3000
    limits(dynamodb).count_invite_mail(2)


def test_a_household_is_one(dynamodb: "DynamoDBClient") -> None:
    for address in ("2001:db8::1", "2001:db8::2", "2001:0db8:0:0:ffff::1"):
        limits(dynamodb).count_token_lookup(address)
    with pytest.raises(TooManyRequests):
        limits(dynamodb).count_token_lookup("2001:db8::3")
    limits(dynamodb).count_token_lookup("2001:db8:0:1::1")


def test_what_was_counted_is_forgotten(dynamodb: "DynamoDBClient") -> None:
    limits(dynamodb, MIDDAY + 59).count_token_lookup("unknown")
    (item,) = dynamodb.scan(TableName="limits")["Items"]
    assert item == {
        "id": {"S": f"token-lookups#unknown#{MIDDAY}"},
        "count": {"N": "1"},
        "expires_at": {"N": str(MIDDAY + 120)},
    }


def test_who_cannot_count_lets_nobody_by(dynamodb: "DynamoDBClient") -> None:
    with pytest.raises(Unavailable):
        limits(dynamodb, table="elsewhere").count_token_lookup("192.0.2.7")
