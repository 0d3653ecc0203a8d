"""An export as a client makes it: start, poll, download; and what tests look at beside that."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any, TypeVar
from urllib.parse import urljoin

import urllib3

from local.stack import Answer, Mail, Stack

T = TypeVar("T")

ALL_MEDIA = {"image": True, "video": True, "document": True, "audio": True}

# Seconds that a job may take, with the lives of two workers that are killed.
PATIENCE = 1500
PAUSE = 0.2


@dataclass(frozen=True)
class Download:
    """An archive and where it came from."""

    address: str
    content: bytes

    @property
    def zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.content))

    def json(self, name: str) -> Any:  # noqa: ANN401 - whatever is in the file
        return json.loads(self.zip.read(name))


def start(
    stack: Stack,
    event: object = None,
    *,
    token: str | None = None,
    body: object = None,
) -> str:
    """Start an export; returns the id of its task."""
    name = stack.event["id"] if event is None else event
    answer = stack.request(
        "POST",
        f"/v1/events/{name}/export/json",
        token=token or stack.tokens["organizer"],
        body={} if body is None else body,
    )
    assert answer.status == 200, answer.body
    return task_id_of(answer)


def task_id_of(answer: Answer) -> str:
    """As the web client takes it: the fourth piece between slashes."""
    address: str = answer.json()["task_url"]
    return address.split("/")[3]


def poll(stack: Stack, task_id: str, *, token: str | None = None) -> dict[str, Any]:
    answer = stack.request("GET", f"/v1/tasks/{task_id}", token=token or stack.tokens["organizer"])
    assert answer.status == 200, answer.body
    task: dict[str, Any] = answer.json()
    return task


def finished(stack: Stack, task_id: str, *, token: str | None = None) -> dict[str, Any]:
    """The task when it has ended."""
    return until(lambda: poll(stack, task_id, token=token), lambda task: task["state"] != "WAITING")


def download(task: dict[str, Any]) -> Download:
    assert task["state"] == "SUCCESS", task
    address = task["result"]["download_url"]
    answer = urllib3.request("GET", address)
    assert answer.status == 200
    return Download(address, answer.data)


def export(
    stack: Stack, event: object = None, *, token: str | None = None, body: object = None
) -> Download:
    """Start, poll and download."""
    return download(finished(stack, start(stack, event, token=token, body=body), token=token))


def record(stack: Stack, task_id: str) -> dict[str, Any]:
    """The job's record in DynamoDB, without its types."""
    item = stack.client("dynamodb").get_item(
        TableName=stack.jobs_table, Key={"id": {"S": task_id}}, ConsistentRead=True
    )["Item"]
    return {name: next(iter(value.values())) for name, value in item.items()}


def mails_about(stack: Stack, task_id: str, to: str) -> list[Mail]:
    """Mail to an address about a job: its link or reference has the id.

    Mails of release 1.0 have the path of the archive, in which the id may be missing.
    """
    item = stack.client("dynamodb").get_item(
        TableName=stack.jobs_table, Key={"id": {"S": task_id}}
    )["Item"]
    archive = item.get("archive", {}).get("M", {})
    path = archive["key"]["S"].split("/", 2)[2] if archive else task_id
    return [mail for mail in stack.mails(to) if task_id in mail.text or path in mail.text]


def linked(page: Answer, text: str, address: str) -> str:
    """The address of the link whose text begins with `text`, on the page at `address`."""
    (found,) = re.findall(rf'<a [^>]*href="([^"]+)"[^>]*>{text}', page.body.decode())
    return urljoin(address, unescape(found))


def until(ask: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """Ask until the answer is `enough`, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not enough(value := ask()):
        assert time.monotonic() < deadline, f"still {value}"
        time.sleep(PAUSE)
    return value
