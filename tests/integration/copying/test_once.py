"""A call that is made twice has its effect once, also while DynamoDB comes and goes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from openevent.copying.once import Call, Once
from openevent.errors import Conflict, Invalid, NotFound, Unavailable
from tests.aws import played_aws
from tests.lambda_context import Context

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "copies"
CALL = Call(user_id=1, event_id=2, key="a-key", body={"name": None, "include": ["sessions"]})
CONTEXT = Context()


class Work:
    """What is to be done once: counts how often it is, and fails when told to."""

    def __init__(self) -> None:
        self.times = 0
        self.failure: Exception | None = None

    def __call__(self) -> dict[str, Any]:
        self.times += 1
        if self.failure is not None:
            raise self.failure
        return {"id": self.times, "copied": True}


class FailingDynamoDB:
    """The real client, but for some operations."""

    def __init__(self, client: Any, *operations: str) -> None:  # noqa: ANN401 (it is boto3's)
        self._client = client
        self._operations = operations

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name in self._operations:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, name)
        return getattr(self._client, name)


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with played_aws("us-east-1"):
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def once(dynamodb: "DynamoDBClient") -> Once:
    return Once(dynamodb, TABLE)


@pytest.fixture
def work() -> Work:
    return Work()


def but_for(once: Once, *operations: str) -> Once:
    client: Any = FailingDynamoDB(once.client, *operations)
    return replace(once, client=client)


def test_the_same_call_is_answered_as_it_was(once: Once, work: Work) -> None:
    first = once.answer(CALL, CONTEXT, work)
    assert once.answer(CALL, CONTEXT, work) == first == {"id": 1, "copied": True}
    assert work.times == 1


@pytest.mark.parametrize("change", [{"user_id": 9}, {"event_id": 9}, {"key": "another"}])
def test_another_call_is_another(once: Once, work: Work, change: dict[str, Any]) -> None:
    once.answer(CALL, CONTEXT, work)
    assert once.answer(replace(CALL, **change), CONTEXT, work)["id"] == 2


def test_the_key_of_another_body_is_refused(once: Once, work: Work) -> None:
    once.answer(CALL, CONTEXT, work)
    with pytest.raises(Invalid) as refused:
        once.answer(replace(CALL, body={"name": "x"}), CONTEXT, work)
    assert refused.value.code == "idempotency-key-reused"
    assert work.times == 1


def test_a_call_that_is_worked_on_is_a_conflict(once: Once, work: Work) -> None:
    def call_again() -> dict[str, Any]:
        with pytest.raises(Conflict) as refused:
            once.answer(CALL, CONTEXT, work)
        assert refused.value.code == "copy-in-progress"
        return {"id": 7}

    assert once.answer(CALL, CONTEXT, call_again) == {"id": 7}
    assert work.times == 0


def test_a_failure_is_not_remembered(once: Once, work: Work) -> None:
    work.failure = NotFound("event-not-found", "There is no such event.")
    with pytest.raises(NotFound):
        once.answer(CALL, CONTEXT, work)
    work.failure = None
    assert once.answer(CALL, CONTEXT, work) == {"id": 2, "copied": True}


def test_without_dynamodb_nothing_is_done(once: Once, work: Work) -> None:
    with pytest.raises(Unavailable) as refused:
        but_for(once, "put_item").answer(CALL, CONTEXT, work)
    assert refused.value.code == "idempotency-unavailable"
    assert work.times == 0


def test_what_was_done_is_answered_though_not_remembered(once: Once, work: Work) -> None:
    answer = but_for(once, "update_item").answer(CALL, CONTEXT, work)
    assert answer == {"id": 1, "copied": True}


def test_a_failure_is_told_though_it_cannot_be_forgotten(once: Once, work: Work) -> None:
    work.failure = NotFound("event-not-found", "There is no such event.")
    with pytest.raises(NotFound):
        but_for(once, "delete_item").answer(CALL, CONTEXT, work)


def test_a_long_answer_fits(once: Once) -> None:
    dates = [
        {"table": "sessions", "column": "starts_at", "rows": 1,
         "before": f"2027-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00+05:45",
         "after": f"2028-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00+05:45"}
        for n in range(20_000)
    ]  # fmt: skip
    assert once.answer(CALL, CONTEXT, lambda: {"dates": dates}) == {"dates": dates}
    assert once.answer(CALL, CONTEXT, dict) == {"dates": dates}


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "né", "a\n"])
def test_a_key_that_is_none_is_refused(once: Once, work: Work, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        once.answer(replace(CALL, key=key), CONTEXT, work)
    assert refused.value.code == "idempotency-key-invalid"
    assert refused.value.problems[0].header == "Idempotency-Key"
    assert work.times == 0
