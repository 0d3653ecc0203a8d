"""Archives from the ZIP file to the new event: of every dialect, and made to do harm."""

import io
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from openevent.importing.reading.archive import Archive
from openevent.importing.reading.limits import DEFAULT, Limits
from openevent.importing.source import ArchiveRefused
from openevent.importing.writing.written import Written
from tests.factories import insert
from tests.integration.importing.conftest import Importing
from tests.unit.importing.archives import zipped
from tests.unit.importing.hostile import EVENT, LIMITS, MEDIA, NEUTRALIZED, PNG, REFUSED
from tests.unit.importing.test_any_archive import any_files
from tests.unit.importing.test_dialects import ALL


def write(
    importing: Importing, archive: bytes, limits: Limits = DEFAULT, *, dry_run: bool = False
) -> Written:
    source = Archive(io.BytesIO(archive), importing.shape(), importing.remarks, limits)
    order = importing.order(source)
    return importing.deps.write(importing.call(dry_run=dry_run), order)


@pytest.mark.parametrize("dialect", ALL)
def test_an_archive_of_any_dialect_becomes_an_event(importing: Importing, dialect: str) -> None:
    insert(importing.connection, "event_types", name="Conference", slug="conference")

    written = write(importing, zipped(ALL[dialect]()))

    (event,) = importing.query(
        "SELECT e.name, e.state, e.logo_url, t.name AS type FROM events e "
        "LEFT JOIN event_types t ON t.id = e.event_type_id"
    )
    assert (event["name"], event["state"]) == ("Lake Days", "draft")
    assert event["type"] == (
        "Conference" if dialect in ("kebab", "snake", "kebab and snake") else None
    )
    assert importing.query(
        "SELECT s.title, t.name AS track, m.name AS room, y.name AS type, p.name AS speaker "
        "FROM sessions s LEFT JOIN tracks t ON t.id = s.track_id "
        "LEFT JOIN microlocations m ON m.id = s.microlocation_id "
        "LEFT JOIN session_types y ON y.id = s.session_type_id "
        "LEFT JOIN speakers_sessions l ON l.session_id = s.id "
        "LEFT JOIN speaker p ON p.id = l.speaker_id ORDER BY s.title"
    ) == [
        {
            "title": "Boats",
            "track": "Water",
            "room": "Hall",
            "type": "Talk",
            "speaker": None if dialect == "server" else "Ada",
        },
        {"title": "Kites", "track": None, "room": None, "type": None, "speaker": None},
    ]
    (speaker,) = importing.rows("speaker", written)
    assert importing.media.get(speaker["photo_url"])["Body"] == PNG
    assert importing.media.get(event["logo_url"])["Body"] == PNG


def refusals(
    importing: Importing, archives: Sequence[Callable[[], bytes]], *, dry_run: bool = False
) -> list[str | None]:
    """The code that each archive is refused with; None if it becomes an event."""
    found: list[str | None] = []
    for make in archives:
        try:
            write(importing, make(), LIMITS, dry_run=dry_run)
        except ArchiveRefused as refused:
            found.append(refused.code)
        else:
            found.append(None)
    return found


def test_of_a_refused_archive_nothing_is_left(importing: Importing) -> None:
    before = importing.snapshot()

    codes = refusals(importing, [make for make, _ in REFUSED.values()])

    assert codes == [code for _, code in REFUSED.values()]
    assert importing.snapshot() == before
    assert importing.media.keys() == set()


def test_what_is_harmless_of_an_archive_can_be_written(importing: Importing) -> None:
    codes = refusals(importing, [make for make, _ in NEUTRALIZED.values()], dry_run=True)

    assert codes == [None] * len(NEUTRALIZED)


def test_media_that_is_not_what_it_should_be_is_not_placed(importing: Importing) -> None:
    codes = refusals(importing, [make for make, _ in MEDIA.values()])

    assert codes == [None] * len(MEDIA)
    assert importing.query("SELECT logo_url FROM events") == [{"logo_url": None}] * len(MEDIA)
    assert importing.media.keys() == set()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(any_files)
def test_any_content_is_refused_or_can_be_written(
    importing: Importing, files: dict[str, object]
) -> None:
    event = files.get("event")
    files["event"] = {**(event if isinstance(event, dict) else {}), **EVENT}
    archive = zipped({name: json.dumps(content) for name, content in files.items()})

    try:
        written = write(importing, archive, dry_run=True)
    except ArchiveRefused:
        return
    assert written.name == "Lake Days"
