"""An event that is exported, imported and exported again is the same event.

It is but for ids, identifier, state, times of creation, and what an archive never sets.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from openevent.adapters import clients
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.shape import shape_of
from openevent.adapters.storage import BucketAcls
from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.settable import never_sets
from openevent.catalogue.shape import Shape
from openevent.export.options import Options
from openevent.importing.reading.archive import Archive
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.write import EventImport, Order
from openevent.making.intents import Intents
from openevent.media.deadline import Deadline
from openevent.rights.identity import User
from tests.aws import REGION, played_aws
from tests.database import Server, engine, new_database
from tests.exports import ALL_MEDIA, BUCKET, Exported, Shelf, Stored, database_at, export
from tests.factories import make_full_event, make_user, role_id
from tests.factories.source import Remarks
from tests.functions import create_table
from tests.generated_events import Generated, generated_events
from tests.readers import REFERENCES, rows_of

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR picture"

TABLE_OF_FILE = {table.file.name: table for table in TABLES.values()}

Rows = Mapping[str, list[dict[str, Any]]]

# Keys of the dialect `webapp` with rows of other files in them. Others hold rows without a file.
NESTED = {
    "track": "tracks",
    "microlocation": "microlocations",
    "session_type": "session_types",
    "speakers": "speakers",
    "sessions": "sessions",
}

# Files that say something of the archive, or of the installation that made it.
NOT_COMPARED = {"manifest.json", "meta", "roles"}


@dataclass
class WritableShelf(Shelf):
    """A media bucket to which imports can write, too."""

    acls: list[str] = field(default_factory=list)

    def put_object(self, **arguments: Any) -> None:  # noqa: ANN401 - boto3's
        self.objects[arguments["Key"]] = Stored(arguments["Body"], arguments["ContentType"])

    def get_bucket_ownership_controls(self, **_: object) -> Mapping[str, Any]:
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}


class Installation:
    """An Open Event whose events are exported and imported."""

    # Not a dataclass: hypothesis would write out all of it.
    def __init__(self, url: str, user: User, work: Path) -> None:
        self.url = url
        self.user = user
        self.work = work
        self.database = Database(lambda: Credentials.from_url(url))
        self._exporting = database_at(url)
        with self.database.snapshot() as session:
            self.shape = shape_of(session.schema)
        self.shelf = WritableShelf()
        self.shelf.put("there.png", PICTURE, "image/png")

    def export(self, event_id: int, options: Options) -> tuple[Exported, Rows]:
        """Export an event; the archive, and what of it is compared."""
        exported = export(self._exporting, event_id, options, self.shelf)
        query = text("SELECT identifier FROM events WHERE id = :id")
        with engine(self.url).connect() as connection:
            identifier = connection.execute(query, {"id": event_id}).scalar_one()
        return exported, Comparable(exported, self.shape, identifier).rows()

    def import_(self, exported: Exported) -> tuple[int, Remarks]:
        """Import an archive; the event's id, and what is said of it."""
        remarks = Remarks()
        source = Archive(zipped(exported), self.shape, remarks)
        importing = EventImport(
            database=self.database,
            bucket=BUCKET,
            s3=cast("Any", self.shelf),
            acls=BucketAcls(cast("Any", self.shelf), BUCKET.name),
            intents=Intents(clients.dynamodb(), "copies"),
        )
        order = Order(source, self.shape, remarks, self.work, Deadline.after(60))
        call = ImportCall(self.user, f"task-{next(_NUMBERS)}", 2**33)
        written = importing.write(call, order)
        assert written.event_id is not None
        return written.event_id, remarks


_NUMBERS = iter(range(10**9))


def zipped(exported: Exported) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in exported.files.items():
            opened.writestr(name, content)
    archive.seek(0)
    return archive


@pytest.fixture(scope="module")
def installation(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with new_database(postgres) as url, played_aws(REGION):
        create_table("CopiesTable", "copies")
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET.name)
        with engine(url).connect() as connection:
            role_id(connection, "owner")
            user = make_user(connection)
            connection.commit()
        caller = User(user["id"], user["_email"], "", is_staff=False)
        yield Installation(url, caller, tmp_path_factory.mktemp("work"))


