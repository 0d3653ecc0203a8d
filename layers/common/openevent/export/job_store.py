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
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.queue import RetryAfter
from openevent.archive.progress import Progress
from openevent.errors import TooManyRequests, Unavailable
from openevent.export.clock import DAY, HOUR, epoch, timestamp
from openevent.export.job import RECORD_DAYS, ArchiveRecord, Job, State, UploadRecord, as_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

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


class LeaseLost(Exception):
    """The job is no longer this worker's: removed, or taken over."""


class Busy(RetryAfter):
    """Another worker holds the job, for `seconds` more at most."""


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
                        retry_after=HOUR - epoch() % HOUR,
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
                    {"Delete": {"TableName": self._table, "Key": as_item({"id": job.id})}},
                    {
                        "Update": {
                            "TableName": self._table,
                            "Key": as_item({"id": _counter(job)}),
                            "UpdateExpression": "ADD starts :less",
                            "ExpressionAttributeValues": as_item({":less": -1}),
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
                ExpressionAttributeValues=as_item({":event": event_id}),
                ScanIndexForward=False,
            )
            for page in pages:
                yield from map(Job.from_item, page["Items"])

    def claim(self, task_id: str, owner: str, *, seconds: int) -> Job | None:
        """Take the job for `owner` and so many seconds, if it waits; a final one comes as it is.

        None when there is no such job (any more). Raises `Busy` while another worker holds it.
        """
        now = epoch()
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
        self._while_held(job, owner, {"progress": asdict(progress)})

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
                    Key=as_item({"id": f"dry#{user_id}#{event_id}#{timestamp()[:13]}"}),
                    UpdateExpression="SET expires_at = :end ADD starts :one",
                    ConditionExpression="attribute_not_exists(starts) OR starts < :limit",
                    ExpressionAttributeValues=as_item(
                        {":one": 1, ":limit": per_hour, ":end": epoch() + 2 * HOUR}
                    ),
                )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise TooManyRequests(
                "too-many-exports",
                f"An event can be tried {per_hour} times an hour.",
                retry_after=HOUR - epoch() % HOUR,
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
                "Item": as_item(
                    {"id": _kind(job), "task_id": job.id, "expires_at": job.expires_at}
                ),
                "ConditionExpression": "attribute_not_exists(id) OR task_id = :before",
                "ExpressionAttributeValues": as_item({":before": in_place_of or ""}),
            }
        }
        count: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": as_item({"id": _counter(job)}),
                "UpdateExpression": "SET expires_at = :end ADD starts :one",
                "ConditionExpression": "attribute_not_exists(starts) OR starts < :limit",
                "ExpressionAttributeValues": as_item(
                    {":one": 1, ":limit": starts_per_hour, ":end": epoch() + 2 * HOUR}
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
                Key=as_item({"id": task_id}),
                UpdateExpression=f"SET {sets}{adds}",
                ConditionExpression=condition,
                ExpressionAttributeNames={
                    "#state": "state",
                    **{f"#{name}": name for name in attributes},
                },
                ExpressionAttributeValues=as_item(expression_values),
                ReturnValues="ALL_NEW",
            )
        return Job.from_item(answer["Attributes"])

    def _get(self, key: str) -> dict[str, Any] | None:
        with _away_is_unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=as_item({"id": key}), ConsistentRead=True
            )
        return answer.get("Item")


def _kind(job: Job) -> str:
    """The key of the record that names the last job of this event and these options."""
    digest = hashlib.sha256(job.options.model_dump_json().encode()).hexdigest()[:16]
    return f"last#{job.event_id}#{digest}"


def _counter(job: Job) -> str:
    """The key of the record that counts what its user started of this event within the hour."""
    return f"starts#{job.user_id}#{job.event_id}#{job.created_at[:13]}"


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
