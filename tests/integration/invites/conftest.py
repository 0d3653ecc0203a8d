"""The function, on a database of the test's own."""

import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.wiring import calling
from tests.aws import make_table, played_aws
from tests.integration.invites.driver import SECRET, Function, Outbox

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

APP = Path(__file__).parents[3] / "functions" / "role_invite" / "app.py"


@pytest.fixture
def function(
    database_url: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Function]:
    """The function on this test's database, with a mail server and a counter of the test's own."""
    for name, value in {
        "DATABASE_SECRET_ARN": "database",
        "JWT_SECRET_ARN": "jwt",
        "MAIL_SENDER": "Open Event <noreply@example.com>",
        "API_URL": "https://api.example.com",
        "FRONTEND_URL": "https://events.example.com/",
        "LIMITS_TABLE": "limits",
        "DELIVERIES_TABLE": "deliveries",
        "MAIL_CONFIGURATION_SET": "open-event",
        "POWERTOOLS_METRICS_NAMESPACE": "OpenEvent",
    }.items():
        monkeypatch.setenv(name, value)
    outbox = Outbox()
    monkeypatch.setattr(calling, "read_secret", {"jwt": SECRET}.__getitem__)
    monkeypatch.setattr(clients, "ses", lambda: outbox)
    monkeypatch.setattr(clients, "ses_lookups", lambda: outbox)
    monkeypatch.setattr(clients, "dynamodb", dynamodb)
    specification = importlib.util.spec_from_file_location("role_invite_app", APP)
    assert specification is not None
    assert specification.loader is not None
    app = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(app)
    database = Database(lambda: Credentials.from_url(database_url))
    monkeypatch.setattr(app.wiring, "database", database)
    with played_aws():
        create_limits_table()
        create_deliveries_table()
        yield Function(app, outbox, connection)


@cache
def dynamodb() -> "DynamoDBClient":
    """A client for all tests: to make one takes longer than most of them."""
    return boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def create_limits_table() -> None:
    create_table("limits")


def create_deliveries_table() -> None:
    create_table("deliveries")


def create_table(name: str) -> None:
    declared = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    make_table(dynamodb(), name, declared)