class Comparable:
    """An archive's rows without what differs: ids become places, media files their bytes."""

    def __init__(self, exported: Exported, shape: Shape, identifier: str) -> None:
        self._identifier = identifier
        self._exported = exported
        self._shape = shape
        self._documents = {
            name: rows_of(json.loads(content))
            for name, content in exported.files.items()
            if name in TABLE_OF_FILE and name not in NOT_COMPARED
        }
        self._places = {
            name: {row["id"]: place for place, row in enumerate(rows) if "id" in row}
            for name, rows in self._documents.items()
        }
        self._texts: dict[tuple[str, object], int] = {}

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {
            name: sorted((self._row(name, row) for row in rows), key=str)
            for name, rows in self._documents.items()
        }

    def _row(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        table = TABLE_OF_FILE[name]
        columns = self._shape[table.name].columns
        found = {}
        for key, value in row.items():
            column = key.replace("-", "_")
            is_set = (
                column not in columns or never_sets(table.name, column, columns[column]) is None
            )
            if is_set and column != "event_id":
                found[key] = self._value(name, column, value)
        return found

    def _value(self, name: str, key: str, value: Any) -> Any:  # noqa: ANN401, PLR0911 - as in the file
        table = TABLE_OF_FILE[name]
        if (name, key) in REFERENCES and value is not None:
            return self._places[REFERENCES[name, key]].get(value)
        if key in table.names and value:
            return self._texts.setdefault((table.names[key], value), len(self._texts))
        if key in table.media and value == "":
            return None
        if isinstance(value, list | dict):
            return self._nested(self._places.get(NESTED.get(key, ""), {}), value)
        if isinstance(value, str) and value[1:] in self._exported.files:
            return hashlib.sha256(self._exported.files[value[1:]]).hexdigest()
        if isinstance(value, str):
            return value.replace(self._identifier, "IDENTIFIER")
        return value

    def _nested(self, places: Mapping[int, int], value: Any) -> Any:  # noqa: ANN401 - as in the file
        match value:
            case list():
                # A row that says nothing is no row.
                items = [
                    item for item in value if not isinstance(item, dict) or _says_something(item)
                ]
                return sorted((self._nested(places, item) for item in items), key=str)
            case {"id": id_, **others}:
                return {**others, "place": places.get(id_)}
        return value


def _says_something(item: object) -> bool:
    if not isinstance(item, dict):
        return True
    return any(value for key, value in item.items() if key != "id")


def assert_same(here: Rows, there: Rows, remarks: Remarks) -> None:
    """Compare two archives; a value may differ only if a remark says so."""
    assert {name: len(rows) for name, rows in here.items()} == {
        name: len(rows) for name, rows in there.items()
    }
    said = {(remark.place.file, remark.place.field) for remark in remarks.all}
    # In the dialect `webapp`, rows of some files are in the event.
    said |= {("event", remark.place.file) for remark in remarks.all}
    differences = [
        (name, key, before, after.get(key))
        for name, rows in there.items()
        for row, after in zip(rows, here[name], strict=True)
        for key, before in row.items()
        if after.get(key) != before and (name, key.replace("-", "_")) not in said
    ]
    assert not differences, "\n".join(map(str, differences))
    assert [row.keys() for rows in here.values() for row in rows] == [
        row.keys() for rows in there.values() for row in rows
    ]


@pytest.mark.parametrize("privacy", Privacy)
def test_a_full_event_comes_back(installation: Installation, privacy: Privacy) -> None:
    with engine(installation.url).connect() as connection:
        values = {"event_copyrights": {"logo": "https://example.org/logo.png"}}
        event = make_full_event(connection, 2, values).event
        connection.commit()
    options = Options(**ALL_MEDIA, privacy=privacy)
    first, there = installation.export(event["id"], options)
    event_id, remarks = installation.import_(first)
    _, here = installation.export(event_id, options)
    assert_same(here, there, remarks)
    assert here == there
    # What the archive derives from its rows for people is no data, and worth no remark.
    assert {"tables/sessions.csv", "tables/datapackage.json"} <= first.files.keys()
    assert not [remark for remark in remarks.all if "tables" in str(remark)]


@pytest.mark.parametrize("dialect", Dialect)
@given(generated=generated_events(), privacy=st.sampled_from(Privacy))
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_event_comes_back(
    installation: Installation, dialect: Dialect, generated: Generated, privacy: Privacy
) -> None:
    with engine(installation.url).connect() as connection:
        original = generated.insert(connection)
        connection.commit()
    options = Options(**ALL_MEDIA, dialect=dialect, privacy=privacy)
    first, there = installation.export(original, options)
    event_id, remarks = installation.import_(first)
    _, here = installation.export(event_id, options)
    assert_same(here, there, remarks)
