"""The job of an export, as DynamoDB keeps it: one record a job, and who may write to it when.

    WAITING ──claim──▶ WAITING, leased ──succeed──▶ SUCCESS
       ▲                 │   │
       └────release──────┘   └──fail──▶ FAILED            remove: from any of them, for good

A claim holds until its lease ends; while it holds, nobody else works on the job. SUCCESS and FAILED
are final. Every write is conditional on the state it was decided on.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Self

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field

from openevent.errors import TooManyRequests, Unavailable
from openevent.export.options import Options

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

HOUR = 3600
DAY = 24 * HOUR

# Days that a record outlives its archive, so that it can say that the archive has expired.
RECORD_DAYS = 30

# How many of the media that were left out a record names; the archive's manifest names all.
NAMED_SKIPPED = 20

INDEX = "by-event"

# Characters of a job's id, at most; beyond 2,048 bytes DynamoDB refuses a key.
MAX_ID = 100

# Tries to open a job while others open equal ones, and the seconds between them.
TRIES = 5
CONFLICT_PAUSE = 0.05

# A job, not another record; DynamoDB refuses expressions that leave a name unused.
_THERE = "attribute_exists(#state)"

# The errors that say how things stand, rather than that DynamoDB is away.
_ANSWERS = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class State(StrEnum):
    """The states a client sees."""

    WAITING = "WAITING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Progress(_Record):
    """How far a job is: `done` of `total` things of its stage, and the archive's bytes so far."""

    stage: str
    done: int
    total: int
    bytes: int


class SkippedMedia(_Record):
    """A medium that was asked for and is not in the archive."""

    file: str
    id: int | None
    field: str
    address: str
    reason: str
    detail: str


class ArchiveRecord(_Record):
    """A finished archive: where and what it is, and what is not in it.

    `sha256` is None for one whose bytes S3 put together. `expires_at`: epoch seconds.
    """

    key: str
    size: int
    sha256: str | None
    files: int
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int] = Field(default_factory=dict)
    expires_at: int

    @property
    def path(self) -> str:
        """Where it is downloaded, below the event's `exports/`."""
        return self.key.split("/", 2)[2]


class UploadRecord(_Record):
    """The unfinished upload of an archive that S3 puts together."""

    key: str
    id: str


class Job(_Record):
    """A job. Times are ISO 8601 in UTC, but `lease_until` and `expires_at`: epoch seconds."""

    id: str
    event_id: int
    event_identifier: str
    event_name: str
    user_id: int
    user_email: str
    options: Options
    state: State = State.WAITING
    created_at: str
    finished_at: str | None = None
    removed_at: str | None = None
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: int = 0
    progress: Progress | None = None
    upload: UploadRecord | None = None
    archive: ArchiveRecord | None = None
    failure: str | None = None
    mailed_at: str | None = None
    expires_at: int

    @property
    def is_waiting(self) -> bool:
        """Whether it has not come to an end, one way or the other."""
        return self.state is State.WAITING and self.removed_at is None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """From DynamoDB's attributes. Raises pydantic's `ValidationError` for what is no job."""
        return cls.model_validate(
            {name: _plain(_deserialize(value)) for name, value in item.items()}
        )

    def item(self) -> dict[str, Any]:
        """As DynamoDB's attributes."""
        return _item(self.model_dump(mode="json", exclude_none=True))


class LeaseLost(Exception):
    """The job is no longer this worker's: removed, or taken over."""


class Busy(Exception):
    """Another worker holds the job, for `seconds` more at most."""

    def __init__(self, seconds: int) -> None:
        """`seconds`: whole, at least 1."""
        super().__init__(seconds)
        self.seconds = seconds


