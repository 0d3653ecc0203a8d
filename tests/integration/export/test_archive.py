"""Contents of an archive, compared with an independent, plain reading of the tables."""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.catalogue import files as contents
from openevent.catalogue.files import DataFile
from openevent.programme.formats import FORMATS
from tests.counting import statements
from tests.database import Server, engine, new_database
from tests.factories import (
    delete_softly,
    make_event,
    make_full_event,
    make_session,
    make_speaker,
    make_track,
)
from tests.functions import MEDIA_ROOT, Cloud, running_cloud

Row = dict[str, Any]

DATA_FILES = {file.name: file for file in contents.FILES}
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?")


def as_json(value: object) -> object:
    """A value as the driver gives it, as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def plain(connection: Connection, file: DataFile, event_id: int) -> list[Row]:
    """The rows of an event's table, read plainly."""
    where = f"{file.event_column} = :event" if file.event_column else "true"
    order = "id" if file.event_column else "1, 2"
    query = text(f'SELECT * FROM "{file.table}" WHERE {where} ORDER BY {order}')  # noqa: S608
    connection.rollback()
    connection.execute(text("SET TIME ZONE 'UTC'"))
    found = connection.execute(query, {"event": event_id} if file.event_column else {})
    return [{key: as_json(value) for key, value in row.items()} for row in found.mappings()]


