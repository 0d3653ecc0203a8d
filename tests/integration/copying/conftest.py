"""Copies on a database of the test's own, with an S3 of the test's own."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import boto3
import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.copying.calls import CopyCall
from openevent.copying.copy import CopyLimits, EventCopy
from openevent.copying.request import CopyRequest
from openevent.edge.validation import validated
from openevent.making.intents import Intents
from openevent.making.leftovers import metrics
from openevent.rights.identity import User
from tests.aws import REGION, make_bucket, played_aws
from tests.factories import Row
from tests.functions import create_table
from tests.integration.copying.snapshot import Snapshot

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "media"
ADDRESS = "https://media.example.com"


@dataclass(frozen=True)
class Media:
    """The bucket that Open Event keeps its media in."""

    client: "S3Client"

    def put(self, key: str, body: bytes = b"bytes", **about: Any) -> str:  # noqa: ANN401 (boto3's arguments)
        """Store an object; its address."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body, **about)
        return f"{ADDRESS}/{quote(key)}"

    def get(self, address: str) -> dict[str, Any]:
        """The object at an address: `Body` as bytes, and what S3 says of it."""
        key = unquote(address.removeprefix(f"{ADDRESS}/"))
        found: dict[str, Any] = {**self.client.get_object(Bucket=BUCKET, Key=key)}
        return {**found, "Body": found["Body"].read()}

    def keys(self) -> set[str]:
        """The keys of all objects."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def uploads(self) -> int:
        """How many uploads in parts have begun and not ended."""
        return len(self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


@dataclass
class Copying:
    """Copies events, and shows what came of it."""

    database_url: str
    connection: Connection
    media: Media
    deps: EventCopy = field(init=False)

    def __post_init__(self) -> None:
        """Begin as a new process would, with a database that it has not read yet."""
        self.deps = EventCopy(
            database=Database(lambda: Credentials.from_url(self.database_url)),
            bucket=MediaBucket(BUCKET, [ADDRESS], ["events/{event_id}/"]),
            root_url=ADDRESS,
            s3=self.media.client,
            acls=BucketAcls(self.media.client, BUCKET),
            intents=Intents(clients.dynamodb(), "copies"),
            counters=Counters(clients.dynamodb(), "limits"),
            limits=CopyLimits(copies_per_hour=1000, dry_runs_per_hour=1000),
        )

    def in_a_new_process(self) -> "Copying":
        """One that will read the present schema."""
        return replace(self)

    def copy(
        self,
        event: Row,
        user: Row,
        body: Mapping[str, object] | None = None,
        *,
        seconds: float = 300,
        key: str | None = None,
    ) -> dict[str, Any]:
        """Copy `event` as `user`; the answer."""
        self.connection.commit()
        call = copy_call(event, user, body, key=key, seconds=seconds)
        return self.deps.copy(call, deadline=time.monotonic() + seconds)

    def snapshot(self) -> Snapshot:
        """All rows of all tables, as they are now."""
        self.connection.commit()
        return Snapshot.take(self.connection)

    def event(self, event_id: int) -> Row:
        """The event's row."""
        self.connection.commit()
        query = text("SELECT * FROM events WHERE id = :id")
        return dict(self.connection.execute(query, {"id": event_id}).mappings().one())

    def rows(self, table: str, event_id: int) -> list[Row]:
        """The event's rows in a table that has its id, in the order of their ids."""
        self.connection.commit()
        query = text(f'SELECT * FROM "{table}" WHERE event_id = :id ORDER BY id')  # noqa: S608
        return [dict(row) for row in self.connection.execute(query, {"id": event_id}).mappings()]

    def run(self, statement: str, **values: object) -> None:
        """Change the database as Open Event, its next version, or an accident could."""
        self.connection.execute(text(statement), values)
        self.connection.commit()


def copy_call(
    event: Row,
    user: Row,
    body: Mapping[str, object] | None = None,
    *,
    key: str | None = None,
    seconds: float = 20,
) -> CopyCall:
    """Ask for a copy, in an invocation that ends after `seconds`."""
    request = validated(CopyRequest, dict(body or {}))
    return CopyCall(caller(user), event["id"], request, key, time.time() + seconds)


def caller(user: Row) -> User:
    """`user` as the function knows a caller."""
    return User(user["id"], user["_email"], "", is_staff=bool(user.get("is_admin")))


@cache
def s3() -> "S3Client":
    """A client for all tests: to make one takes as long as a short test."""
    return boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def media() -> Iterator[Media]:
    """An empty bucket, and empty tables of copies and limits."""
    with played_aws(REGION):
        for resource, table in (("CopiesTable", "copies"), ("LimitsTable", "limits")):
            create_table(resource, table)
        make_bucket(s3(), BUCKET)
        yield Media(s3())
    # A function's handler does this after each call; a hundred values would be written out.
    metrics.clear_metrics()


@pytest.fixture
def copying(database_url: str, connection: Connection, media: Media) -> Copying:
    """Copies on this test's database and bucket."""
    return Copying(database_url, connection, media)
