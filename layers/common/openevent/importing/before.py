"""Archives that a user has imported before: a warning, never a refusal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.importing.job import ImportJob
from openevent.jobs.attributes import as_item
from openevent.jobs.clock import DAY, epoch
from openevent.jobs.table import away_is_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Days for which an archive is remembered.
KEPT_DAYS = 90

CODE = "archive-imported-before"


@dataclass(frozen=True, slots=True)
class ImportedBefore:
    """The archives that were imported, in the table of jobs. Methods raise `Unavailable`."""

    client: "DynamoDBClient"
    table: str

    def warnings(self, job: ImportJob) -> list[dict[str, Any]]:
        """Return a warning if the job's user has imported the same archive before."""
        with away_is_unavailable():
            item = self.client.get_item(
                TableName=self.table, Key=as_item({"id": _name(job)}), ConsistentRead=True
            ).get("Item")
        if item is None or item["task_id"]["S"] == job.id:
            return []
        event_id = item["event"]["N"]
        detail = f"You have imported this archive before, as the event {event_id}."
        return [{"code": CODE, "detail": detail}]

    def note(self, job: ImportJob, event_id: int) -> None:
        """Remember that the job's archive was imported as the event `event_id`."""
        values = {":task": job.id, ":event": event_id, ":end": epoch() + KEPT_DAYS * DAY}
        with away_is_unavailable():
            self.client.update_item(
                TableName=self.table,
                Key=as_item({"id": _name(job)}),
                UpdateExpression="SET task_id = :task, #event = :event, expires_at = :end",
                ExpressionAttributeNames={"#event": "event"},
                ExpressionAttributeValues=as_item(values),
            )


def _name(job: ImportJob) -> str:
    return f"imported#{job.user_id}#{job.archive.sha256}"
