"""Jobs of one user that wait or run: so few that others find a worker."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from openevent.jobs.attributes import as_item
from openevent.jobs.record import JobRecord
from openevent.jobs.table import away_is_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef

J = TypeVar("J", bound=JobRecord)

# Seconds after which a start can succeed that was refused as too many are running.
RETRY = 60


@dataclass(frozen=True, slots=True)
class RunningJobs(Generic[J]):
    """Records of the jobs that count, one record for each user, in `table`.

    `kind`: with which the keys of the records begin. `most`: jobs of a user. `find`: returns those
    of the jobs that exist, by their ids.
    """

    client: "DynamoDBClient"
    table: str
    kind: str
    most: int
    find: Callable[[Iterable[str]], Mapping[str, J]]

    def begin(self, job: J) -> "UpdateTypeDef":
        """Return the write that counts a new job, to be part of the transaction that opens it.

        Its condition fails if `most` jobs count; see `make_room`.
        """
        values = {":task": {job.id}, ":limit": self.most, ":end": job.expires_at}
        return {
            "TableName": self.table,
            "Key": self._key(job.user_id),
            "UpdateExpression": "ADD tasks :task SET expires_at = :end",
            "ConditionExpression": "attribute_not_exists(tasks) OR size(tasks) < :limit",
            "ExpressionAttributeValues": as_item(values),
        }

    def end(self, user_id: int, task_ids: Collection[str]) -> "UpdateTypeDef":
        """Return the write after which these jobs do not count."""
        return {
            "TableName": self.table,
            "Key": self._key(user_id),
            "UpdateExpression": "DELETE tasks :tasks",
            "ExpressionAttributeValues": as_item({":tasks": set(task_ids)}),
        }

    def make_room(self, user_id: int) -> list[J]:
        """Take out the jobs that have ended; return the jobs that count if none has, else none.

        They are taken out here and not when they end, so that no worker has to, and none can fail
        to. Raises `Unavailable`.
        """
        with away_is_unavailable():
            found = self.client.get_item(
                TableName=self.table, Key=self._key(user_id), ConsistentRead=True
            ).get("Item", {})
        running = found.get("tasks", {}).get("SS", [])
        jobs = self.find(running)
        ended = [id_ for id_ in running if id_ not in jobs or not jobs[id_].is_waiting]
        if not ended:
            return list(jobs.values())
        self.take_out(user_id, ended)
        return []

    def take_out(self, user_id: int, task_ids: Collection[str]) -> None:
        """Let these jobs not count. Raises `Unavailable`."""
        with away_is_unavailable():
            self.client.update_item(**self.end(user_id, task_ids))

    def _key(self, user_id: int) -> dict[str, Any]:
        return as_item({"id": f"{self.kind}#{user_id}"})
