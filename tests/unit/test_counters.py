"""Rate limits, counted in a DynamoDB."""

from typing import TYPE_CHECKING

import pytest

from openevent.adapters.counters import Counters, RateLimit
from openevent.errors import TooManyRequests, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MIDDAY = 1795262400
THREE = RateLimit("tries", most=3, seconds=60, detail="You have tried three times.")


def counters(client: "DynamoDBClient", at: float = MIDDAY, table: str = "limits") -> Counters:
    return Counters(client, table, clock=lambda: at)


def test_the_fourth_in_a_minute_is_refused(dynamodb: "DynamoDBClient") -> None:
    for second in (0, 10, 20):
        counters(dynamodb, MIDDAY + second).count(THREE, 7)
    with pytest.raises(TooManyRequests) as caught:
        counters(dynamodb, MIDDAY + 45.5).count(THREE, 7)
    assert (caught.value.code, str(caught.value)) == (
        "too-many-requests",
        "You have tried three times.",
    )
    assert caught.value.retry_after == 15
    counters(dynamodb, MIDDAY + 20).count(THREE, 8)
    counters(dynamodb, MIDDAY + 60).count(THREE, 7)


def test_what_is_refused_is_not_counted_and_the_record_expires(dynamodb: "DynamoDBClient") -> None:
    for _ in range(3):
        counters(dynamodb, MIDDAY + 59).count(THREE, "a")
    with pytest.raises(TooManyRequests):
        counters(dynamodb, MIDDAY + 59).count(THREE, "a")
    (item,) = dynamodb.scan(TableName="limits")["Items"]
    assert item == {
        "id": {"S": f"tries#a#{MIDDAY}"},
        "count": {"N": "3"},
        "expires_at": {"N": str(MIDDAY + 120)},
    }


def test_checking_counts_nothing(dynamodb: "DynamoDBClient") -> None:
    counter = counters(dynamodb)
    for _ in range(5):
        counter.check(THREE, 7)
    assert dynamodb.scan(TableName="limits")["Items"] == []
    for _ in range(3):
        counter.count(THREE, 7)
    with pytest.raises(TooManyRequests) as caught:
        counter.check(THREE, 7)
    assert caught.value.retry_after == 60
    counters(dynamodb, MIDDAY + 60).check(THREE, 7)


def test_amounts_fill_the_window(dynamodb: "DynamoDBClient") -> None:
    megabytes = RateLimit("bytes", most=100, seconds=86_400, detail="The budget is used up.")
    counter = counters(dynamodb)
    counter.count(megabytes, 1, 60)
    with pytest.raises(TooManyRequests):
        counter.count(megabytes, 1, 41)
    counter.count(megabytes, 1, 40)
    with pytest.raises(TooManyRequests):
        counter.count(megabytes, 1)
    counter.count(megabytes, 2, 101)
    with pytest.raises(TooManyRequests):
        counter.count(megabytes, 2)


def test_counting_can_be_part_of_a_transaction(dynamodb: "DynamoDBClient") -> None:
    counter = counters(dynamodb)
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[{"Update": counter.update(THREE, 7)}])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Update": counter.update(THREE, 7)}])
    with pytest.raises(TooManyRequests):
        counter.check(THREE, 7)


def test_without_dynamodb_everything_is_refused(dynamodb: "DynamoDBClient") -> None:
    elsewhere = counters(dynamodb, table="elsewhere")
    with pytest.raises(Unavailable) as caught:
        elsewhere.count(THREE, 7)
    assert caught.value.code == "limits-unavailable"
    with pytest.raises(Unavailable):
        elsewhere.check(THREE, 7)