def data(archive: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(archive.read(name))


def in_python_s_form(content: str) -> bool:
    return json.dumps(json.loads(content), indent=4, ensure_ascii=False) == content


def start(cloud: Cloud, owner: Row, event: Row, **flags: bool) -> zipfile.ZipFile:
    return cloud.export(owner, event["id"], **flags)


@pytest.mark.parametrize("rows", [1, 3])
def test_every_file_is_what_a_plain_reading_of_its_table_gives(
    cloud: Cloud, connection: Connection, rows: int
) -> None:
    full = make_full_event(connection, rows)
    make_full_event(connection, 2)  # another event, of which nothing may be in the archive
    connection.commit()
    archive = start(cloud, full.owner, full.event)
    for name, file in DATA_FILES.items():
        content = archive.read(name).decode()
        found = [json.loads(content)] if file.single else json.loads(content)
        expected = plain(connection, file, full.event["id"])
        if not file.event_column:
            parents = {parent.column: parent.table for parent in file.parents}
            ids = {column: {r["id"] for r in full.rows[t]} for column, t in parents.items()}
            expected = [row for row in expected if all(row[c] in ids[c] for c in ids)]
        if name == "tracks":
            assert all(row.pop("font_color") in {"#000000", "#ffffff"} for row in found)
        assert found == expected, name
        assert len(found) == (1 if file.single else rows), name
        assert in_python_s_form(content), name


def test_the_contract_s_files_and_what_comes_beside_them(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner)
    connection.commit()
    names = start(cloud, owner, event).namelist()
    assert names[0] == "event"
    assert names[-1] == "manifest.json"
    schedules = [written.name for written in FORMATS.values()]
    assert schedules == ["schedule.ics", "schedule.xcs", "schedule.xml", "schedule.json"]
    pages = ["index.html", "README.txt"]
    tables = [name for name in names if name.startswith("tables/")]
    assert sorted(names) == sorted(
        [*DATA_FILES, "roles", "meta", "manifest.json", *schedules, *pages, *tables]
    )
    assert tables == [
        *("tables/sessions.csv", "tables/speakers.csv", "tables/sponsors.csv", "tables/tracks.csv"),
        *("tables/rooms.csv", "tables/session_types.csv", "tables/tickets.csv", "tables/faqs.csv"),
        *("tables/team.csv", f"tables/event{event['id']}.xlsx", "tables/datapackage.json"),
    ]


def test_an_archive_without_tables(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.commit()
    with_tables = start(cloud, owner, event).namelist()
    without = start(cloud, owner, event, tables=False).namelist()
    assert without == [name for name in with_tables if not name.startswith("tables/")]


def test_an_archive_without_schedules(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.commit()
    with_schedules = start(cloud, owner, event).namelist()
    without = start(cloud, owner, event, schedules=False).namelist()
    schedules = {written.name for written in FORMATS.values()}
    assert without == [name for name in with_schedules if name not in schedules]


def test_an_archive_without_pages(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.commit()
    with_pages = start(cloud, owner, event).namelist()
    without = start(cloud, owner, event, pages=False).namelist()
    assert without == [name for name in with_pages if name not in {"index.html", "README.txt"}]


def test_an_event_without_anything(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner, name="Nothing yet")
    connection.commit()
    archive = start(cloud, owner, event, image=True, video=True, document=True, audio=True)
    assert data(archive, "event")["name"] == "Nothing yet"
    for name, file in DATA_FILES.items():
        if not file.single:
            assert archive.read(name) == b"[]", name
    assert data(archive, "roles") == [{"email": "owner@example.com", "role": "owner"}]
    assert archive.read("meta") == b'{\n    "root_url": "%s/"\n}' % MEDIA_ROOT.encode()


@pytest.mark.parametrize("file", contents.CONTRACT_FILES, ids=lambda file: file.name)
def test_keys_come_in_the_contract_s_order(full: zipfile.ZipFile, file: DataFile) -> None:
    found = data(full, file.name)
    for row in [found] if file.single else found:
        keys = list(row)
        assert keys[: len(file.first)] == list(file.first)
        assert keys[len(file.first) :] == sorted(keys[len(file.first) :])


@pytest.fixture(scope="module")
def full(postgres: Server) -> zipfile.ZipFile:
    """The archive of an event that has everything."""
    with new_database(postgres) as url, pytest.MonkeyPatch.context() as patch:
        with engine(url).connect() as connection:
            event = make_full_event(connection)
            connection.commit()
        with running_cloud(url, patch) as cloud:
            return start(cloud, event.owner, event.event)


def test_export_defect_9_every_date_is_iso_8601(full: zipfile.ZipFile) -> None:
    """Five date fields were ISO 8601, the others `2026-11-21 17:20:22.984160+00:00`."""
    dates = 0
    for file in contents.FILES:
        found = data(full, file.name)
        for row in [found] if file.single else found:
            for key, value in row.items():
                if key.endswith(("_at", "_on", "_till")) and isinstance(value, str):
                    assert ISO_8601.fullmatch(value), (file.name, key, value)
                    assert datetime.fromisoformat(value).tzinfo is not None or key == "created_at"
                    dates += 1
    assert dates >= 20


def test_export_defect_8_what_the_nine_files_skip_is_there(full: zipfile.ZipFile) -> None:
    """The speakers of a session were lost; tickets, FAQs and more were not there at all."""
    assert [sorted(row) for row in data(full, "speakers_sessions")] == [
        ["session_id", "speaker_id"]
    ]
    for name in ("tickets", "social_links", "speakers_calls", "faqs", "copyrights", "taxes"):
        assert len(data(full, name)) == 1, name


def test_export_defect_7_soft_deleted_rows_stay_out(cloud: Cloud, connection: Connection) -> None:
    """Soft-deleted rows (`deleted_at` set) were exported."""
    full = make_full_event(connection, 2)
    deleted = [
        table
        for table, rows in full.rows.items()
        if "deleted_at" in rows[0] and table in {file.table for file in contents.FILES}
    ]
    for table in deleted:
        delete_softly(connection, table, full.rows[table][0])
    for row in full.rows["badge_field_forms"][:1]:
        query = text("UPDATE badge_field_forms SET is_deleted = true WHERE id = :id")
        connection.execute(query, {"id": row["id"]})
    connection.commit()
    archive = start(cloud, full.owner, full.event)
    files = {file.table: name for name, file in DATA_FILES.items()}
    assert len(deleted) > 10
    for table in [*deleted, "badge_field_forms"]:
        found = [row["id"] for row in data(archive, files[table])]
        assert found == [full.rows[table][1]["id"]], table
    # Nor is there anything left of what belonged to them.
    assert [row["session_id"] for row in data(archive, "speakers_sessions")] == [
        full.rows["sessions"][1]["id"]
    ]


def test_numbers_that_json_does_not_have(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    query = text("UPDATE events SET latitude = 'NaN', longitude = '-Infinity' WHERE id = :id")
    connection.execute(query, {"id": event["id"]})
    connection.commit()

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    content = start(cloud, owner, event).read("event").decode()
    assert json.loads(content, parse_constant=refuse)["id"] == event["id"]


def test_export_defect_6_a_color_in_no_known_form(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    """A track whose color is not `#rrggbb` or `rgba(…)` failed the export."""
    event = make_event(connection, owner)
    for color in ("#000000", "rgba(255,255,255,1)", "reddish", ""):
        make_track(connection, event, color=color)
    connection.commit()
    tracks = data(start(cloud, owner, event), "tracks")
    assert [(row["color"], row["font_color"]) for row in tracks] == [
        ("#000000", "#ffffff"),
        ("rgba(255,255,255,1)", "#000000"),
        ("reddish", "#000000"),
        ("", "#000000"),
    ]


# Databases of other versions


def test_unknown_columns_are_exported(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    make_session(connection, event)
    names = ["mood", "zz top", "Größe", 'q"uote', "per%cent", "co:lon", "a\\b", "{x}", "%s", "it's"]
    for name in names:
        quoted = name.replace('"', '""')
        connection.connection.cursor().execute(
            f"ALTER TABLE sessions ADD COLUMN \"{quoted}\" varchar DEFAULT 'here'"
        )
    connection.execute(text("ALTER TABLE sessions ADD COLUMN area point DEFAULT '(1,2)'"))
    connection.execute(text("ALTER TABLE sessions ADD COLUMN bytes bytea DEFAULT 'x'"))
    connection.execute(text("ALTER TABLE sessions ADD COLUMN span int4range DEFAULT '[1,2)'"))
    connection.commit()
    archive = start(cloud, owner, event)
    (session,) = data(archive, "sessions")
    assert {name: session[name] for name in names} == dict.fromkeys(names, "here")
    assert session["area"] == "(1,2)"
    assert session["span"] == "[1,2)"
    assert list(session)[14:] == sorted(list(session)[14:])
    assert data(archive, "manifest.json")["warnings"] == []


def test_unknown_tables_are_named(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.execute(text("CREATE TABLE snacks (id int, event_id int REFERENCES events)"))
    connection.execute(text("CREATE TABLE loose (event_id int)"))
    connection.execute(text("CREATE TABLE moods (session_id int REFERENCES sessions)"))
    connection.execute(text("CREATE TABLE weather (id int)"))
    connection.commit()
    assert data(start(cloud, owner, event), "manifest.json")["warnings"] == [
        {"code": "table-unknown", "table": "loose"},
        {"code": "table-unknown", "table": "moods"},
        {"code": "table-unknown", "table": "snacks"},
    ]


def test_columns_and_tables_that_are_not_there(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner)
    make_session(connection, event, make_speaker(connection, event))
    for statement in (
        "ALTER TABLE sessions DROP COLUMN video_url, DROP COLUMN deleted_at",
        "ALTER TABLE speaker DROP COLUMN name",
        "ALTER TABLE tracks DROP COLUMN color",
        "ALTER TABLE microlocations DROP COLUMN event_id",
        "DROP TABLE faq, tax CASCADE",
    ):
        connection.execute(text(statement))
    connection.commit()
    archive = start(cloud, owner, event, image=True, video=True)
    assert data(archive, "manifest.json")["warnings"] == [
        {"code": "column-missing", "table": "sessions", "column": "video_url"},
        {"code": "column-missing", "table": "speaker", "column": "name"},
        {"code": "column-missing", "table": "tracks", "column": "color"},
        {"code": "column-missing", "table": "tracks", "column": "font_color"},
        {"code": "table-missing", "table": "faq"},
        {"code": "table-missing", "table": "tax"},
    ]
    assert len(data(archive, "sessions")) == len(data(archive, "speakers")) == 1
    assert data(archive, "faqs") == data(archive, "microlocations") == []


def test_a_database_without_groups(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.execute(text("ALTER TABLE events DROP COLUMN group_id"))
    connection.execute(text("DROP TABLE users_groups_roles, groups CASCADE"))
    connection.execute(text("ALTER TABLE users DROP COLUMN is_blocked"))
    connection.commit()
    start(cloud, owner, event)


def test_a_database_without_foreign_keys(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    found = connection.execute(
        text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'")
    ).all()
    for table, name in found:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    connection.commit()
    archive = start(cloud, owner, event)
    assert data(archive, "roles") == [{"email": "owner@example.com", "role": "owner"}]


# The manifest


def test_the_manifest_names_each_file(cloud: Cloud, connection: Connection) -> None:
    full = make_full_event(connection, 2)
    connection.commit()
    task_id = cloud.start(full.owner, full.event["id"], image=False)
    assert cloud.work(task_id)
    archive, job = cloud.archive(task_id), cloud.job(task_id)
    manifest = data(archive, "manifest.json")
    assert manifest["format_version"] == 1
    assert (manifest["task_id"], manifest["created_at"]) == (task_id, job.created_at)
    assert manifest["requested_by"] == full.owner["_email"]
    assert manifest["event"] == {key: full.event[key] for key in ("id", "identifier", "name")}
    assert {
        name: manifest["options"][name] for name in ("image", "video", "document", "audio")
    } == (dict.fromkeys(("image", "video", "document", "audio"), False))
    assert [file["path"] for file in manifest["files"]] == archive.namelist()[:-1]
    for file in manifest["files"]:
        content = archive.read(file["path"])
        assert file["size"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        if file["path"].endswith(".csv"):
            assert file["rows"] == len(list(csv.reader(io.StringIO(content.decode())))) - 1
            continue
        is_array = content.startswith(b"[")
        assert file.get("rows") == (len(json.loads(content)) if is_array else None)


def test_what_the_job_says_of_the_archive(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    connection.commit()
    task_id = cloud.start(owner, event["id"])
    assert cloud.work(task_id)
    record = cloud.job(task_id).archive
    assert record is not None
    content = cloud.archive(task_id).fp
    assert content is not None
    content.seek(0)
    body = content.read()
    assert (record.size, record.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert record.files == len(cloud.archive(task_id).namelist())


def counts(cloud: Cloud, connection: Connection, rows: int) -> int:
    full = make_full_event(connection, rows)
    connection.commit()
    task_id = cloud.start(full.owner, full.event["id"])
    with statements() as seen:
        assert cloud.work(task_id)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_rows(
    cloud: Cloud, connection: Connection
) -> None:
    counts(cloud, connection, 1)
    assert counts(cloud, connection, 1) == counts(cloud, connection, 50)
