"""Where a use case is played: an event with media, the functions, AWS and the database."""

import io
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pg8000.dbapi import Connection
from sqlalchemy import text

from local import schema
from openevent.adapters import clients
from openevent.invites.rules import digest_of
from tests.aws import shared_aws
from tests.database import TEMPLATE, connect, engine, running_server
from tests.factories import make_event, make_role_invite, make_session, make_speaker, make_user
from tests.factories import token as token_of
from tests.functions import (
    EXPORTS,
    JWT_KEY,
    MEDIA,
    TABLE,
    Answer,
    Cloud,
    answer_of,
    function_of,
    proxy_event,
    running_cloud,
)
from torture.injection import Plan
from torture.runner import Ended, Runner
from torture.saved import Saved, empty, waiting

DATABASE = "torture"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SECRET = "an-invitation-token-of-forty-three-characters"[:43]
INVITEE = "bob@example.com"

# Seconds that pass between two deliveries of a message: no lease lasts as long.
A_WHILE = 1000

# Seconds for which a preparation is used: after that, its job would be older than a lost message.
FRESH = 60

# The functions that the messages of imports are delivered to; all others get those of exports.
OF_IMPORTS = ("import_worker", "import_failed")

# Deliveries of a message without a fault until it is said to be left over.
DELIVERIES = 4