class Jobs:
    """The records of all jobs."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """`table`: its name."""
        self._client = client
        self._table = table

    def open(self, job: Job, *, starts_per_hour: int) -> Job:
        """Record a new job, unless an equal one (event, options) still waits: then that one.

        Two at once open one job, whoever comes first. Raises `TooManyRequests` when its user has
        started too many of this event within the hour.
        """
        for _ in range(TRIES):
            last_id = self._last_like(job)
            last = None if last_id is None else self.find(last_id)
            if last is not None and last.is_waiting:
                return last
            try:
                self._put(job, in_place_of=last_id, starts_per_hour=starts_per_hour)
            except self._client.exceptions.TransactionCanceledException as error:
                _, _, counter = error.response["CancellationReasons"]
                if counter.get("Code") == "ConditionalCheckFailed":
                    raise TooManyRequests(
                        "too-many-exports",
                        f"An event can be exported {starts_per_hour} times an hour.",
                        retry_after=HOUR - int(time.time()) % HOUR,
                    ) from error
                # Somebody else was faster: look again.
                time.sleep(CONFLICT_PAUSE)
            else:
                return job
        raise Unavailable(
            "export-not-started", "The export could not be started; please try again."
        )

    def withdraw(self, job: Job) -> None:
        """Take back `open`, as if the job had never been."""
        with _away_is_unavailable():
            self._client.transact_write_items(
                TransactItems=[
                    {"Delete": {"TableName": self._table, "Key": _item({"id": job.id})}},
                    {
                        "Update": {
                            "TableName": self._table,
                            "Key": _item({"id": _counter(job)}),
                            "UpdateExpression": "ADD starts :less",
                            "ExpressionAttributeValues": _item({":less": -1}),
                        }
                    },
                ]
            )

    def find(self, task_id: str) -> Job | None:
        """The job `task_id`."""
        if len(task_id) > MAX_ID:
            return None
        item = self._get(task_id)
        return None if item is None or "event_id" not in item else Job.from_item(item)

    def of_event(self, event_id: int) -> Iterator[Job]:
        """The event's jobs that were not removed, newest first."""
        with _away_is_unavailable():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression="event_id = :event",
                FilterExpression="attribute_not_exists(removed_at)",
                ExpressionAttributeValues=_item({":event": event_id}),
                ScanIndexForward=False,
            )
            for page in pages:
                yield from map(Job.from_item, page["Items"])

    def claim(self, task_id: str, owner: str, *, seconds: int) -> Job | None:
        """Take the job for `owner` and so many seconds, if it waits; a final one comes as it is.

        None when there is no such job (any more). Raises `Busy` while another worker holds it.
        """
        now = int(time.time())
        try:
            return self._update(
                task_id,
                {"lease_owner": owner, "lease_until": now + seconds},
                "#state = :waiting AND lease_until <= :now AND attribute_not_exists(removed_at)",
                {":waiting": State.WAITING, ":now": now},
                count="attempts",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            job = self.find(task_id)
            if job is None or job.removed_at is not None:
                return None
            if job.state is State.WAITING:
                raise Busy(max(1, job.lease_until - now)) from None
            return job

    def release(self, job: Job, owner: str) -> None:
        """Give the job back, for another try. Raises `LeaseLost`."""
        self._while_held(job, owner, {"lease_until": 0})

    def advance(self, job: Job, owner: str, progress: Progress) -> None:
        """Record how far the job is. Raises `LeaseLost` when it is no longer the owner's."""
        self._while_held(job, owner, {"progress": progress.model_dump()})

    def begin_upload(self, job: Job, owner: str, upload: UploadRecord) -> Job:
        """Record the upload with which the job goes on. Raises `LeaseLost`."""
        return self._while_held(job, owner, {"upload": upload.model_dump()})

    def forget_upload(self, job: Job, owner: str) -> Job:
        """Record that the job begins anew, its upload being gone. Raises `LeaseLost`."""
        return self._while_held(job, owner, {"upload": None})

    def succeed(self, job: Job, owner: str, archive: ArchiveRecord) -> Job:
        """End the job with its archive. Raises `LeaseLost` when it is no longer the owner's."""
        return self._while_held(
            job,
            owner,
            {
                "state": State.SUCCESS,
                "finished_at": timestamp(),
                "archive": archive.model_dump(mode="json"),
                "expires_at": archive.expires_at + RECORD_DAYS * DAY,
            },
        )

    def fail(self, job: Job, owner: str, failure: str) -> Job:
        """End the job; `failure` says what happened, for a person.

        Raises `LeaseLost` when it is no longer the owner's.
        """
        return self._while_held(
            job,
            owner,
            {"state": State.FAILED, "finished_at": timestamp(), "failure": failure},
        )

    def count_dry_run(self, user_id: int, event_id: int, *, per_hour: int) -> None:
        """Count a dry run. Raises `TooManyRequests` when its user has had so many of this event."""
        try:
            with _away_is_unavailable():
                self._client.update_item(
                    TableName=self._table,
                    Key=_item({"id": f"dry#{user_id}#{event_id}#{timestamp()[:13]}"}),
                    UpdateExpression="SET expires_at = :end ADD starts :one",
                    ConditionExpression="attribute_not_exists(starts) OR starts < :limit",
                    ExpressionAttributeValues=_item(
                        {":one": 1, ":limit": per_hour, ":end": int(time.time()) + 2 * HOUR}
                    ),
                )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise TooManyRequests(
                "too-many-exports",
                f"An event can be tried {per_hour} times an hour.",
                retry_after=HOUR - int(time.time()) % HOUR,
            ) from error

    def mark_mailed(self, job: Job) -> None:
        """Record that the mail about the job's end was handed over."""
        self._update(job.id, {"mailed_at": timestamp()}, _THERE)

    def remove(self, job: Job) -> Job:
        """Mark the job as removed, whatever its state; a worker that has it loses it.

        Returns the job as it is now: it may have come to its end since it was read.
        """
        return self._update(job.id, {"removed_at": timestamp()}, _THERE)

    def _put(self, job: Job, *, in_place_of: str | None, starts_per_hour: int) -> None:
        """Record the job, as the last of its kind after the one of that id, and count the start."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": job.item(),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }
        last: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": _item({"id": _kind(job), "task_id": job.id, "expires_at": job.expires_at}),
                "ConditionExpression": "attribute_not_exists(id) OR task_id = :before",
                "ExpressionAttributeValues": _item({":before": in_place_of or ""}),
            }
        }
        count: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": _item({"id": _counter(job)}),
                "UpdateExpression": "SET expires_at = :end ADD starts :one",
                "ConditionExpression": "attribute_not_exists(starts) OR starts < :limit",
                "ExpressionAttributeValues": _item(
                    {":one": 1, ":limit": starts_per_hour, ":end": int(time.time()) + 2 * HOUR}
                ),
            }
        }
        with _away_is_unavailable():
            self._client.transact_write_items(TransactItems=[put, last, count])

    def _last_like(self, job: Job) -> str | None:
        """The id of the last job of this event and these options, which may be gone by now."""
        last = self._get(_kind(job))
        return None if last is None else str(last["task_id"]["S"])

    def _while_held(self, job: Job, owner: str, attributes: Mapping[str, object]) -> Job:
        try:
            return self._update(
                job.id,
                attributes,
                "#state = :held AND lease_owner = :owner AND attribute_not_exists(removed_at)",
                {":held": State.WAITING, ":owner": owner},
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise LeaseLost from error

    def _update(
        self,
        task_id: str,
        attributes: Mapping[str, object],
        condition: str,
        values: Mapping[str, object] | None = None,
        *,
        count: str | None = None,
    ) -> Job:
        """Set `attributes` of a job, and count one of them up by one, under `condition`.

        Attributes go by `#` names, as many are words that DynamoDB keeps for itself.
        """
        sets = ", ".join(f"#{name} = :{name}" for name in attributes)
        adds = f" ADD {count} :one" if count else ""
        expression_values = {
            **{f":{name}": value for name, value in attributes.items()},
            **(values or {}),
            **({":one": 1} if count else {}),
        }
        with _away_is_unavailable():
            answer = self._client.update_item(
                TableName=self._table,
                Key=_item({"id": task_id}),
                UpdateExpression=f"SET {sets}{adds}",
                ConditionExpression=condition,
                ExpressionAttributeNames={
                    "#state": "state",
                    **{f"#{name}": name for name in attributes},
                },
                ExpressionAttributeValues=_item(expression_values),
                ReturnValues="ALL_NEW",
            )
        return Job.from_item(answer["Attributes"])

    def _get(self, key: str) -> dict[str, Any] | None:
        with _away_is_unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=_item({"id": key}), ConsistentRead=True
            )
        return answer.get("Item")


def new_job(  # noqa: PLR0913 - what a job is about
    *,
    task_id: str,
    event_id: int,
    event_identifier: str,
    event_name: str,
    user_id: int,
    user_email: str,
    options: Options,
    archive_days: int,
) -> Job:
    """A job that begins to wait now."""
    return Job(
        id=task_id,
        event_id=event_id,
        event_identifier=event_identifier,
        event_name=event_name,
        user_id=user_id,
        user_email=user_email,
        options=options,
        created_at=timestamp(),
        expires_at=int(time.time()) + (archive_days + RECORD_DAYS) * DAY,
    )


def archive_key(job: Job) -> str:
    """A new key for the job's archive; nobody can guess it, and two jobs never share one."""
    return f"exports/{job.event_id}/zip/{token_urlsafe(16)}/event{job.event_id}.zip"


def timestamp() -> str:
    """Now, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _kind(job: Job) -> str:
    """The key of the record that names the last job of this event and these options."""
    digest = hashlib.sha256(job.options.model_dump_json().encode()).hexdigest()[:16]
    return f"last#{job.event_id}#{digest}"


def _counter(job: Job) -> str:
    """The key of the record that counts what its user started of this event within the hour."""
    return f"starts#{job.user_id}#{job.event_id}#{job.created_at[:13]}"


def _item(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in values.items()}


def _plain(value: object) -> object:
    """`value` with DynamoDB's numbers as integers; no record holds another kind of number."""
    match value:
        case Decimal():
            return int(value)
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ANSWERS:
            raise
        raise Unavailable(
            "jobs-unavailable", "Exports cannot be recorded at the moment."
        ) from error
    except BotoCoreError as error:
        raise Unavailable(
            "jobs-unavailable", "Exports cannot be recorded at the moment."
        ) from error
