"""Records of links, in a DynamoDB that may fail."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openevent.errors import Unavailable
from openevent.invites.links import KEPT_SECONDS, Ending, Link, Links
from openevent.invites.rules import Invite, digest_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1795262400
SENT = datetime(2026, 11, 21, tzinfo=UTC)


def invite(digest: str | None = None) -> Invite:
    digest = digest_of("a token") if digest is None else digest
    return Invite(7, 3, "bob@example.com", "organizer", 2, digest or None, SENT, "pending")


def test_a_link_is_found_by_its_token(dynamodb: "DynamoDBClient") -> None:
    links = Links(dynamodb, "limits", lambda: NOW)
    links.note_sent(invite(), 5)
    assert links.find_token("a token") == Link(3, 5, None)
    assert links.find(digest_of("a token")) == Link(3, 5, None)
    links.note_end(invite(), Ending.RESENT)
    assert links.find_token("a token") == Link(3, 5, Ending.RESENT)
    assert links.find_token("another") is None


def test_the_end_of_a_link_that_was_not_recorded(dynamodb: "DynamoDBClient") -> None:
    links = Links(dynamodb, "limits", lambda: NOW)
    links.note_end(invite(), Ending.TAKEN_BACK)
    assert links.find_token("a token") == Link(3, None, Ending.TAKEN_BACK)


def test_an_end_that_a_later_release_recorded(dynamodb: "DynamoDBClient") -> None:
    """An update that is rolled back leaves such records."""
    links = Links(dynamodb, "limits", lambda: NOW)
    links.note_end(invite(), Ending.REPLACED)
    (item,) = dynamodb.scan(TableName="limits")["Items"]
    dynamodb.put_item(TableName="limits", Item={**item, "ending": {"S": "withdrawn-by-law"}})
    assert links.find_token("a token") == Link(3, None, Ending.UNKNOWN)


def test_a_record_expires_and_has_neither_token_nor_digest(dynamodb: "DynamoDBClient") -> None:
    Links(dynamodb, "limits", lambda: NOW).note_sent(invite(), 5)
    (item,) = dynamodb.scan(TableName="limits")["Items"]
    assert item["expires_at"] == {"N": str(NOW + KEPT_SECONDS)}
    for secret in ("a token", digest_of("a token"), "bob"):
        assert secret not in str(item)


def test_a_row_without_a_digest_has_no_link(dynamodb: "DynamoDBClient") -> None:
    links = Links(dynamodb, "limits")
    links.note_sent(invite(digest=""), 5)
    assert links.find(None) is None
    assert dynamodb.scan(TableName="limits")["Items"] == []


def test_what_cannot_be_recorded_fails_no_call(dynamodb: "DynamoDBClient") -> None:
    links = Links(dynamodb, "no-table")
    links.note_sent(invite(), 5)
    links.note_end(invite(), Ending.REPLACED)
    with pytest.raises(Unavailable):
        links.find_token("a token")
