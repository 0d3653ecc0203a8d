"""The job of an export, as DynamoDB keeps it: one record for each job, and who may change it when.

    WAITING ──claim──▶ WAITING, leased ──succeed──▶ SUCCESS ─┐
       ▲                 │   │                               ├─claim_mail──▶ mailed, or refused
       └────release──────┘   └──fail──▶ FAILED ──────────────┘
                                              remove: from any of them, for good

A claim holds until its lease ends; while it holds, no other worker changes the job. SUCCESS and
FAILED are final. Every write is conditional on the state that it was decided on.

DynamoDB's answer to a write can be lost after the write took effect. botocore then repeats the
write, and its condition fails because of the first. So a failed condition proves nothing by itself:
the record is read, and a record that holds the very values of the write is the work of this write.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.queue import RetryAfter
from openevent.archive.progress import Progress
from openevent.errors import Unavailable
from openevent.export.clock import DAY, epoch, timestamp
from openevent.export.job import (
    PENDING,
    RECORD_DAYS,
    ArchiveRecord,
    Job,
    State,
    UploadRecord,
    as_item,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EVENT = "by-event"
BY_PENDING = "by-pending"

# Longest id of a job, in characters; DynamoDB refuses keys of more than 2,048 bytes.
MAX_ID = 100

# Records that DynamoDB reads in one call.
MAX_READ = 100

# A job, not another record; DynamoDB refuses expressions that leave a name unused.
_IS_JOB = "attribute_exists(#state)"
_IS_WAITING = "#state = :waiting AND attribute_not_exists(removed_at)"

# The errors that answer a write, as opposed to those of a DynamoDB that cannot be reached.
_ANSWERS = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})


class LeaseLost(Exception):
    """The job is no longer this worker's: it was removed, it ended, or another took it over."""


class Busy(RetryAfter):
    """Another worker holds the job or its mail, for `seconds` more at most."""


class _Refused(Exception):
    """The condition of a write failed, and the record does not hold the write's values."""

    def __init__(self, now: Job | None) -> None:
        """`now`: the job as it is; None if there is none."""
        super().__init__(now)
        self.now = now


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a record: attributes to set, to count up by one, and to remove; a user to add."""

    sets: Mapping[str, object]
    counts: str | None = None
    removes: str | None = None
    joins: int | None = None

    @property
    def expression(self) -> str:
        """The update expression. Names that are set are given by `#`, as DynamoDB reserves many."""
        adds = [f"{self.counts} :one"] if self.counts else []
        adds += ["joined_by :user"] if self.joins is not None else []
        clauses = {
            "SET": [f"#{name} = :{name}" for name in self.sets],
            "ADD": adds,
            "REMOVE": [self.removes] if self.removes else [],
        }
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)

    @property
    def names(self) -> dict[str, str]:
        """The names behind the `#` names of the expression."""
        return {f"#{name}": name for name in self.sets}

    @property
    def values(self) -> dict[str, object]:
        """The values of the expression."""
        return {
            **{f":{name}": value for name, value in self.sets.items()},
            **({":one": 1} if self.counts else {}),
            **({":user": {self.joins}} if self.joins is not None else {}),
        }

    def is_made_in(self, item: Mapping[str, Any]) -> bool:
        """Return whether `item`, DynamoDB's attributes of a record, holds the values to be set."""
        return bool(self.sets) and as_item(self.sets).items() <= item.items()


