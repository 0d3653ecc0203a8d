"""Opening of jobs: one waiting job for each event and options, within the quotas."""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.adapters.counters import Counters
from openevent.errors import TooManyRequests, Unavailable
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.quotas import Quotas
from openevent.jobs.attributes import as_item
from openevent.jobs.running import RETRY, RunningJobs
from openevent.jobs.table import away_is_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# Tries to open a job while others open equal ones, and the seconds between them.
TRIES = 5
CONFLICT_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Starts:
    """Opens jobs, in the table of `jobs`, and counts them against `quotas` in the same table."""

    client: "DynamoDBClient"
    table: str
    jobs: Jobs
    counters: Counters
    quotas: Quotas

    def open(self, job: Job) -> Job:
        """Record a new job, or join the waiting one of the same event and options.

        Of two at once, one opens the job and the other joins it. Raises `TooManyRequests` if a
        quota is used up, which joining is not counted against, and `Unavailable`.
        """
        for _ in range(TRIES):
            last_id = self._last_like(job)
            last = None if last_id is None else self.jobs.find(last_id)
            if last is not None and last.is_waiting:
                joined = self.jobs.join(last, job.user_id)
                if joined is None:
                    continue
                return joined
            self.counters.check(self.quotas.bytes, job.event_id)
            if self._put(job, in_place_of=last_id):
                return job
        raise Unavailable(
            "export-not-started", "The export could not be started. Please try again."
        )

    def withdraw(self, job: Job) -> None:
        """Undo `open`, unless the job was joined or claimed since. Raises `Unavailable`."""
        uncount = self.counters.update(self.quotas.starts, _of_user_and_event(job), -1)
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table,
                "Key": as_item({"id": job.id}),
                "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(joined_by) "
                "AND attribute_not_exists(lease_owner)",
            }
        }
        with suppress(self.client.exceptions.TransactionCanceledException), away_is_unavailable():
            self.client.transact_write_items(
                TransactItems=[
                    delete,
                    {"Update": uncount},
                    {"Update": self._running.end(job.user_id, [job.id])},
                ]
            )

    def _put(self, job: Job, *, in_place_of: str | None) -> bool:
        """Record the job, and count it; False if another start was faster, or made room.

        Raises `TooManyRequests` and `Unavailable`.
        """
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table,
                "Item": job.item(),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }
        last = {"id": _kind(job), "task_id": job.id, "expires_at": job.expires_at}
        put_last: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table,
                "Item": as_item(last),
                "ConditionExpression": "attribute_not_exists(id) OR task_id = :before",
                "ExpressionAttributeValues": as_item({":before": in_place_of or ""}),
            }
        }
        count = self.counters.update(self.quotas.starts, _of_user_and_event(job))
        try:
            with away_is_unavailable():
                self.client.transact_write_items(
                    TransactItems=[
                        put,
                        put_last,
                        {"Update": count},
                        {"Update": self._running.begin(job)},
                    ]
                )
        except self.client.exceptions.TransactionCanceledException as error:
            if self.jobs.find(job.id) is not None:
                # This very write took effect, its answer was lost, and botocore repeated it.
                return True
            _, _, starts, running = (
                reason.get("Code") == "ConditionalCheckFailed"
                for reason in error.response["CancellationReasons"]
            )
            if starts:
                raise self.counters.refusal(self.quotas.starts) from error
            if running:
                self._require_room(job)
            else:
                time.sleep(CONFLICT_PAUSE)
            return False
        except Unavailable:
            # It may have been recorded all the same.
            with suppress(Unavailable):
                self.withdraw(job)
            raise
        return True

    def _last_like(self, job: Job) -> str | None:
        """Return the id of the last job of this event and these options; it may be gone."""
        with away_is_unavailable():
            last = self.client.get_item(
                TableName=self.table, Key=as_item({"id": _kind(job)}), ConsistentRead=True
            ).get("Item")
        return None if last is None else str(last["task_id"]["S"])

    @property
    def _running(self) -> RunningJobs[Job]:
        most, find = self.quotas.running, self.jobs.find_all
        return RunningJobs(self.client, self.table, "running", most, find)

    def _require_room(self, job: Job) -> None:
        running = self._running.make_room(job.user_id)
        if running:
            raise TooManyRequests(
                "too-many-running-exports",
                f"You have {len(running)} exports waiting or running, which is the limit. Please "
                "start this one when one of them has ended.",
                retry_after=RETRY,
            )


def _kind(job: Job) -> str:
    """Return the key of the record that names the last job like this one.

    That is one of the same event, the same options and the same format of a schedule, or the same
    file of a table.
    """
    alone = job.schedule or ("" if job.table is None else job.table.text)
    digest = hashlib.sha256(job.options.model_dump_json(exclude_none=True).encode()).hexdigest()[
        :16
    ]
    return f"last#{job.event_id}#{digest}{alone}"


def _of_user_and_event(job: Job) -> str:
    return f"{job.user_id}#{job.event_id}"
