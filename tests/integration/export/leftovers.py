"""Records, messages and uploads of exports, as tests change and find them."""

import json
from typing import Any

from openevent.adapters import clients
from tests.functions import EXPORTS, TABLE, Cloud


def change(task_id: str, **values: int | str) -> None:
    """Set attributes of a record, as time does."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"S": value} if isinstance(value, str) else {"N": str(value)}
            for name, value in values.items()
        },
    )


def bodies(cloud: Cloud) -> list[dict[str, Any]]:
    """The bodies of the messages that wait in the queue, which are hidden from now on."""
    return [json.loads(message["Body"]) for message in cloud.messages()]


def uploads() -> list[str]:
    """The keys of unfinished uploads to the export bucket."""
    found = clients.s3().list_multipart_uploads(Bucket=EXPORTS)
    return [upload["Key"] for upload in found.get("Uploads", [])]
