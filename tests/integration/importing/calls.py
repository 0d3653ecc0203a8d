"""Calls about imports, as clients make them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.importing.job import ImportJob
from tests.forms import CONTENT_TYPE, form
from tests.functions import EXPORTS, TABLE, Answer, Cloud

Row = dict[str, Any]


def archive(**files: object) -> bytes:
    """A ZIP file of JSON files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in files.items():
            made.writestr(name, json.dumps(content))
    return stream.getvalue()


def post_form(
    cloud: Cloud,
    user: Mapping[str, Any] | int | None,
    *parts: tuple[str, str | None, bytes],
    key: str | None = None,
    content_type: str = CONTENT_TYPE,
) -> Answer:
    """Send a form to the call that the web client's import page makes."""
    headers = {"Content-Type": content_type} | ({} if key is None else {"Idempotency-Key": key})
    body = form(*parts)
    return cloud.call("POST", "/v1/events/import/json", user=user, body=body, headers=headers)


def post_file(
    cloud: Cloud,
    user: Mapping[str, Any] | int | None,
    content: bytes,
    *,
    key: str | None = None,
    **options: bool,
) -> Answer:
    """Send an archive as the web client does, with options if there are any."""
    parts: list[tuple[str, str | None, bytes]] = [("file", "event.zip", content)]
    if options:
        parts.append(("options", None, json.dumps(options).encode()))
    return post_form(cloud, user, *parts, key=key)


def announce(
    cloud: Cloud,
    user: Mapping[str, Any] | None,
    content: bytes,
    *,
    key: str | None = None,
    **changes: object,
) -> Answer:
    """Announce an archive that is uploaded later."""
    digest = hashlib.sha256(content).hexdigest()
    body = {"name": "event.zip", "size": len(content), "sha256": digest, **changes}
    headers = {} if key is None else {"Idempotency-Key": key}
    return cloud.call("POST", "/v1/events/import", user=user, body=body, headers=headers)


def task_of(answer: Answer) -> str:
    """The id of the task of a call that was accepted."""
    assert answer.status == 200, answer.text
    return str(answer.json["task_url"]).split("/")[3]


def job_of(cloud: Cloud, task_id: str) -> ImportJob:
    job = cloud.imports.find(task_id)
    assert job is not None
    return job


def import_jobs(connection: Connection) -> list[tuple[Any, ...]]:
    connection.rollback()
    query = "SELECT task, user_id, result, result_status FROM import_jobs ORDER BY id"
    return [tuple(row) for row in connection.execute(text(query))]


def messages(cloud: Cloud) -> list[Any]:
    """The bodies of messages that wait for the worker, which are hidden from now on."""
    found = clients.sqs().receive_message(QueueUrl=cloud.import_queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def stored(key: str) -> bytes:
    return clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read()


def records() -> dict[str, dict[str, Any]]:
    """The items in the table of jobs, by key."""
    return {item["id"]["S"]: item for item in clients.dynamodb().scan(TableName=TABLE)["Items"]}


def nothing_was_done(cloud: Cloud, connection: Connection) -> bool:
    jobs = [item for item in records().values() if "state" in item]
    return not jobs and not import_jobs(connection) and not messages(cloud)
