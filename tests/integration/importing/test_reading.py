"""Archives of the sample event, ours and the old server's, are read for its own database."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from local import sample
from openevent.adapters.shape import shape_of
from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.shape import ColumnType, Shape
from openevent.catalogue.table import Archived, MediaKind
from openevent.export.options import Options
from openevent.importing.reading.archive import Archive
from openevent.importing.source import MediaFile, Remark, RemarkKind, SourceRow
from tests.catalog import read_schema
from tests.database import Server, engine, new_database
from tests.exports import ALL_MEDIA, MEDIA, Shelf, database_at, export
from tests.old_server import old_archive

Row = dict[str, Any]


@dataclass
class Log:
    """Keeps all remarks."""

    remarks: list[Remark] = field(default_factory=list)

    def add(self, remark: Remark) -> None:
        self.remarks.append(remark)


@dataclass(frozen=True)
class Sample:
    """The sample event in a database, its media by address, and its archives."""

    connection: Connection
    shape: Shape
    event_id: int
    media: Mapping[str, bytes]
    archives: Mapping[str, bytes]

    def row(self, table: str, row_id: int) -> Row:
        found = self.connection.execute(
            text(f"SELECT * FROM {table} WHERE id = :id"),  # noqa: S608
            {"id": row_id},
        )
        return dict(found.mappings().one())

    def count(self, table: str) -> int:
        living = "AND deleted_at IS NULL" if "deleted_at" in self.shape[table].columns else ""
        count = text(f"SELECT count(*) FROM {table} WHERE event_id = :id {living}")  # noqa: S608
        return int(self.connection.execute(count, {"id": self.event_id}).scalar_one())


@dataclass(frozen=True)
class Read:
    """An archive that was read for the sample's database."""

    archive: Archive
    rows: Mapping[str, list[SourceRow]]
    remarks: list[Remark]

    def content(self, file: MediaFile, kind: MediaKind) -> bytes:
        with self.archive.open_media(file, kind) as opened:
            return opened.read()


@pytest.fixture(scope="module")
def made(postgres: Server) -> Iterator[Sample]:
    shelf = Shelf()
    with new_database(postgres) as url, engine(url).connect() as connection:
        event = sample.load(connection, shelf.put, MEDIA)
        connection.commit()
        media = {f"{MEDIA}/{key}": stored.data for key, stored in shelf.objects.items()}
        media |= {f"/{key}": stored.data for key, stored in shelf.objects.items()}
        archives = {
            f"{dialect}/{privacy}": zipped(
                export(
                    database_at(url),
                    event.id,
                    Options(**ALL_MEDIA, dialect=dialect, privacy=privacy),
                    shelf,
                ).files
            )
            for dialect, privacy in (
                (Dialect.SERVER, Privacy.FULL),
                (Dialect.SERVER, Privacy.PUBLIC),
                (Dialect.WEBAPP, Privacy.FULL),
            )
        }
        archives["old server"] = old_archive(connection, event.id, media)
        shape = shape_of(read_schema(connection))
        yield Sample(connection, shape, event.id, media, archives)


def zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def read(made: Sample, name: str) -> Read:
    log = Log()
    archive = Archive(io.BytesIO(made.archives[name]), made.shape, log)
    rows = {table: list(archive.rows(table)) for table in archive.tables}
    return Read(archive, rows, log.remarks)


def of_database(value: object) -> object:
    """A value of the database, as reading gives it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date | str | int | float | None):
        return value
    return json.loads(json.dumps(value))


def assert_is(made: Sample, got: Read, row: SourceRow) -> None:
    """The row is the one of the database, column by column, and so are its media."""
    assert row.id is not None
    expected = made.row(row.table, row.id)
    del expected["id"]
    expected.pop("event_id", None)
    for column, media in row.media.items():
        address = expected.pop(column)
        if isinstance(media, MediaFile):
            place = TABLES[row.table].media[column]
            assert isinstance(place, Archived)
            assert got.content(media, place.kind) == made.media[address]
        else:
            assert media.url == address
    for column in TABLES[row.table].media:
        is_text = made.shape[row.table].columns[column].type is ColumnType.TEXT
        if is_text and expected.get(column) is None:
            expected.pop(column, None)
    assert row.values == {column: of_database(value) for column, value in expected.items()}


def said(got: Read, *but: str) -> set[tuple[RemarkKind, str, str, str | None]]:
    return {
        (remark.kind, remark.code, remark.place.file, remark.place.field)
        for remark in got.remarks
        if remark.code not in but
    }


def test_our_whole_archive_is_the_database(made: Sample) -> None:
    got = read(made, "server/full")

    assert got.archive.dialect == "open-event-serverless server/full"
    for row in [got.archive.event, *(row for rows in got.rows.values() for row in rows)]:
        if row.id is not None:
            assert_is(made, got, row)
    for table in ("sessions", "speaker", "tracks", "tickets", "faq", "sponsors", "social_links"):
        assert len(got.rows[table]) == made.count(table) > 0
    assert len(got.rows["speakers_sessions"]) == got.archive.rows_found["speakers_sessions"] > 20
    assert len(got.archive.proposed_invites) > 2


def test_our_archive_for_the_public_withholds_what_it_says(made: Sample) -> None:
    got = read(made, "server/public")

    assert got.archive.dialect == "open-event-serverless server/public"
    assert "speakers.email" in got.archive.withheld
    assert "roles" in got.archive.withheld
    assert {row.values["email"] for row in got.rows["speaker"]} == {None}
    assert got.archive.proposed_invites == []
    assert said(got, "withheld") == set()


def test_our_archive_for_generators_is_what_they_publish(made: Sample) -> None:
    got = read(made, "webapp/full")

    assert got.archive.dialect == "open-event-serverless webapp/full"
    published = {row.id: made.row("sessions", row.id or 0) for row in got.rows["sessions"]}
    assert len(published) > 20
    for row in got.rows["sessions"]:
        expected = published[row.id]
        assert row.values["title"] == expected["title"]
        assert row.values["starts_at"] == expected["starts_at"].astimezone(UTC)
        assert row.values["track_id"] == expected["track_id"]
        assert row.values["microlocation_id"] == expected["microlocation_id"]
        assert row.values["session_type_id"] == expected["session_type_id"]
    assert {row.id for row in got.rows["tracks"]} == {
        row.id for row in read(made, "server/full").rows["tracks"]
    }
    assert len(got.rows["speakers_sessions"]) > 20


def test_the_old_servers_archive_is_read_with_all_that_it_has(made: Sample) -> None:
    got = read(made, "old server")

    assert got.archive.dialect == "server"
    tables = ("microlocations", "sessions", "speaker", "sponsors", "tracks", "session_types")
    for table in (*tables, "custom_forms"):
        assert len(got.rows[table]) == made.count(table) > 0
    for row in [got.archive.event, *(row for rows in got.rows.values() for row in rows)]:
        assert_is(made, got, row)
    assert any(isinstance(row.media.get("photo_url"), MediaFile) for row in got.rows["speaker"])
    assert said(got) == {
        (RemarkKind.SKIPPED, "row-deleted", "sessions", None),
        (RemarkKind.SKIPPED, "row-deleted", "speakers", None),
        (RemarkKind.NOTICED, "links-missing", "speakers_sessions", None),
    }
