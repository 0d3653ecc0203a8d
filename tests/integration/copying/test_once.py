"""The same call makes one copy, also while DynamoDB comes and goes; and its limits."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.errors import Conflict, Invalid, NotFound, TooManyRequests, Unavailable
from openevent.making.intents import Intent, Intents, Making
from tests import factories
from tests.factories import Row
from tests.integration.copying.conftest import Copying, copy_call

KEY = "a-key"
NAMED = {"name": "Once"}


class Flaky:
    """DynamoDB's real client, but for some operations.

    Each of `operations` fails at its call of the number given, or at every one if that is 0:
    before it takes effect, or, with `is_done_first`, after.
    """

    def __init__(self, operations: dict[str, int], *, is_done_first: bool = False) -> None:
        self._client = clients.dynamodb()
        self._operations = operations
        self._is_done_first = is_done_first
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (it is boto3's)
        real = getattr(self._client, name)
        if name not in ("put_item", "update_item", "delete_item", "get_item"):
            return real

        def call(**arguments: Any) -> Any:  # noqa: ANN401 (they are boto3's)
            self.calls.append(name)
            fails = self._operations.get(name) in (0, self.calls.count(name))
            if fails and not self._is_done_first:
                raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, name)
            answer = real(**arguments)
            if fails:
                raise ReadTimeoutError(endpoint_url="dynamodb")
            return answer

        return call


class Repeating(Flaky):
    """DynamoDB's real client, whose answers are lost once, so that boto3 repeats each write."""

    def __init__(self) -> None:
        super().__init__({})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (it is boto3's)
        real = super().__getattr__(name)
        if not name.endswith("_item") or name == "get_item":
            return real

        def call(**arguments: Any) -> Any:  # noqa: ANN401 (they are boto3's)
            real(**arguments)
            return real(**arguments)

        return call


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


@pytest.fixture
def event(copying: Copying, connection: Connection, owner: Row) -> Row:
    event = factories.make_event(connection, owner)
    logo = copying.media.put(f"events/{event['id']}/logo.png")
    copying.run("UPDATE events SET logo_url = :logo", logo=logo)
    return event


def through(copying: Copying, client: Flaky) -> Copying:
    """The same with another client for intents."""
    of_the_test: Any = client
    intents = Intents(of_the_test, "copies")
    other = copying.in_a_new_process()
    other.deps = replace(copying.deps, intents=intents)
    return other


def number_of_events(copying: Copying) -> int:
    return len(copying.snapshot().rows("events"))


def open_intents(copying: Copying) -> list[Intent]:
    return list(copying.deps.intents.older_than(-10))


def test_the_same_call_gets_the_same_answer(copying: Copying, event: Row, owner: Row) -> None:
    first = copying.copy(event, owner, NAMED, key=KEY)
    assert copying.copy(event, owner, NAMED, key=KEY) == first
    assert number_of_events(copying) == 2
    assert open_intents(copying) == []


@pytest.mark.parametrize("change", ["user", "event", "key"])
def test_another_call_is_another(
    copying: Copying, connection: Connection, event: Row, owner: Row, change: str
) -> None:
    first = copying.copy(event, owner, key=KEY)
    second = copying.copy(
        factories.make_event(connection, owner) if change == "event" else event,
        factories.make_user(connection) if change == "user" else owner,
        key="another" if change == "key" else KEY,
    )
    assert second["id"] != first["id"]


def test_calls_without_a_key_are_copies_each(copying: Copying, event: Row, owner: Row) -> None:
    assert copying.copy(event, owner)["id"] != copying.copy(event, owner)["id"]
    assert clients.dynamodb().scan(TableName="copies")["Items"] == []


def test_the_key_of_another_body_is_refused(copying: Copying, event: Row, owner: Row) -> None:
    copying.copy(event, owner, NAMED, key=KEY)
    with pytest.raises(Invalid) as refused:
        copying.copy(event, owner, {"name": "Other"}, key=KEY)
    assert refused.value.code == "idempotency-key-reused"
    assert refused.value.problems[0].header == "Idempotency-Key"
    assert number_of_events(copying) == 2


def test_a_dry_run_with_a_key_gets_the_same_answer(
    copying: Copying, event: Row, owner: Row
) -> None:
    first = copying.copy(event, owner, {"dry_run": True}, key=KEY)
    copying.run("UPDATE events SET logo_url = NULL")
    assert first["media"]["copied"] == 1
    assert copying.copy(event, owner, {"dry_run": True}, key=KEY) == first


def test_a_call_that_is_worked_on_is_a_conflict(copying: Copying, event: Row, owner: Row) -> None:
    copying.deps.intents.begin(copy_call(event, owner, key=KEY))
    with pytest.raises(Conflict) as refused:
        copying.copy(event, owner, key=KEY)
    assert refused.value.code == "copy-in-progress"
    assert number_of_events(copying) == 1


def test_a_failure_is_not_remembered(copying: Copying, event: Row, owner: Row) -> None:
    copying.run("UPDATE events SET deleted_at = now()")
    with pytest.raises(NotFound):
        copying.copy(event, owner, key=KEY)
    copying.run("UPDATE events SET deleted_at = NULL")
    assert copying.copy(event, owner, key=KEY)["copied"] is True


def test_an_answer_is_kept_for_a_day(copying: Copying, event: Row, owner: Row) -> None:
    first = copying.copy(event, owner, key=KEY)
    for seconds, is_same in ((86_000, True), (86_500, False)):
        later = replace(copying.deps.intents, clock=lambda: _now() + seconds)  # noqa: B023
        copying.deps = replace(copying.deps, intents=later)
        assert (copying.copy(event, owner, key=KEY) == first) is is_same


def _now() -> float:
    return copy_call({"id": 1}, {"id": 1, "_email": ""}, seconds=0).ends_at


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "né", "a\n"])
def test_an_invalid_key_is_refused(copying: Copying, event: Row, owner: Row, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        copying.copy(event, owner, key=key)
    assert refused.value.code == "idempotency-key-invalid"
    assert refused.value.problems[0].header == "Idempotency-Key"


# DynamoDB


@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize("call", [1, 2])
def test_without_dynamodb_nothing_is_done(
    copying: Copying, event: Row, owner: Row, key: str | None, call: int
) -> None:
    """10.7: a copy is not made before its intent is recorded."""
    operation = {1: "put_item", 2: "update_item"}[call]
    keys = copying.media.keys()
    with pytest.raises(Unavailable) as refused:
        through(copying, Flaky({operation: 1})).copy(event, owner, key=key)
    assert refused.value.code == "idempotency-unavailable"
    assert number_of_events(copying) == 1
    assert copying.media.keys() == keys
    assert copying.copy(event, owner, key=key)["copied"] is True


def test_what_was_done_is_answered_though_not_closed(
    copying: Copying, event: Row, owner: Row
) -> None:
    """10.7: the record of the answer fails; the same key gets the same copy all the same."""
    answer = through(copying, Flaky({"update_item": 3})).copy(event, owner, NAMED, key=KEY)
    assert answer["copied"] is True
    assert [intent.name for intent in open_intents(copying)] != []
    assert copying.copy(event, owner, NAMED, key=KEY) == answer
    assert number_of_events(copying) == 2
    assert open_intents(copying) == []


def test_an_intent_that_cannot_be_removed_is_settled_later(
    copying: Copying, event: Row, owner: Row
) -> None:
    through(copying, Flaky({"delete_item": 0})).copy(event, owner)
    (intent,) = open_intents(copying)
    assert intent.making is not None
    assert number_of_events(copying) == 2


@pytest.mark.parametrize("key", [KEY, None])
def test_lost_answers_of_dynamodb_change_nothing(
    copying: Copying, event: Row, owner: Row, key: str | None
) -> None:
    """10.1, 10.7: boto3 repeats a write whose answer was lost; its condition may then fail."""
    answer = through(copying, Repeating()).copy(event, owner, key=key)
    assert answer["copied"] is True
    assert number_of_events(copying) == 2
    assert open_intents(copying) == []
    if key is not None:
        assert copying.copy(event, owner, key=key) == answer


def test_a_failure_is_answered_though_its_intent_stays(
    copying: Copying, event: Row, owner: Row
) -> None:
    copying.run("UPDATE events SET deleted_at = now()")
    with pytest.raises(NotFound):
        through(copying, Flaky({"delete_item": 0})).copy(event, owner, key=KEY)


def test_a_long_answer_fits(copying: Copying, event: Row, owner: Row) -> None:
    dates = [
        {"table": "sessions", "column": "starts_at", "rows": 1,
         "before": f"2027-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00+05:45",
         "after": f"2028-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00+05:45"}
        for n in range(20_000)
    ]  # fmt: skip
    intents = copying.deps.intents
    intent, _ = intents.begin(copy_call(event, owner, key=KEY))
    answer = {
        "id": 7,
        "dates": dates,
        "media": {"copied": 0, "gone": [], "foreign": [], "kept": []},
    }
    intents.note_answer(intent, answer)
    found = intents.find(intent.name)
    assert found is not None
    assert found.answer == answer


def test_an_answer_too_long_to_be_kept_is_kept_without_its_lists(
    copying: Copying, event: Row, owner: Row
) -> None:
    intents = copying.deps.intents
    intent, _ = intents.begin(copy_call(event, owner, key=KEY))
    gone = [f"https://media.example.com/{number * 0x9E3779B97F4A7C15 % 2**64:x}"
            for number in range(80_000)]  # fmt: skip
    answer = {"id": 7, "dates": [], "media": {"copied": 1, "gone": gone, "foreign": [], "kept": []}}
    intents.note_answer(intent, answer)
    found = intents.find(intent.name)
    assert found is not None
    assert found.answer == {
        "id": 7, "dates": [], "media": {"copied": 1, "gone": [], "foreign": [], "kept": []}
    }  # fmt: skip


def test_what_is_recorded_is_read_back(copying: Copying, event: Row, owner: Row) -> None:
    intents = copying.deps.intents
    intent, is_new = intents.begin(copy_call(event, owner, key=KEY))
    assert is_new
    assert intents.find(intent.name) == intent
    making = Making(9, "934ebe39", "events/9/934ebe39/", 2**40)
    intents.note_making(intent, making)
    assert list(intents.older_than(-10)) == [replace(intent, making=making)]
    assert list(intents.older_than(60)) == []


# Limits


@pytest.mark.parametrize("body", [{}, {"dry_run": True}])
def test_copies_and_dry_runs_of_a_user_are_limited_each(
    copying: Copying, connection: Connection, event: Row, owner: Row, body: dict[str, object]
) -> None:
    """10.7: one user could fill the bucket, or hold a hundred connections."""
    limits = replace(copying.deps.limits, copies_per_hour=2, dry_runs_per_hour=2)
    copying.deps = replace(copying.deps, limits=limits)
    for _ in range(2):
        copying.copy(event, owner, body)
    keys, events = copying.media.keys(), number_of_events(copying)
    for key in (None, KEY, KEY):
        with pytest.raises(TooManyRequests) as refused:
            copying.copy(event, owner, body, key=key)
        assert refused.value.code == "too-many-requests"
        assert 1 <= refused.value.retry_after <= 3600
    assert (copying.media.keys(), number_of_events(copying)) == (keys, events)
    other: dict[str, object] = {} if body else {"dry_run": True}
    assert copying.copy(event, owner, other)
    assert copying.copy(event, factories.make_user(connection), body)


def test_an_answer_that_is_repeated_does_not_count(
    copying: Copying, event: Row, owner: Row
) -> None:
    limits = replace(copying.deps.limits, copies_per_hour=1)
    copying.deps = replace(copying.deps, limits=limits)
    first = copying.copy(event, owner, key=KEY)
    assert copying.copy(event, owner, key=KEY) == first
