"""Answers that release 1.0 remembered, by Powertools' idempotency, for a day."""

import time

import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.errors import Conflict, Invalid
from tests import factories
from tests.factories import Row
from tests.integration.copying.conftest import Copying, copy_call

KEY = "a-key"
BODY = {"name": "Once"}

# {"id": 25, "identifier": "52d69149", "copied": true}, as 1.0 kept it.
DATA = '{"zlib": "eJyrVspMUbJSMDLVUQCyUvNKMtMyU4uAIkqmRilmloYmlkpAmeT8gsxUkLqSotLUWgCAJw8S"}'
NAME = "copy#5a7ddee12b3f5367545c8502fe82fa1a146f4b4a53a367a476d753684edc6f17"
FINGERPRINT = "36236b3d3089f28692669a75159b9863a9d260a7ee29c409530de7e3c72cb456"
ANSWER = {"id": 25, "identifier": "52d69149", "copied": True}


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    return factories.make_event(connection, owner)


def remember(event: Row, owner: Row, **attributes: dict[str, str]) -> None:
    """Put a record as 1.0 did. The names and fingerprints of calls are those of today."""
    call = copy_call(event, owner, BODY, key=KEY)
    clients.dynamodb().put_item(
        TableName="copies",
        Item={
            "id": {"S": call.name()},
            "validation": {"S": call.fingerprint()},
            "expires_at": {"N": str(int(time.time()) + 3600)},
            **attributes,
        },
    )


def milliseconds(seconds_from_now: float) -> str:
    return str(int((time.time() + seconds_from_now) * 1000))


def number_of_events(copying: Copying) -> int:
    return len(copying.snapshot().rows("events"))


def test_the_same_call_gets_the_answer_of_release_1_0(
    copying: Copying, event: Row, owner: Row
) -> None:
    remember(event, owner, status={"S": "COMPLETED"}, data={"S": DATA})

    assert copying.copy(event, owner, BODY, key=KEY) == ANSWER
    assert number_of_events(copying) == 1


def test_the_key_of_another_body_is_refused(copying: Copying, event: Row, owner: Row) -> None:
    remember(event, owner, status={"S": "COMPLETED"}, data={"S": DATA})

    with pytest.raises(Invalid) as refused:
        copying.copy(event, owner, {"name": "Other"}, key=KEY)
    assert refused.value.code == "idempotency-key-reused"


def test_a_call_on_which_release_1_0_works_is_refused(
    copying: Copying, event: Row, owner: Row
) -> None:
    remember(
        event,
        owner,
        status={"S": "INPROGRESS"},
        in_progress_expiration={"N": milliseconds(60)},
    )

    with pytest.raises(Conflict) as refused:
        copying.copy(event, owner, BODY, key=KEY)
    assert refused.value.code == "copy-in-progress"
    assert number_of_events(copying) == 1


def test_a_call_that_release_1_0_did_not_finish_is_made(
    copying: Copying, event: Row, owner: Row
) -> None:
    remember(
        event,
        owner,
        status={"S": "INPROGRESS"},
        in_progress_expiration={"N": milliseconds(-60)},
    )

    answer = copying.copy(event, owner, BODY, key=KEY)

    assert copying.copy(event, owner, BODY, key=KEY) == answer
    assert number_of_events(copying) == 2


def test_the_name_and_the_fingerprint_of_a_call_are_those_of_release_1_0(
    event: Row, owner: Row
) -> None:
    """Literal values that release 1.0 has made."""
    call = copy_call({**event, "id": 7}, {**owner, "id": 3}, BODY, key=KEY)
    assert call.name() == NAME
    assert call.fingerprint() == FINGERPRINT
