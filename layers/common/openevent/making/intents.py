"""Intents: the event that a call is about to make, recorded in DynamoDB before it is made.

A function can end at any moment, and any answer can be lost after the call took effect. The intent
says what there may be then: a transaction, and media files under one key prefix. With it, a retry
or the sweeper finds out what became of the event (`making.settle`).

An intent is open until its event is known to be there or not. An open intent never expires. A
finished one keeps the answer for a day if its call has a key; else it is removed.
"""

import json
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable
from openevent.making.old_answers import WORKING_UNTIL, OldAnswer, read_old_answer
from openevent.rights.identity import User

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    Item = Mapping[str, Any]

Answer = dict[str, Any]

# Index of the open intents, by age; the attribute `open` is there while an intent is open.
OPEN_INDEX = "open-intents"
_OPEN = {"S": "open"}

# Seconds for which an answer is kept.
KEPT_SECONDS = 86_400

# Bytes of an answer, compressed. An item of DynamoDB has room for 400 kB.
MAX_ANSWER = 380_000

_MINE = "#owner = :owner"


class Call(Protocol):
    """A call that makes an event.

    `event_id`: the original's; 0 if there is none. `key`: what makes the call the same as an
    earlier one, or None. `ends_at`: Unix time in seconds at which nothing works on this call any
    more.
    """

    @property
    def user(self) -> User:
        """The caller."""

    @property
    def event_id(self) -> int:
        """See the class."""

    @property
    def key(self) -> str | None:
        """See the class."""

    @property
    def ends_at(self) -> float:
        """See the class."""

    def name(self) -> str:
        """Return the same name for each repetition of a call with a key; else a new one."""

    def fingerprint(self) -> str:
        """Return a text that differs if what the call asks for does."""


@dataclass(frozen=True, slots=True)
class Making:
    """The event and media files that one try makes.

    `event_id`, `identifier`: the new event's. `prefix`: beginning of the keys of all its media
    files and of no others. `transaction`: PostgreSQL's `txid_current`; None until the transaction
    has begun that makes the event.
    """

    event_id: int
    identifier: str
    prefix: str
    transaction: int | None