class Jobs:
    """The records of all jobs. Methods raise `Unavailable` if DynamoDB does not answer."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """`table`: its name."""
        self._client = client
        self._table = table

    def find(self, task_id: str) -> Job | None:
        """Return the job `task_id`; None if there is none."""
        if len(task_id) > MAX_ID:
            return None
        return _job_of(self._get(task_id))

    def find_all(self, task_ids: Iterable[str]) -> dict[str, Job]:
        """Return those of the jobs that exist, by their ids."""
        wanted = sorted({task_id for task_id in task_ids if len(task_id) <= MAX_ID})
        found: dict[str, Job] = {}
        for first in range(0, len(wanted), MAX_READ):
            keys = [as_item({"id": task_id}) for task_id in wanted[first : first + MAX_READ]]
            while keys:
                with away_is_unavailable():
                    answer = self._client.batch_get_item(
                        RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
                    )
                for item in answer["Responses"].get(self._table, []):
                    job = _job_of(item)
                    if job is not None:
                        found[job.id] = job
                left = answer.get("UnprocessedKeys", {}).get(self._table)
                keys = [dict(key) for key in left["Keys"]] if left else []
        return found

    def of_event(self, event_id: int) -> Iterator[Job]:
        """Yield the event's jobs that were not removed, newest first."""
        with away_is_unavailable():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=BY_EVENT,
                KeyConditionExpression="event_id = :event",
                FilterExpression="attribute_not_exists(removed_at)",
                ExpressionAttributeValues=as_item({":event": event_id}),
                ScanIndexForward=False,
            )
            for page in pages:
                yield from map(Job.from_item, page["Items"])

    def pending(self) -> Iterator[Job]:
        """Yield the jobs for which something is still to be done, oldest first."""
        with away_is_unavailable():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=BY_PENDING,
                KeyConditionExpression="pending = :pending",
                ExpressionAttributeValues=as_item({":pending": PENDING}),
            )
            for page in pages:
                ids = [str(item["id"]["S"]) for item in page["Items"]]
                found = self.find_all(ids)
                yield from (found[task_id] for task_id in ids if task_id in found)

    def join(self, job: Job, user_id: int) -> Job | None:
        """Record that `user_id` asked for the same export; None if the job waits no longer."""
        try:
            return self._update(
                job.id, _Change({}, joins=user_id), _IS_WAITING, {":waiting": State.WAITING}
            )
        except _Refused:
            return None

    def requeue(self, job: Job) -> bool:
        """Record that a message replaces one that may be lost; False if that is not needed now.

        To be followed by the message. Of several at once, one is to send it.
        """
        try:
            self._update(
                job.id,
                _Change({"queued_at": epoch()}, counts="requeued"),
                f"{_IS_WAITING} AND lease_until = :lease AND queued_at = :queued",
                {":waiting": State.WAITING, ":lease": job.lease_until, ":queued": job.queued_at},
            )
        except _Refused:
            return False
        return True

    def claim(self, task_id: str, owner: str, *, seconds: int) -> Job | None:
        """Claim a waiting job for `seconds`; return a finished one unchanged.

        None if there is no such job, or it was removed. Raises `Busy` while another worker holds
        it.
        """
        now = epoch()
        try:
            return self._update(
                task_id,
                _Change({"lease_owner": owner, "lease_until": now + seconds}, counts="attempts"),
                f"{_IS_WAITING} AND lease_until <= :now",
                {":waiting": State.WAITING, ":now": now},
            )
        except _Refused as refused:
            job = refused.now
            if job is None or job.removed_at is not None:
                return None
            if job.state is State.WAITING:
                raise Busy(max(1, job.lease_until - now)) from None
            return job

    def release(self, task_id: str, owner: str) -> None:
        """Give the job back for another try, by the message that it has. Raises `LeaseLost`."""
        self._while_held(task_id, owner, _Change({"lease_until": 0, "queued_at": epoch()}))

    def hand_on(self, job: Job, owner: str) -> None:
        """Give the job back for another round, by a new message. Raises `LeaseLost`."""
        freed = {"lease_until": 0, "queued_at": epoch(), "handed_on": job.attempts}
        self._while_held(job.id, owner, _Change(freed, counts="rounds"))

    def advance(self, job: Job, owner: str, progress: Progress) -> None:
        """Record the job's progress. Raises `LeaseLost` if it is no longer the owner's."""
        self._while_held(job.id, owner, _Change({"progress": asdict(progress)}))

    def begin_upload(self, job: Job, owner: str, upload: UploadRecord) -> Job:
        """Record the upload with which the job is resumed. Raises `LeaseLost`."""
        return self._while_held(job.id, owner, _Change({"upload": upload.model_dump()}))

    def forget_upload(self, job: Job, owner: str) -> Job:
        """Record that the upload is gone, and the job starts again. Raises `LeaseLost`."""
        return self._while_held(job.id, owner, _Change({"upload": None}))

    def succeed(self, job: Job, owner: str, archive: ArchiveRecord) -> Job:
        """End the job with its archive. Raises `LeaseLost` if it is no longer the owner's."""
        return self._while_held(
            job.id,
            owner,
            _Change(
                {
                    "state": State.SUCCESS,
                    "finished_at": timestamp(),
                    "archive": archive.model_dump(mode="json"),
                    "expires_at": archive.expires_at + RECORD_DAYS * DAY,
                }
            ),
        )

    def fail(self, job: Job, owner: str, failure: str) -> Job:
        """End the job; `failure` is the reason, for a person.

        Raises `LeaseLost` if it is no longer the owner's.
        """
        ended = {"state": State.FAILED, "finished_at": timestamp(), "failure": failure}
        return self._while_held(job.id, owner, _Change(ended))

    def claim_mail(self, job: Job, owner: str, *, seconds: int) -> Job | None:
        """Claim the mail about the job's end for `seconds`; None if no mail is to be sent (again).

        Raises `Busy` while another worker sends it.
        """
        now = epoch()
        try:
            return self._update(
                job.id,
                _Change({"mail_owner": owner, "mail_until": now + seconds}, counts="mail_attempts"),
                "#state <> :waiting AND attribute_not_exists(removed_at) "
                "AND attribute_not_exists(mailed_at) AND attribute_not_exists(mail_failure) "
                "AND (attribute_not_exists(mail_until) OR mail_until <= :now)",
                {":waiting": State.WAITING, ":now": now},
            )
        except _Refused as refused:
            if refused.now is None or not refused.now.is_mail_due:
                return None
            raise Busy(max(1, refused.now.mail_until - now)) from None

    def release_mail(self, job: Job, owner: str) -> None:
        """Give the mail back for another try."""
        values = {":owner": owner}
        with suppress(_Refused):
            self._update(
                job.id, _Change({"mail_until": 0}), f"{_IS_JOB} AND mail_owner = :owner", values
            )

    def mark_mailed(self, job: Job) -> None:
        """Record that the mail about the job's end was sent."""
        self._end_mail(job, {"mailed_at": timestamp()})

    def give_up_mail(self, job: Job, code: str) -> None:
        """Record that the mail about the job's end cannot be sent, and why."""
        self._end_mail(job, {"mail_failure": code})

    def remove(self, job: Job) -> Job:
        """Mark the job as removed, whatever its state; a worker that holds it loses it.

        Returns the job as it is now: it may have ended since it was read.
        """
        try:
            return self._update(
                job.id, _Change({"removed_at": timestamp()}, removes="pending"), _IS_JOB
            )
        except _Refused:
            return job.model_copy(update={"removed_at": timestamp()})

    def _end_mail(self, job: Job, outcome: Mapping[str, object]) -> None:
        with suppress(_Refused):
            self._update(job.id, _Change(outcome, removes="pending"), _IS_JOB)

    def _while_held(self, task_id: str, owner: str, change: _Change) -> Job:
        try:
            return self._update(
                task_id,
                change,
                f"{_IS_WAITING} AND lease_owner = :owner",
                {":waiting": State.WAITING, ":owner": owner},
                owner=owner,
            )
        except _Refused as refused:
            raise LeaseLost from refused

    def _update(
        self,
        task_id: str,
        change: _Change,
        condition: str,
        values: Mapping[str, object] | None = None,
        *,
        owner: str | None = None,
    ) -> Job:
        """Change a job under `condition`, which may use `values`, `#state` and attributes' names.

        Raises `_Refused` if the condition failed, unless the record, and its lease if `owner` is
        given, is as this very change leaves it.
        """
        try:
            with away_is_unavailable():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=as_item({"id": task_id}),
                    UpdateExpression=change.expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#state": "state", **change.names},
                    ExpressionAttributeValues=as_item({**change.values, **(values or {})}),
                    ReturnValues="ALL_NEW",
                )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item = self._get(task_id)
            now = _job_of(item)
            if (
                now is not None
                and now.removed_at is None
                and owner in {None, now.lease_owner}
                and change.is_made_in(item or {})
            ):
                return now
            raise _Refused(now) from error
        return Job.from_item(answer["Attributes"])

    def _get(self, key: str) -> Mapping[str, Any] | None:
        with away_is_unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=as_item({"id": key}), ConsistentRead=True
            )
        return answer.get("Item")


def _job_of(item: Mapping[str, Any] | None) -> Job | None:
    return None if item is None or "event_id" not in item else Job.from_item(item)


@contextmanager
def away_is_unavailable() -> Iterator[None]:
    """Raise `Unavailable` in place of the errors of a DynamoDB that does not answer."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ANSWERS:
            raise
        raise _unavailable() from error
    except BotoCoreError as error:
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable(
        "jobs-unavailable", "Exports are not available at the moment. Please try again in a minute."
    )
