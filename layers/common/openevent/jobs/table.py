"""The table of jobs in DynamoDB: reads, and conditional changes of which an answer can be lost.

DynamoDB's answer to a write can be lost after the write took effect. botocore then repeats the
write, and its condition fails because of the first. So a failed condition proves nothing by itself:
the record is read, and a record that holds the very values of the write is the work of this write.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable
from openevent.jobs.attributes import as_item
from openevent.jobs.record import JobRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

J = TypeVar("J", bound=JobRecord)

# Longest id of a job, in characters; DynamoDB refuses keys of more than 2,048 bytes.
MAX_ID = 100

# Records that DynamoDB reads in one call; calls for those that it throttles, and the seconds before
# the second, which double.
MAX_READ, MAX_CALLS = 100, 6
PAUSE = 0.05

# The errors that answer a write, as opposed to those of a DynamoDB that cannot be reached.
_ANSWERS = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})


class Refused(Exception):
    """The condition of a write failed, and the record does not hold the write's values."""

    def __init__(self, now: JobRecord | None) -> None:
        """`now`: the job's present record; None if there is none."""
        super().__init__(now)
        self.now = now


@dataclass(frozen=True, slots=True)
class Change:
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


@dataclass(frozen=True, slots=True)
class JobTable(Generic[J]):
    """The jobs of one kind in the table `name`; `record` is the class of their records.

    Methods raise `Unavailable` if DynamoDB does not answer.
    """

    client: "DynamoDBClient"
    name: str
    record: type[J]

    def find(self, task_id: str) -> J | None:
        """Return the job `task_id`; None if there is none."""
        if len(task_id) > MAX_ID:
            return None
        return self._job_of(self._get(task_id))

    def find_all(self, task_ids: Iterable[str]) -> dict[str, J]:
        """Return those of the jobs that exist, by their ids."""
        wanted = sorted({task_id for task_id in task_ids if len(task_id) <= MAX_ID})
        found: dict[str, J] = {}
        for first in range(0, len(wanted), MAX_READ):
            keys = [as_item({"id": task_id}) for task_id in wanted[first : first + MAX_READ]]
            jobs = map(self._job_of, self._get_all(keys))
            found |= {job.id: job for job in jobs if job is not None}
        return found

    def _get_all(self, keys: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
        for call in range(MAX_CALLS):
            with away_is_unavailable():
                answer = self.client.batch_get_item(
                    RequestItems={self.name: {"Keys": keys, "ConsistentRead": True}}
                )
            yield from answer["Responses"].get(self.name, [])
            left = answer.get("UnprocessedKeys", {}).get(self.name)
            if not left:
                return
            keys = [dict(key) for key in left["Keys"]]
            time.sleep(PAUSE * 2**call)
        raise _unavailable()

    def query(
        self,
        index: str,
        condition: str,
        values: Mapping[str, object],
        **options: Any,  # noqa: ANN401 - of boto3
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the items of `index` under a key condition, a page at a time."""
        with away_is_unavailable():
            pages = self.client.get_paginator("query").paginate(
                TableName=self.name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=as_item(values),
                **options,
            )
            for page in pages:
                yield page["Items"]

    def update(
        self,
        task_id: str,
        change: Change,
        condition: str,
        values: Mapping[str, object] | None = None,
        *,
        owner: str | None = None,
    ) -> J:
        """Change a job under `condition`, which may use `values`, `#state` and attributes' names.

        Raises `Refused` if the condition failed, unless the record, and its lease if `owner` is
        given, is as this very change leaves it.
        """
        try:
            with away_is_unavailable():
                answer = self.client.update_item(
                    TableName=self.name,
                    Key=as_item({"id": task_id}),
                    UpdateExpression=change.expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#state": "state", **change.names},
                    ExpressionAttributeValues=as_item({**change.values, **(values or {})}),
                    ReturnValues="ALL_NEW",
                )
        except self.client.exceptions.ConditionalCheckFailedException as error:
            item = self._get(task_id)
            now = self._job_of(item)
            if (
                now is not None
                and now.removed_at is None
                and owner in {None, now.lease_owner}
                and change.is_made_in(item or {})
            ):
                return now
            raise Refused(now) from error
        return self.record.from_item(answer["Attributes"])

    def _get(self, key: str) -> Mapping[str, Any] | None:
        with away_is_unavailable():
            answer = self.client.get_item(
                TableName=self.name, Key=as_item({"id": key}), ConsistentRead=True
            )
        return answer.get("Item")

    def _job_of(self, item: Mapping[str, Any] | None) -> J | None:
        if item is None or not self.record.is_in(item):
            return None
        return self.record.from_item(item)


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
        "jobs-unavailable", "Tasks are not available at the moment. Please try again in a minute."
    )
