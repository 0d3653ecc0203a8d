"""Archives for Open Event Server's own importer (D12)."""

import pytest
from sqlalchemy import Connection

from openevent.export.options import Options
from tests import factories
from tests.exports import Exported, Shelf, database_at, export
from tests.functions import Cloud

KEYS = {"track": "track_id", "microlocation": "microlocation_id", "session_type": "session_type_id"}

IMPORT = Options.model_validate({"for": "import"})


@pytest.fixture
def archives(connection: Connection, database_url: str) -> tuple[Exported, Exported]:
    """An event's archive for import, and the one of the contract."""
    event = factories.make_event(connection, name="Days")
    gone = factories.make_track(connection, event)
    factories.make_session(
        connection,
        event,
        track_id=factories.make_track(connection, event)["id"],
        microlocation_id=factories.make_microlocation(connection, event)["id"],
        session_type_id=factories.make_session_type(connection, event)["id"],
    )
    factories.make_session(connection, event, track_id=gone["id"])
    factories.delete_softly(connection, "tracks", gone)
    connection.commit()
    database = database_at(database_url)
    imported, plain = (
        export(database, int(event["id"]), options, Shelf()) for options in (IMPORT, Options())
    )
    return imported, plain


def test_references_are_objects_as_well(archives: tuple[Exported, Exported]) -> None:
    """The importer set track, room and type of a session to null without these keys."""
    full, bare = archives[0].document("sessions")
    for key, column in KEYS.items():
        assert full[key] == {"id": full[column]}
        assert full[column] is not None
        assert bare[key] is None
        assert bare[column] is None


def test_the_identifier_is_in_the_manifest_alone(archives: tuple[Exported, Exported]) -> None:
    """A second import of an archive failed, because identifiers are unique."""
    imported, plain = archives
    assert "identifier" not in imported.document("event")
    manifest = imported.document("manifest.json")
    assert manifest["event"]["identifier"] == plain.document("event")["identifier"]
    assert manifest["options"]["for"] == "import"


def test_everything_else_is_as_in_the_contract(archives: tuple[Exported, Exported]) -> None:
    imported, plain = archives
    assert list(imported.files) == list(plain.files)
    # The last three have the sizes of the data files.
    differing = {"event", "sessions", "manifest.json", "index.html", "README.txt"}
    for name in plain.files.keys() - differing:
        assert imported.files[name] == plain.files[name]
    events = [archive.document("event") for archive in archives]
    assert list(events[0]) == [key for key in events[1] if key != "identifier"]
    keys = [list(archive.document("sessions")[0]) for archive in archives]
    assert [key for key in keys[0] if key not in KEYS] == keys[1]


def test_options_come_as_for(cloud: Cloud, connection: Connection) -> None:
    owner = factories.make_user(connection, "owner@example.com")
    event = factories.make_event(connection, owner)
    connection.commit()
    path = f"/v1/events/{event['id']}/export/json"
    started = cloud.call("POST", path, user=owner, body={"for": "import"})
    assert started.status == 200
    job = cloud.job(started.json["task_url"].split("/")[3])
    assert job.options == IMPORT
    for body in (
        {"for": "import", "dialect": "webapp"},
        {"for": "reading"},
        {"purpose": "import"},
    ):
        assert cloud.call("POST", path, user=owner, body=body).status == 422
