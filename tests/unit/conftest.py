"""Fixtures of the unit tests."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws import played_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """A DynamoDB with an empty table of counters, `limits`."""
    with played_aws():
        _client().create_table(
            TableName="limits",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        yield _client()


@cache
def _client() -> "DynamoDBClient":
    """A client for all tests: to make one takes longer than most of them."""
    return boto3.client("dynamodb", region_name="eu-central-1")
