"""Opening of jobs: within the limits, and once for each `Idempotency-Key`."""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.counters import DAY, Counters
from openevent.errors import Invalid, TooManyRequests, Unavailable
from openevent.importing.give_up import DISPLACED, ENDINGS
from openevent.importing.job import ImportJob
from openevent.importing.job_store import ImportJobs
from openevent.importing.limits import ImportLimits
from openevent.importing.uploads import ArchiveUploads
from openevent.jobs.attributes import as_item
from openevent.jobs.clock import epoch
from openevent.jobs.running import RETRY, RunningJobs
from openevent.jobs.table import away_is_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

logger = Logger(child=True)
metrics = Metrics()

HEADER = "Idempotency-Key"

# Visible ASCII, long enough for whatever a client considers unique.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

# Seconds for which a key is remembered.
KEPT_SECONDS = DAY

# Tries to open a job while another call with the same key opens one.
TRIES = 3


@dataclass(frozen=True, slots=True)
class ImportStarts:
    """Opens jobs, in the table of `jobs`, and counts them against `limits` in the same table."""

    client: "DynamoDBClient"
    table: str
    jobs: ImportJobs
    uploads: ArchiveUploads
    counters: Counters
    limits: ImportLimits

    def open(self, job: ImportJob, key: str | None) -> ImportJob:
        """Record a new job; return the earlier one of the same call if `key` was used for it.

        Raises `Invalid` if the key is malformed, or was used for another call; `TooManyRequests` if
        a limit is used up; `Unavailable`.
        """
        if key is not None and not _KEY.fullmatch(key):
            raise Invalid(
                "idempotency-key-invalid",
                "The key must consist of 1 to 255 visible ASCII characters.",
                header=HEADER,
            )
        for _ in range(TRIES):
            if key is not None and (earlier := self._earlier(job, key)) is not None:
                return earlier
            if self._put(job, key):
                return job
        raise Unavailable(
            "import-not-started", "The import could not be started. Please try again."
        )

    def withdraw(self, job: ImportJob, key: str | None) -> None:
        """Undo `open`, unless the job was claimed since. Raises `Unavailable`."""
        items: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self.table,
                    "Key": as_item({"id": job.id}),
                    "ConditionExpression": "attribute_exists(id) "
                    "AND attribute_not_exists(lease_owner)",
                }
            },
            *self._counts(job, -1),
            {"Update": self._running.end(job.user_id, [job.id])},
        ]
        if key is not None:
            name = as_item({"id": _name(job, key)})
            items.append({"Delete": {"TableName": self.table, "Key": name}})
        with suppress(self.client.exceptions.TransactionCanceledException), away_is_unavailable():
            self.client.transact_write_items(TransactItems=items)

    def _earlier(self, job: ImportJob, key: str) -> ImportJob | None:
        """Return the job for which the key was used; None if it was not, or the job is gone."""
        with away_is_unavailable():
            item = self.client.get_item(
                TableName=self.table, Key=as_item({"id": _name(job, key)}), ConsistentRead=True
            ).get("Item")
        if item is None or int(item["expires_at"]["N"]) <= epoch():
            return None
        if item["fingerprint"]["S"] != _fingerprint(job):
            raise Invalid(
                "idempotency-key-reused",
                "This key was used for an import of another archive, or with other options. Use a "
                "new key.",
                header=HEADER,
            )
        return self.jobs.find(item["task_id"]["S"])

    def _put(self, job: ImportJob, key: str | None) -> bool:
        """Record the job, and count it; False if that is to be tried again.

        Raises `TooManyRequests` and `Unavailable`.
        """
        items: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": job.item(),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
            *self._counts(job, 1),
            {"Update": self._running.begin(job)},
        ]
        if key is not None:
            items.append({"Put": self._remembered(job, key)})
        try:
            with away_is_unavailable():
                self.client.transact_write_items(TransactItems=items)
        except self.client.exceptions.TransactionCanceledException as error:
            if self.jobs.find(job.id) is not None:
                # This very write took effect, its answer was lost, and botocore repeated it.
                return True
            reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
            if key is not None and reasons[-1] != "None":
                # The call that has just used the key may have used up a limit with it.
                return False
            for limit, reason in zip(
                (self.limits.starts, self.limits.bytes), reasons[1:3], strict=True
            ):
                if reason == "ConditionalCheckFailed":
                    raise self.counters.refusal(limit) from error
            if reasons[3] == "ConditionalCheckFailed":
                self._require_room(job)
            return False
        except Unavailable:
            # It may have been recorded all the same.
            with suppress(Unavailable):
                self.withdraw(job, key)
            raise
        return True

    @property
    def _running(self) -> RunningJobs[ImportJob]:
        most, find = self.limits.running, self.jobs.find_all
        return RunningJobs(self.client, self.table, "running-imports", most, find)

    def _require_room(self, job: ImportJob) -> None:
        running = self._running.make_room(job.user_id)
        if running and not self._displace_one(running):
            raise TooManyRequests(
                "too-many-running-imports",
                f"You have {len(running)} imports waiting or running, which is the limit. Please "
                "start this one when one of them has ended.",
                retry_after=RETRY,
            )

    def _displace_one(self, running: list[ImportJob]) -> bool:
        """End the oldest job whose archive is not uploaded; False if there is none.

        An upload that arrives between the look at it and the end is late, as one after it.
        """
        announced = [job for job in running if job.is_announced]
        for job in sorted(announced, key=lambda job: job.created_at):
            if not self.uploads.has(job) and self.jobs.displace(job, DISPLACED):
                self._running.take_out(job.user_id, [job.id])
                metrics.add_metric(ENDINGS.refused, MetricUnit.Count, 1)
                logger.info("A newer import takes its place", extra={"task_id": job.id})
                return True
        return False

    def _counts(self, job: ImportJob, sign: int) -> "list[TransactWriteItemTypeDef]":
        counters, limits = self.counters, self.limits
        return [
            {"Update": counters.update(limits.starts, job.user_id, sign)},
            {"Update": counters.update(limits.bytes, job.user_id, sign * job.archive.size)},
        ]

    def _remembered(self, job: ImportJob, key: str) -> Any:  # noqa: ANN401 - one of boto3's types
        now = epoch()
        item = {
            "id": _name(job, key),
            "task_id": job.id,
            "fingerprint": _fingerprint(job),
            "expires_at": now + KEPT_SECONDS,
        }
        return {
            "TableName": self.table,
            "Item": as_item(item),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": as_item({":now": now}),
        }


def _name(job: ImportJob, key: str) -> str:
    """Return the id of the record that says for which job a user's key was used."""
    return f"import-key#{job.user_id}#{hashlib.sha256(key.encode()).hexdigest()}"


def _fingerprint(job: ImportJob) -> str:
    """Return a text that differs if the archive or the options do."""
    call = [job.archive.model_dump(), job.options.model_dump(), bool(job.upload_until)]
    return hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()
