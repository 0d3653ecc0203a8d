"""Imports into a database of the module's own, with an S3 of the module's own."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.shape import shape_of
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.catalogue.shape import Shape
from openevent.importing.source import SourceArchive
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.uploads import metrics
from openevent.importing.writing.write import EventImport, Order
from openevent.importing.writing.written import Written
from openevent.making.intents import Intents
from openevent.media.deadline import Deadline
from openevent.rights.identity import User
from tests.aws import REGION, make_bucket, played_aws
from tests.factories import Row, make_user, role_id
from tests.factories.source import Remarks
from tests.functions import create_table
from tests.integration.copying.conftest import ADDRESS, BUCKET, Media, s3
from tests.integration.copying.snapshot import Snapshot


@dataclass
class Importing:
    """Imports archives, and shows what came of it."""

    database_url: str
    connection: Connection
    media: Media
    work: Path
    user: Row
    remarks: Remarks = field(default_factory=Remarks)
    deps: EventImport = field(init=False)

    def __post_init__(self) -> None:
        """Begin as a new process would, with a database that it has not read yet."""
        self.deps = EventImport(
            database=Database(lambda: Credentials.from_url(self.database_url)),
            bucket=MediaBucket(BUCKET, [ADDRESS], ["events/{event_id}/"]),
            s3=self.media.client,
            acls=BucketAcls(self.media.client, BUCKET),
            intents=Intents(clients.dynamodb(), "copies"),
        )

    def in_a_new_process(self) -> "Importing":
        """One that will read the present schema."""
        return replace(self, remarks=Remarks())

    def shape(self) -> Shape:
        """The shape of the database."""
        with self.deps.database.snapshot() as session:
            return shape_of(session.schema)

    def call(self, *, seconds: float = 60, dry_run: bool = False, task_id: str = "") -> ImportCall:
        """An attempt of a new job, or of the job `task_id`."""
        user = User(self.user["id"], self.user["_email"], "", is_staff=False)
        return ImportCall(
            user, task_id or str(uuid.uuid4()), time.time() + seconds, dry_run=dry_run
        )

    def order(self, source: SourceArchive, *, seconds: float = 60) -> Order:
        """An archive to import."""
        self.connection.commit()
        self.remarks.all.clear()
        return Order(source, self.shape(), self.remarks, self.work, Deadline.after(seconds))

    def write(self, source: SourceArchive, **options: Any) -> Written:  # noqa: ANN401 - `call`'s
        """Import `source`."""
        return self.deps.write(self.call(**options), self.order(source))

    def snapshot(self) -> Snapshot:
        """All rows of all tables, as they are now."""
        self.connection.commit()
        return Snapshot.take(self.connection)

    def event(self, written: Written) -> Row:
        """The event's row."""
        return self.query("SELECT * FROM events WHERE id = :id", id=written.event_id)[0]

    def rows(self, table: str, written: Written) -> list[Row]:
        """The event's rows in a table that has its id, in the order of their ids."""
        statement = f'SELECT * FROM "{table}" WHERE event_id = :id ORDER BY id'  # noqa: S608
        return self.query(statement, id=written.event_id)

    def query(self, statement: str, **values: object) -> list[Row]:
        """The rows that a query finds."""
        self.connection.commit()
        found = self.connection.execute(text(statement), values).mappings()
        return [dict(row) for row in found]

    def run(self, statement: str, **values: object) -> None:
        """Change the database as Open Event, its next version, or an accident could."""
        self.connection.execute(text(statement), values)
        self.connection.commit()


@pytest.fixture
def media() -> Iterator[Media]:
    """An empty bucket, and an empty table of intents."""
    with played_aws(REGION):
        create_table("CopiesTable", "copies")
        make_bucket(s3(), BUCKET)
        yield Media(s3())
    # A function's handler does this after each call; a hundred values would be written out.
    metrics.clear_metrics()


@pytest.fixture
def user(connection: Connection) -> Row:
    """The importer, in a database with the roles of Open Event."""
    role_id(connection, "owner")
    return make_user(connection)


@pytest.fixture
def importing(
    database_url: str, connection: Connection, media: Media, user: Row, tmp_path: Path
) -> Importing:
    """Imports into this test's database and bucket."""
    return Importing(database_url, connection, media, tmp_path, user)