@dataclass
class Stage:
    """Surroundings of a use case.

    `owner` and `invitee` are users' ids, `event` is an event's, `invite` an invite's.
    `more_mails`: mails about jobs, beside one for each, that do no harm. `exported`: an archive of
    the event.
    """

    database: Connection
    cloud: Cloud
    runner: Runner
    owner: int = 0
    invitee: int = 0
    event: int = 0
    invite: int = 0
    media: dict[str, bytes] = field(default_factory=dict)
    exported: bytes = b""
    more_mails: int = 0
    _held: list[dict[str, Any]] = field(default_factory=list)
    _empty: Saved | None = None
    _prepared: tuple[str, float, Saved] | None = None

    def begin(self, name: str, prepare: Callable[["Stage"], None]) -> None:
        """Take everything back to what it is after `prepare`, the preparation `name`."""
        self._held.clear()
        self.more_mails = 0
        if self._prepared is not None:
            prepared, until, saved = self._prepared
            if prepared == name and time.monotonic() < until:
                saved.put_back()
                return
        if self._empty is None:
            self._empty = Saved(self.database, "empty", self._queues)
        self._empty.put_back()
        prepare(self)
        for message in self._held:
            clients.sqs().change_message_visibility(
                QueueUrl=message["QueueUrl"],
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )
        self._held.clear()
        saved = Saved(self.database, "prepared", self._queues)
        self._prepared = name, time.monotonic() + FRESH, saved

    def start_over(self) -> None:
        """Take everything back to what it was before any preparation."""
        assert self._empty is not None
        self._empty.put_back()

    @property
    def _queues(self) -> list[str]:
        return [self.cloud.queue_url, self.cloud.import_queue_url]

    # Acting

    def api(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        plan: Plan | None = None,
        *,
        user: int | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        later: int = 0,
        is_cold: bool = False,
    ) -> "Called":
        """Call the API as `user`, or as the owner. `is_cold`: in a new process."""
        token = token_of(user or self.owner, JWT_KEY)
        sent = {"Content-Type": "application/json", "Authorization": f"JWT {token}"}
        event = proxy_event(method, path, headers={**sent, **(headers or {})}, body=body)
        event["requestContext"]["identity"] = {"sourceIp": "192.0.2.7"}
        ended = self.runner.run(function_of(path), event, plan, later=later, is_cold=is_cold)
        return Called(ended, answer_of(ended.answer) if ended.is_answered else None)

    def deliver(
        self, plan: Plan | None = None, *, to: str = "export_worker", later: int = 0
    ) -> list[Ended]:
        """Deliver each message of a function's queue once; those that are not handled are held."""
        url = self.cloud.import_queue_url if to in OF_IMPORTS else self.cloud.queue_url
        found = clients.sqs().receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200
        )
        self._held += [{**message, "QueueUrl": url} for message in found.get("Messages", [])]
        ends = []
        for message in [one for one in self._held if one["QueueUrl"] == url]:
            message["tries"] = message.get("tries", 0) + 1
            record = {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": str(message["tries"])},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            ended = self.runner.run(to, {"Records": [record]}, plan, later=later)
            if ended.answer == {"batchItemFailures": []}:
                self._held.remove(message)
            ends.append(ended)
        return ends

    def lose_messages(self) -> None:
        """Lose all messages of the queue, as SQS does with those that are too old."""
        for url in self._queues:
            empty(url)
        self._held.clear()

    def drain(self, *, to: str = "export_worker", later: int = 0) -> None:
        """Deliver what waits, without faults, until nothing does or it has had its deliveries."""
        for number in range(1, DELIVERIES + 1):
            if not self.deliver(to=to, later=later + number * A_WHILE):
                return

    def judge_mail(self) -> None:
        """Allow a second mail if SES took the first, but the job does not know of it.

        SES sends what it takes, however often it is asked, and its answer can be lost. A second
        mail does no harm; a missing one leaves a person waiting.
        """
        known = sum("mailed_at" in job for job in self.jobs())
        self.more_mails = max(0, len(self.mails()) - known)

    # Looking

    @property
    def messages(self) -> int:
        """The messages that are in the queues or held."""
        return len(self._held) + sum(map(waiting, self._queues))

    def items(self, table: str = TABLE) -> list[dict[str, Any]]:
        """All items of a table."""
        return list(clients.dynamodb().scan(TableName=table)["Items"])

    def jobs(self) -> list[dict[str, Any]]:
        """The records of jobs, without DynamoDB's types."""
        return [
            {name: next(iter(value.values())) for name, value in item.items()}
            for item in self.items()
            if "state" in item
        ]

    def keys(self, bucket: str) -> set[str]:
        """The keys of all objects of a bucket."""
        listed = clients.s3().list_objects_v2(Bucket=bucket)
        return {item["Key"] for item in listed.get("Contents", [])}

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        """The keys and ids of the uploads in parts that have not ended."""
        listed = clients.s3().list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        return [(one["Key"], one["UploadId"]) for one in listed]

    def archive(self, key: str) -> zipfile.ZipFile:
        """The archive at a key, which must be whole."""
        body = clients.s3().get_object(Bucket=EXPORTS, Key=key)["Body"].read()
        archive = zipfile.ZipFile(io.BytesIO(body))
        assert archive.testzip() is None
        return archive

    def mails(self) -> list[Any]:
        """All mails that were sent."""
        return self.cloud.mails()

    def run(self, statement: str) -> None:
        """Run a statement that changes rows."""
        self.database.cursor().execute(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows that a query finds."""
        cursor = self.database.cursor()
        cursor.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Called:
    """A call of the API: how the invocation ended, and the answer, if there was one."""

    ended: Ended
    answer: Answer | None

    @property
    def status(self) -> int:
        """The status; 502 where Lambda failed, as API Gateway answers then."""
        return 502 if self.answer is None else self.answer.status


@contextmanager
def running_stage(log: Path) -> Iterator[Stage]:
    """A stage, prepared; what the functions log is written to `log`."""
    with (
        running_server(schema.create) as server,
        tempfile.TemporaryDirectory() as directory,
        pytest.MonkeyPatch.context() as patch,
        log.open("w") as output,
    ):
        server.run(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")
        with (
            connect(server.url(DATABASE)) as database,
            running_cloud(server.url(DATABASE), patch) as cloud,
            shared_aws(Path(directory)) as aws,
        ):
            database.autocommit = True
            patch.setenv("POWERTOOLS_LOG_LEVEL", "WARNING")
            patch.setenv("ASSEMBLE_ABOVE_MEGABYTES", "1")
            stage = Stage(database, cloud, Runner(aws, output))
            try:
                _prepare(stage, server.url(DATABASE))
                yield stage
            finally:
                stage.runner.stop()


def _prepare(stage: Stage, database_url: str) -> None:
    """Make an event with media, and an invite, which all cases begin with."""
    with engine(database_url).begin() as connection:
        owner = make_user(connection, "owner@example.com")
        invitee = make_user(connection, INVITEE)
        event = make_event(connection, owner, name="PyCon")
        address = f"https://cdn.example.com/m/events/{event['id']}"
        connection.execute(
            text("UPDATE events SET logo_url = :url WHERE id = :id"),
            {"url": f"{address}/logo.png", "id": event["id"]},
        )
        speaker = make_speaker(connection, event, name="Ada", photo_url=f"{address}/ada.png")
        make_session(connection, event, speaker)
        digest = digest_of(SECRET)
        now = datetime.now(UTC)
        invite = make_role_invite(
            connection, event, INVITEE, "organizer", hash=digest, created_at=now
        )
    stage.owner, stage.invitee = owner["id"], invitee["id"]
    stage.event, stage.invite = event["id"], invite["id"]
    stage.media = {
        f"events/{event['id']}/logo.png": PNG,
        f"events/{event['id']}/ada.png": PNG + b"ada",
    }
    for key, body in stage.media.items():
        clients.s3().put_object(Bucket=MEDIA, Key=key, Body=body, ContentType="image/png")
