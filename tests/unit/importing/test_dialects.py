"""One small event, the same in every dialect, and what its archives say of themselves."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from openevent.catalogue.table import MediaKind
from openevent.export.dialects import webapp_pictures
from openevent.export.dialects.webapp import PLACEHOLDER_ROOM_NAME, PLACEHOLDER_TRACK_NAME
from openevent.export.dialects.webapp_programme import PLACEHOLDER_ROOM, PLACEHOLDER_TRACK
from openevent.importing.reading import stand_ins
from openevent.importing.source import MediaAddress, MediaFile, ProposedInvite, RemarkKind
from tests.unit.importing import dialects
from tests.unit.importing.archives import Said, read, zipped
from tests.unit.importing.hostile import PNG

ALL: dict[str, Callable[[], dialects.Files]] = {
    "server": dialects.server,
    "open-event-serverless server/full": dialects.ours,
    "open-event-serverless webapp/public": dialects.webapp,
    "kebab": dialects.kebab,
    "snake": dialects.snake,
    "kebab and snake": dialects.mixed,
}

# Remarks that the oddities of a dialect itself lead to.
ODDITIES: dict[str, set[Said]] = {
    "server": {
        ("links-missing", "speakers_sessions", None, None),
    },
    "open-event-serverless server/full": {
        ("withheld", "event", None, "paypal_email"),
        ("withheld", "discount_codes", None, None),
    },
    "open-event-serverless webapp/public": {
        ("stand-in-removed", "event", 7, "ticket_url"),
        ("stand-in-removed", "tracks", 0, None),
        ("stand-in-removed", "microlocations", 0, None),
        ("stand-in-removed", "sessions", 12, "track_id"),
        ("stand-in-removed", "sessions", 12, "microlocation_id"),
        ("stand-in-removed", "sponsors", 8, "logo_url"),
        ("number-expected", "sponsors", 8, "level"),
    },
    "kebab": {("number-expected", "sponsors", 8, "level")},
    "snake": {("number-expected", "sponsors", 8, "level")},
    "kebab and snake": {("number-expected", "sponsors", 8, "level")},
}


@pytest.mark.parametrize("dialect", ALL)
def test_the_same_event_is_read(dialect: str) -> None:
    made = read(zipped(ALL[dialect]()))

    assert made.archive.dialect == dialect
    event = made.event.values
    assert made.event.id == 7
    assert (event["name"], event["timezone"]) == ("Lake Days", "Asia/Kathmandu")
    assert event["starts_at"] == datetime(2027, 4, 16, 3, 15, tzinfo=UTC)
    assert event["ends_at"] == datetime(2027, 4, 18, 12, 15, tzinfo=UTC)
    assert (event["latitude"], event["owner_name"]) == (28.2, "The Society")
    assert made.event.media == {"logo_url": MediaFile("images/logo.png")}
    assert made.values("sessions", "id", "title", "track_id", "microlocation_id") == [
        (11, "Boats", 2, 3),
        (12, "Kites", None, None),
    ]
    boats = made.rows["sessions"][0]
    assert boats.values["starts_at"] == datetime(2027, 4, 16, 4, 15, tzinfo=UTC)
    assert boats.values["ends_at"] == datetime(2027, 4, 16, 5, 0, tzinfo=UTC)
    assert (boats.values["session_type_id"], boats.values["state"]) == (4, "accepted")
    assert boats.media == {"video_url": MediaAddress("https://video.example/boats")}
    assert made.values("speaker", "id", "name", "is_featured") == [(5, "Ada", True)]
    assert made.rows["speaker"][0].media == {"photo_url": MediaFile("images/speakers/Ada_5.png")}
    assert made.values("tracks", "id", "name", "color") == [(2, "Water", "#123456")]
    assert made.values("microlocations", "id", "name", "floor") == [(3, "Hall", 1)]
    assert made.values("session_types", "id", "name") == [(4, "Talk")]
    assert made.values("sponsors", "id", "name", "level", "type") == [(8, "Kettle", 1, "Gold")]


@pytest.mark.parametrize("dialect", ALL)
def test_its_oddities_are_reported_and_nothing_else(dialect: str) -> None:
    made = read(zipped(ALL[dialect]()))

    assert set(made.said()) == ODDITIES[dialect]
    assert len(made.said()) == len(ODDITIES[dialect])


@pytest.mark.parametrize("dialect", [name for name in ALL if name != "server"])
def test_speakers_and_sessions_are_linked(dialect: str) -> None:
    made = read(zipped(ALL[dialect]()))

    assert made.values("speakers_sessions", "speaker_id", "session_id") == [(5, 11)]


@pytest.mark.parametrize("dialect", [name for name in ALL if name != "server"])
def test_social_links_are_read(dialect: str) -> None:
    made = read(zipped(ALL[dialect]()))

    assert made.values("social_links", "id", "name", "link") == [
        (6, "Website", "https://lake.example")
    ]


@pytest.mark.parametrize("dialect", ["kebab", "snake", "kebab and snake"])
def test_what_old_archives_have_inside_the_event(dialect: str) -> None:
    made = read(zipped(ALL[dialect]()))

    assert made.event.names == {
        "event_type_id": "Conference",
        "event_topic_id": "Science & Technology",
    }
    assert made.values("event_copyrights", "holder", "licence", "year") == [
        ("The Society", "CC BY", 2027)
    ]
    assert made.values("speakers_calls", "announcement", "starts_at", "ends_at", "privacy") == [
        (
            "Speak!",
            datetime(2026, 9, 30, 18, 15, tzinfo=UTC),
            datetime(2026, 11, 30, 18, 15, tzinfo=UTC),
            "public",
        )
    ]


def test_empty_text_is_null_where_the_dialect_writes_it_for_null() -> None:
    assert read(zipped(dialects.server())).event.values["description"] == ""
    assert read(zipped(dialects.kebab())).event.values["description"] is None
    assert read(zipped(dialects.kebab())).rows["speaker"][0].values["email"] is None


def test_a_list_of_slides_is_no_address_of_slides() -> None:
    listed = read(zipped(dialects.server())).rows["sessions"][0]

    assert listed.values["slides"] == [{"name": "Deck", "link": "https://slides.example/a"}]
    assert "slides_url" not in listed.media


def test_an_address_of_slides_is_no_list() -> None:
    files = dialects.snake()
    files["sessions"] = [{"id": 1, "title": "A", "slides": "https://slides.example/a"}]

    (row,) = read(zipped(files)).rows["sessions"]

    assert row.media == {"slides_url": MediaAddress("https://slides.example/a")}
    assert "slides" not in row.values


@pytest.mark.parametrize("make", [dialects.ours, dialects.webapp])
@pytest.mark.parametrize("privacy", ["full", "team", "public"])
def test_our_dialects_name_their_readers(
    make: Callable[[str], dialects.Files], privacy: str
) -> None:
    assert read(zipped(make(privacy))).archive.dialect.endswith(f"/{privacy}")


def test_without_its_manifest_an_archive_is_recognized_by_its_keys() -> None:
    ours, webapp = dialects.ours(), dialects.webapp()
    del ours["manifest.json"], webapp["manifest.json"]

    assert read(zipped(ours)).archive.dialect == "server"
    assert read(zipped(webapp)).archive.dialect == "webapp"


def test_a_manifest_of_another_program_is_not_ours() -> None:
    made = read(zipped({**dialects.kebab(), "manifest.json": {"name": "Web app"}}))

    assert made.archive.dialect == "kebab"


def test_the_team_is_proposed_and_what_was_withheld_is_named() -> None:
    archive = read(zipped(dialects.ours())).archive

    assert archive.proposed_invites == [ProposedInvite("ada@people.example", "organizer")]
    assert archive.withheld == ("event.paypal_email", "discount_codes")


def test_media_is_opened_by_its_content() -> None:
    archive = read(zipped(dialects.server())).archive

    with archive.open_media(MediaFile("images/logo.png"), MediaKind.IMAGE) as logo:
        assert (logo.extension, logo.content_type, logo.size) == ("png", "image/png", len(PNG))
        assert logo.read(3) + logo.read(1) + logo.read() + logo.read() == PNG


def test_all_rows_are_counted() -> None:
    made = read(zipped(dialects.webapp()))

    assert made.archive.rows_found == {
        "event": 1,
        "sessions": 2,
        "speakers": 1,
        "tracks": 2,
        "microlocations": 2,
        "session_types": 1,
        "sponsors": 1,
        "forms": 1,
        "social_links": 1,
        "speakers_sessions": 1,
    } | {"roles": 0}
    assert made.said(RemarkKind.NOTICED) == []


def test_our_archive_for_the_servers_importer() -> None:
    files = dialects.ours()
    for row in files["sessions"]:  # type: ignore[attr-defined]
        row |= {"track": {"id": row["track_id"]} if row["track_id"] else None}

    made = read(zipped(files))

    assert made.values("sessions", "id", "track_id") == [(11, 2), (12, None)]
    assert set(made.said()) == ODDITIES["open-event-serverless server/full"]


def test_placeholders_are_recognized_without_a_manifest() -> None:
    files = dialects.kebab()
    files["tracks"] = [{"id": 0, "name": "General"}, {"id": 2, "name": "Water"}]
    files["microlocations"] = [{"id": 0, "name": "Ground floor"}, {"id": 3, "name": "Hall"}]

    made = read(zipped(files))

    assert made.values("tracks", "id", "name") == [(2, "Water")]
    assert made.values("microlocations", "id") == [(0,), (3,)]


def test_a_picture_in_place_of_its_address() -> None:
    files = dialects.webapp()
    files["event"] = {
        **files["event"],  # type: ignore[dict-item]
        "copyright": {"id": 1, "licence": "CC BY", "logo": webapp_pictures.TRANSPARENT},
    }

    made = read(zipped(files))

    assert made.values("event_copyrights", "licence", "logo") == [("CC BY", None)]
    assert ("stand-in-removed", "copyrights", 1, "logo") in made.said()


def test_the_placeholders_are_those_of_exports() -> None:
    assert set(webapp_pictures.PICTURES) == stand_ins._PICTURES
    names = {"tracks": PLACEHOLDER_TRACK_NAME, "microlocations": PLACEHOLDER_ROOM_NAME}
    assert names == stand_ins._NAMES
    assert PLACEHOLDER_TRACK == PLACEHOLDER_ROOM == stand_ins.ID
