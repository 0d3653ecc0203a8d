"""Limits of invites, counted in a DynamoDB."""

from typing import TYPE_CHECKING

import pytest

from openevent.adapters.counters import Counters
from openevent.errors import NotFound, TooManyRequests, Unavailable
from openevent.invites.limits import InviteLimits, network, person

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MIDDAY = 1795262400


def limits(client: "DynamoDBClient", at: float = MIDDAY, table: str = "limits") -> InviteLimits:
    counters = Counters(client, table, clock=lambda: at)
    return InviteLimits.of(counters, failed_lookups_per_minute=3, mails_per_hour=2)


def look_up(made: InviteLimits, caller: str, code: str | None = None) -> None:
    """Look up a token, with the error `code`; without one, the token is known."""
    with made.looking_up(caller):
        if code is not None:
            raise NotFound(code, "There is no such thing.")


def fail(made: InviteLimits, caller: str) -> None:
    with pytest.raises(NotFound):
        look_up(made, caller, "invite-not-found")


def test_three_failed_lookups_a_minute(dynamodb: "DynamoDBClient") -> None:
    for second in (0, 10, 20):
        fail(limits(dynamodb, MIDDAY + second), "network#192.0.2.7")
    with pytest.raises(TooManyRequests) as caught:
        look_up(limits(dynamodb, MIDDAY + 45.5), "network#192.0.2.7")
    assert caught.value.retry_after == 15
    fail(limits(dynamodb, MIDDAY + 20), "network#192.0.2.8")
    fail(limits(dynamodb, MIDDAY + 60), "network#192.0.2.7")


def test_defect_13_known_tokens_are_not_counted(dynamodb: "DynamoDBClient") -> None:
    for _ in range(10):
        look_up(limits(dynamodb), "network#192.0.2.7")
        with pytest.raises(NotFound):
            look_up(limits(dynamodb), "network#192.0.2.7", "event-not-found")
    assert dynamodb.scan(TableName="limits")["Items"] == []


def test_failures_at_once_are_refused_beyond_the_limit(dynamodb: "DynamoDBClient") -> None:
    """All of them have passed the check before the first one is counted."""
    made = limits(dynamodb)

    def nested(depth: int) -> None:
        with made.looking_up("network#192.0.2.7"):
            if depth > 1:
                with pytest.raises((NotFound, TooManyRequests)) as caught:
                    nested(depth - 1)
                raised.append(type(caught.value))
            raise NotFound("invite-not-found", "There is no such invite.")

    raised = list[type[Exception]]()
    with pytest.raises(TooManyRequests):
        nested(5)
    assert raised == [NotFound, NotFound, NotFound, TooManyRequests]


def test_two_mails_an_hour(dynamodb: "DynamoDBClient") -> None:
    for _ in range(2):
        limits(dynamodb).count_mail(1)
    with pytest.raises(TooManyRequests) as caught:
        limits(dynamodb, MIDDAY + 600).count_mail(1)
    assert caught.value.retry_after == 3000
    assert str(caught.value) == (
        "You have sent 2 invites within the hour, which is the limit. Try again later."
    )
    limits(dynamodb).count_mail(2)


def test_the_addresses_of_one_connection_count_as_one() -> None:
    one = {network(ip) for ip in ("2001:db8::1", "2001:db8::2", "2001:0db8:0:0:ffff::1")}
    assert one == {"network#2001:db8::/64"}
    assert network("2001:db8:0:1::1") == "network#2001:db8:0:1::/64"
    assert network("192.0.2.7") == "network#192.0.2.7"
    assert network("unknown") == "network#unknown"
    assert person(7) == "user#7"


def test_the_record_expires(dynamodb: "DynamoDBClient") -> None:
    fail(limits(dynamodb, MIDDAY + 59), "network#unknown")
    (item,) = dynamodb.scan(TableName="limits")["Items"]
    assert item == {
        "id": {"S": f"failed-token-lookups#network#unknown#{MIDDAY}"},
        "count": {"N": "1"},
        "expires_at": {"N": str(MIDDAY + 120)},
    }


def test_without_counters_every_lookup_is_refused(dynamodb: "DynamoDBClient") -> None:
    with pytest.raises(Unavailable):
        look_up(limits(dynamodb, table="elsewhere"), "network#192.0.2.7")