@dataclass(frozen=True, slots=True)
class Intent:
    """The intent of one call.

    `owner`: an unguessable text; different each time an intent is begun. `fingerprint`: of the
    call. `begun_at`, `ends_at`: Unix time in seconds of the beginning, and after which nothing
    works on the event. `making`: None if nothing was made yet. `answer`: empty until just before
    the commit, and for a call without a key.
    """

    name: str
    owner: str
    user_id: int
    event_id: int
    fingerprint: str
    begun_at: int
    ends_at: int
    has_key: bool
    making: Making | None = None
    answer: Answer = field(default_factory=dict)
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Intents:
    """The intents in `table`, which has the key `id` and the time to live `expires_at`.

    All methods raise `Unavailable` if DynamoDB does not answer. Each write holds the owner, or is
    conditional on it: a write that boto3 repeats, because its answer was lost, has its effect once.
    """

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], float] = time.time

    def begin(self, call: Call) -> tuple[Intent, bool]:
        """Record the intent of `call`; return it, and True.

        If the same call has an intent already, return that one, and False.
        """
        intent = Intent(
            name=call.name(),
            owner=uuid.uuid4().hex,
            user_id=call.user.id,
            event_id=call.event_id,
            fingerprint=call.fingerprint(),
            begun_at=int(self.clock()),
            ends_at=int(call.ends_at) + 1,
            has_key=call.key is not None,
        )
        while True:
            with _available():
                if self._put(intent):
                    return intent, True
                found = self.find(intent.name)
            if found is not None:
                return found, found.owner == intent.owner

    def find(self, name: str) -> Intent | None:
        """Return the intent; None if there is none, or its time is over."""
        with _available():
            answer = self.client.get_item(
                TableName=self.table, Key={"id": {"S": name}}, ConsistentRead=True
            )
        item = answer.get("Item")
        return _intent(item) if item is not None and not self._is_expired(item) else None

    def older_than(self, seconds: float) -> Iterator[Intent]:
        """Return the open intents that were begun more than `seconds` ago, the oldest first."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="#open = :open AND begun_at < :before",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={
                ":open": _OPEN,
                ":before": {"N": str(int(self.clock() - seconds))},
            },
        )
        with _available():
            for page in pages:
                yield from map(_intent, page["Items"])

    def note_making(self, intent: Intent, making: Making) -> None:
        """Record what this try is about to make."""
        expression = "SET new_event_id = :id, identifier = :identifier, prefix = :prefix"
        values: dict[str, Any] = {
            ":id": {"N": str(making.event_id)},
            ":identifier": {"S": making.identifier},
            ":prefix": {"S": making.prefix},
        }
        if making.transaction is not None:
            expression += ", txid = :txid"
            values[":txid"] = {"N": str(making.transaction)}
        self._update(intent, expression, values)

    def note_answer(self, intent: Intent, answer: Answer) -> None:
        """Record the answer that is good if the transaction commits. Without a key, do nothing."""
        if intent.has_key:
            self._update(intent, "SET answer = :answer", {":answer": {"B": _compressed(answer)}})

    def finish(self, intent: Intent) -> None:
        """Close the intent of an event that is there."""
        if not intent.has_key:
            self.forget(intent)
            return
        self._update(
            intent,
            "SET expires_at = :end REMOVE #open",
            {":end": {"N": str(int(self.clock()) + KEPT_SECONDS)}},
            {"#open": "open"},
        )

    def release(self, intent: Intent) -> None:
        """Record that nothing works on the event any more, so that it can be settled now."""
        self._update(intent, "SET ends_at = :now", {":now": {"N": "0"}})

    def forget(self, intent: Intent) -> None:
        """Remove the intent: nothing of it is left, or nothing has to be remembered."""
        with _available(), _unless_settled():
            self.client.delete_item(
                TableName=self.table,
                Key={"id": {"S": intent.name}},
                ConditionExpression=_MINE,
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": intent.owner}},
            )

    def _put(self, intent: Intent) -> bool:
        """Record the intent, unless there is one of that name; return whether it was recorded."""
        now = int(self.clock())
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "id": {"S": intent.name},
                    "owner": {"S": intent.owner},
                    "user_id": {"N": str(intent.user_id)},
                    "event_id": {"N": str(intent.event_id)},
                    "fingerprint": {"S": intent.fingerprint},
                    "begun_at": {"N": str(intent.begun_at)},
                    "ends_at": {"N": str(intent.ends_at)},
                    "has_key": {"BOOL": intent.has_key},
                    "open": _OPEN,
                },
                # DynamoDB removes what has expired some time later.
                ConditionExpression="attribute_not_exists(id) OR expires_at < :now "
                f"OR (#status = :working AND {WORKING_UNTIL} < :milliseconds)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":now": {"N": str(now)},
                    ":working": {"S": "INPROGRESS"},
                    ":milliseconds": {"N": str(now * 1000)},
                },
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _update(
        self,
        intent: Intent,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> None:
        with _available():
            self.client.update_item(
                TableName=self.table,
                Key={"id": {"S": intent.name}},
                UpdateExpression=expression,
                ConditionExpression=_MINE,
                ExpressionAttributeNames={"#owner": "owner", **(names or {})},
                ExpressionAttributeValues={":owner": {"S": intent.owner}, **values},
            )

    def _is_expired(self, item: "Item") -> bool:
        return "expires_at" in item and int(item["expires_at"]["N"]) < int(self.clock())


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(
            "idempotency-unavailable",
            "Events cannot be created at the moment. Please try again in a moment.",
        ) from error


@contextmanager
def _unless_settled() -> Iterator[None]:
    """Take a failed condition as success: another call has removed the intent or replaced it."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
            raise


def _intent(item: "Item") -> Intent:
    old = read_old_answer(item)
    return _intent_of_today(item) if old is None else _old_intent(item["id"]["S"], old)


def _old_intent(name: str, old: OldAnswer) -> Intent:
    return Intent(
        name=name,
        owner="",
        user_id=0,
        event_id=0,
        fingerprint=old.fingerprint,
        begun_at=0,
        ends_at=old.ends_at,
        has_key=True,
        answer=old.answer or {},
        is_open=old.answer is None,
    )


def _intent_of_today(item: "Item") -> Intent:
    making = (
        Making(
            event_id=int(item["new_event_id"]["N"]),
            identifier=item["identifier"]["S"],
            prefix=item["prefix"]["S"],
            transaction=int(item["txid"]["N"]) if "txid" in item else None,
        )
        if "prefix" in item
        else None
    )
    return Intent(
        name=item["id"]["S"],
        owner=item["owner"]["S"],
        user_id=int(item["user_id"]["N"]),
        event_id=int(item["event_id"]["N"]),
        fingerprint=item["fingerprint"]["S"],
        begun_at=int(item["begun_at"]["N"]),
        ends_at=int(item["ends_at"]["N"]),
        has_key=item["has_key"]["BOOL"],
        making=making,
        answer=json.loads(zlib.decompress(item["answer"]["B"])) if "answer" in item else {},
        is_open="open" in item,
    )


def _compressed(answer: Answer) -> bytes:
    """Return the answer, compressed; without its longest lists if the item has no room for them."""
    kept: Answer = json.loads(json.dumps(answer))
    while len(text := zlib.compress(json.dumps(kept).encode())) > MAX_ANSWER:
        longest = max(_lists(kept), key=len, default=[])
        if not longest:
            break
        longest.clear()
    return text


def _lists(value: object) -> Iterator[list[Any]]:
    match value:
        case list():
            yield value
        case dict():
            for inner in value.values():
                yield from _lists(inner)
