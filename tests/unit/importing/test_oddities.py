"""Every oddity that was seen in archives is understood, repaired and reported."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from openevent.catalogue.shape import Column, ColumnType, LiveTable
from openevent.importing.source import MediaAddress, MediaFile, RemarkKind
from tests.unit.importing import dialects
from tests.unit.importing.archives import Json, Read, as_bytes, read, shape, zipped
from tests.unit.importing.hostile import EVENT, PNG

REPAIRED, SKIPPED = RemarkKind.REPAIRED, RemarkKind.SKIPPED
DROPPED = RemarkKind.REFERENCE_DROPPED


def with_rows(**files: object) -> Read:
    """An archive of the server's with these files."""
    return read(zipped({"event": EVENT, **files}))


def with_event(**values: object) -> Read:
    return read(zipped({"event": {**EVENT, **values}}))


@pytest.mark.parametrize(
    "write",
    [
        lambda content: b"\xef\xbb\xbf" + as_bytes(content),
        lambda content: as_bytes(content).replace(b"\n", b"\r\n"),
        lambda content: json.dumps(content, indent="\t").encode(),
        lambda content: b" \n\t" + as_bytes(content) + b"\r\n ",
        lambda content: json.dumps(content).replace("Boats", "Bo\tats").encode(),
    ],
    ids=["byte-order-mark", "crlf", "tabs", "blanks-around", "tab-in-a-text"],
)
def test_json_is_read_however_it_is_written(write: Callable[[object], bytes]) -> None:
    files = {
        name: write(content) if isinstance(content, list | dict) else content
        for name, content in dialects.kebab().items()
    }

    made = read(zipped(files))

    titles = [str(row.values["title"]).replace("\t", "") for row in made.rows["sessions"]]
    assert titles == ["Boats", "Kites"]
    assert made.archive.dialect == "kebab"


def test_a_row_that_is_longer_than_what_is_read_at_once() -> None:
    titles = ["".join(f"é{number**row}" for number in range(20_000)) for row in range(1, 6)]
    sessions = [{"id": number, "title": title} for number, title in enumerate(titles)]

    made = with_rows(sessions=sessions)

    assert made.values("sessions", "id", "title") == list(enumerate(titles))


def test_files_in_a_folder() -> None:
    made = read(zipped(dialects.server(), folder="FOSSASIA 2027/"))

    assert made.values("sessions", "title") == [("Boats",), ("Kites",)]
    assert made.event.media == {"logo_url": MediaFile("images/logo.png")}
    assert ("in-a-folder", "FOSSASIA 2027/", None, None) in made.said()


def test_files_of_other_programs_are_ignored() -> None:
    files = {f"a/{name}": content for name, content in dialects.server().items()}
    made = read(zipped({**files, "__MACOSX/a/._event": b"", "a/.DS_Store": b""}))

    assert set(made.said()) == {
        ("in-a-folder", "a/", None, None),
        ("links-missing", "speakers_sessions", None, None),
    }


def test_missing_files_are_named() -> None:
    made = with_rows(sessions=[], speakers=[], tracks=[], microlocations=[], sponsors=[])

    missing = [r.place.file for r in made.log.remarks if r.code == "file-missing"]
    assert missing == ["session_types", "forms"]


def test_a_list_that_is_null() -> None:
    made = with_rows(tracks=None)

    assert made.rows["tracks"] == []
    assert made.said() == []


def test_a_damaged_list_is_read_as_far_as_it_can_be() -> None:
    made = with_rows(session_types=b'[{"id": 1, "name": "Talk", "length": "00:30"}, {"id" 2}]')

    assert made.values("session_types", "id", "name") == [(1, "Talk")]
    assert made.said(SKIPPED) == [("json-invalid", "session_types", None, None)]


def test_rooms_among_the_types_of_sessions() -> None:
    made = with_rows(
        session_types=[{"id": 1, "name": "Hall", "floor": 2}],
        sessions=[
            {"id": 2, "title": "A", "session_type": {"id": 4, "name": "Talk"}},
            {"id": 3, "title": "B", "session_type": {"id": 1}},
        ],
    )

    assert made.values("session_types", "id", "name") == [(4, "Talk")]
    assert made.values("sessions", "session_type_id") == [(4,), (None,)]
    assert made.said(SKIPPED) == [("row-of-another-table", "session_types", 1, None)]
    assert made.said(DROPPED) == [("reference-dropped", "sessions", 3, "session_type_id")]


def test_rows_that_sessions_alone_name() -> None:
    sessions = [
        {
            "id": 2,
            "title": "A",
            "track": {"id": 5, "name": "Water"},
            "session-type": {"id": "4", "name": "Talk"},
            "microlocation": {"id": 0, "name": "Room to be announced"},
        },
        {"id": 3, "title": "B", "track": {"id": 6, "name": "Wind"}, "session-type": {"id": 4}},
        {"id": 4, "title": "C", "track": {"id": 6, "name": "Air"}, "session-type": {"name": "?"}},
        {"id": 5, "title": "D", "track": {"id": -1, "name": "x"}, "session-type": 9},
    ]

    made = with_rows(sessions=sessions, tracks=[{"id": 5, "name": "Lake", "color": "#123456"}])

    assert made.values("session_types", "id", "name") == [(4, "Talk")]
    assert made.values("tracks", "id", "name") == [(5, "Lake"), (6, "Wind")]
    assert made.rows["microlocations"] == []
    assert made.values("sessions", "id", "track_id", "session_type_id") == [
        (2, 5, 4),
        (3, 6, 4),
        (4, 6, None),
        (5, None, None),
    ]
    assert made.said(REPAIRED) == [
        ("row-from-sessions", "tracks", 6, None),
        ("row-from-sessions", "session_types", 4, None),
    ]
    assert made.said(DROPPED) == [
        ("reference-dropped", "sessions", 2, "microlocation_id"),
        ("reference-dropped", "sessions", 4, "session_type_id"),
        ("reference-dropped", "sessions", 5, "track_id"),
        ("reference-dropped", "sessions", 5, "session_type_id"),
    ]
    assert made.archive.rows_found["session_types"] == 1


def test_ids_that_are_texts() -> None:
    made = with_rows(
        session_types=[{"id": "1", "name": "Talk", "length": "00:30"}],
        sessions=[{"id": 2, "title": "A", "session-type": {"id": "1"}}],
    )

    assert made.values("session_types", "id") == [(1,)]
    assert made.values("sessions", "session_type_id") == [(1,)]
    assert made.said(REPAIRED) == [("number-expected", "session_types", 1, "id")]


def test_a_name_for_a_title() -> None:
    made = with_rows(sessions=[{"id": 1, "name": "A"}, {"id": 2, "name": "B", "title": "C"}])

    assert made.values("sessions", "id", "title") == [(1, "A"), (2, "C")]
    assert ("key-renamed", "sessions", 1, "title") in made.said(REPAIRED)
    assert ("keys-disagree", "sessions", 2, "title") in made.said(REPAIRED)


def test_the_same_row_twice_is_read_once() -> None:
    made = with_rows(speakers=[{"id": 1, "name": "Ada"}, {"id": 1, "name": "Ada"}])

    assert made.values("speaker", "id", "name") == [(1, "Ada")]
    assert made.said(SKIPPED) == [("row-repeated", "speakers", 1, None)]
    assert made.archive.rows_found["speakers"] == 2


def test_two_rows_with_one_id_are_both_read() -> None:
    made = with_rows(
        sessions=[
            {"id": 1, "title": "A", "speakers": [{"id": 5}]},
            {"id": 1, "title": "B", "speakers": [{"id": 6}]},
        ],
        speakers=[{"id": 5, "name": "Ada"}, {"id": 6, "name": "Bo"}],
    )

    assert made.values("sessions", "id", "title") == [(1, "A"), (-1, "B")]
    assert made.values("speakers_sessions", "session_id", "speaker_id") == [(1, 5), (-1, 6)]
    assert made.said(REPAIRED) == [("id-repeated", "sessions", 1, "id")]
    assert made.rows["sessions"][1].place("title").id is None


def test_rows_without_an_id() -> None:
    made = with_rows(
        sessions=[{"title": "A", "speakers": [5]}, {"title": "B"}],
        speakers=[{"id": 5, "name": "Ada"}],
    )

    assert made.values("sessions", "id", "title") == [(-1, "A"), (-2, "B")]
    assert made.values("speakers_sessions", "session_id", "speaker_id") == [(-1, 5)]
    assert made.said() == []


def test_references_to_nothing() -> None:
    made = with_rows(
        sessions=[{"id": 1, "title": "A", "microlocation": {"id": 9}}],
        speakers=[],
        faqs=[{"id": 3, "question": "?", "answer": "!", "faq_type_id": 4}],
        form_options=[{"id": 5, "custom_form_id": 6, "value": "L"}],
    )

    assert made.values("sessions", "microlocation_id") == [(None,)]
    assert made.values("faq", "id", "faq_type_id") == [(3, None)]
    assert made.rows["custom_form_options"] == []
    assert made.said(DROPPED) == [
        ("reference-dropped", "sessions", 1, "microlocation_id"),
        ("reference-dropped", "faqs", 3, "faq_type_id"),
    ]
    assert made.said(SKIPPED) == [("row-of-missing-row", "form_options", 5, "custom_form_id")]


def test_a_link_at_one_side_and_a_link_to_nothing() -> None:
    made = with_rows(
        sessions=[
            {"id": 1, "title": "A", "speakers": [{"id": 5}, {"id": 99}]},
            {"id": 2, "title": "B", "speakers": []},
        ],
        speakers=[
            {"id": 5, "name": "Ada", "sessions": [{"id": 1}, {"id": 2}]},
            {"id": 6, "name": "Bo", "sessions": [{"id": 98}, {"name": "B"}]},
        ],
    )

    assert made.values("speakers_sessions", "session_id", "speaker_id") == [(1, 5), (2, 5)]
    assert made.said(REPAIRED) == [("link-on-one-side", "speakers_sessions", None, None)]
    assert made.said(DROPPED) == [
        ("reference-dropped", "speakers", 6, "sessions"),
        ("reference-dropped", "speakers_sessions", None, "speaker_id"),
        ("reference-dropped", "speakers_sessions", None, "session_id"),
    ]


def test_links_in_a_file_and_in_rows() -> None:
    made = with_rows(
        sessions=[{"id": 1, "title": "A", "speakers": [5]}, {"id": 2, "title": "B"}],
        speakers=[{"id": 5, "name": "Ada"}],
        speakers_sessions=[
            {"speaker_id": 5, "session_id": 2},
            {"speaker_id": 5, "session_id": 2},
            {"speaker_id": 8, "session_id": 2},
        ],
    )

    assert made.values("speakers_sessions", "session_id", "speaker_id") == [(2, 5), (1, 5)]
    assert made.said(SKIPPED) == [
        ("row-repeated", "speakers_sessions", None, None),
        ("row-of-missing-row", "speakers_sessions", None, "speaker_id"),
    ]


def test_links_can_be_read_before_what_they_link() -> None:
    log_free = read(zipped(dialects.kebab()))
    again = read(zipped(dialects.kebab())).archive

    (link,) = again.rows("speakers_sessions")

    assert [link] == log_free.rows["speakers_sessions"]


def test_an_end_before_the_start_is_kept() -> None:
    made = with_rows(
        sessions=[
            {
                "id": 1,
                "title": "A",
                "starts_at": "2027-04-16T11:00:00Z",
                "ends_at": "2027-04-16T10:00:00Z",
            }
        ]
    )

    assert made.values("sessions", "ends_at") == [(datetime(2027, 4, 16, 10, tzinfo=UTC),)]
    assert made.said(RemarkKind.NOTICED)[-1] == ("end-before-start", "sessions", 1, "ends_at")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2027-04-16T10:00:00+05:45", None),
        ("2027-04-16 10:00:00+05:45", None),
        ("2027-04-16T04:15:00Z", None),
        ("2027-04-16T04:15:00.000000+00:00", None),
        ("2027-04-16T10:00:00 +0545", None),
        ("2027-04-16T10:00:00", "time-without-offset"),
        ("2027-04-16 10:00", "time-without-offset"),
    ],
)
def test_times(text: str, code: str | None) -> None:
    made = with_rows(sessions=[{"id": 1, "title": "A", "starts_at": text}])

    assert made.values("sessions", "starts_at") == [(datetime(2027, 4, 16, 4, 15, tzinfo=UTC),)]
    assert made.said() == ([(code, "sessions", 1, "starts_at")] if code else [])


@pytest.mark.parametrize("text", ["soon", "2027-02-30T10:00:00Z", 1618554000, ["2027"], True])
def test_what_is_no_time(text: object) -> None:
    made = with_rows(sessions=[{"id": 1, "title": "A", "starts_at": text}])

    assert made.values("sessions", "starts_at") == [(None,)]
    assert made.said() == [("time-unreadable", "sessions", 1, "starts_at")]


@pytest.mark.parametrize(
    ("zone", "found", "code"),
    [
        ("US / Pacific", "US/Pacific", "timezone-repaired"),
        ("US / Eastern", "US/Eastern", "timezone-repaired"),
        ("Hawaii-Aleutian", "Pacific/Honolulu", "timezone-repaired"),
        ("Mars/Base", "UTC", "timezone-unknown"),
        ("", "UTC", "timezone-unknown"),
    ],
)
def test_zones(zone: str, found: str, code: str) -> None:
    made = with_event(timezone=zone, starts_at="2027-01-16T10:00:00")

    offsets = {"US/Pacific": 8, "US/Eastern": 5, "Pacific/Honolulu": 10, "UTC": 0}
    assert made.event.values["timezone"] == found
    assert made.event.values["starts_at"] == datetime(2027, 1, 16, 10 + offsets[found], tzinfo=UTC)
    assert (code, "event", 7, "timezone") in made.said()


def test_an_event_without_a_zone() -> None:
    event = {name: value for name, value in EVENT.items() if name != "timezone"}

    made = read(zipped({"event": event}))

    assert made.event.values["timezone"] == "UTC"
    assert made.said() == [("timezone-missing", "event", 7, "timezone")]


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("0:30", "00:30"),
        ("0.30", "00:30"),
        ("01.50", "01:50"),
        ("00.2 Hour", "00:20"),
        ("00.20 minutes", "00:20"),
        ("1:05:00", "01:05"),
        ("90", "01:30"),
        (45, "00:45"),
        ("20 min", "00:20"),
        ("2 hours", "02:00"),
    ],
)
def test_lengths_of_types(written: object, length: str) -> None:
    made = with_rows(session_types=[{"id": 1, "name": "Talk", "length": written}])

    assert made.values("session_types", "length") == [(length,)]
    assert made.said() == [("length-repaired", "session_types", 1, "length")]


@pytest.mark.parametrize("written", ["", "soon", "0:75", None, True, 10**30, []])
def test_what_is_no_length(written: object) -> None:
    made = with_rows(session_types=[{"id": 1, "name": "Talk", "length": written}])

    assert made.values("session_types", "length") == [("00:30",)]
    assert made.said() == [("length-missing", "session_types", 1, "length")]


@pytest.mark.parametrize(
    ("column", "written", "value", "code"),
    [
        ("latitude", "", None, None),
        ("latitude", "28.25", 28.25, "number-expected"),
        ("latitude", 28, 28.0, None),
        ("latitude", "north", None, "number-expected"),
        ("is_map_shown", "yes", True, "boolean-expected"),
        ("is_map_shown", "False", False, "boolean-expected"),
        ("is_map_shown", 1, True, "boolean-expected"),
        ("is_map_shown", "", None, None),
        ("is_map_shown", "perhaps", None, "boolean-expected"),
        ("is_map_shown", 10**30, None, "boolean-expected"),
        ("event_type_id", "3", 3, "number-expected"),
        ("event_type_id", 3.0, 3, "number-expected"),
        ("event_type_id", 3.5, None, "number-expected"),
        ("event_type_id", "", None, None),
        ("event_type_id", 2**31, None, "number-too-large"),
        ("owner_name", 7, "7", "text-expected"),
        ("owner_name", True, "true", "text-expected"),
        ("owner_name", {"name": "A"}, None, "text-expected"),
        ("document_links", [{"link": "https://a.example"}], [{"link": "https://a.example"}], None),
        ("document_links", "", None, None),
        ("document_links", [1e400, "a\x00b"], [None, "ab"], "characters-removed"),
    ],
)
def test_values_of_another_type(
    column: str, written: object, value: object, code: str | None
) -> None:
    made = with_event(**{column: written})

    assert made.event.values[column] == value
    assert type(made.event.values[column]) is type(value)
    assert made.said() == ([(code, "event", 7, column)] if code else [])


def test_text_that_is_longer_than_its_column() -> None:
    tracks = shape()["tracks"]
    name = Column(nullable=False, characters=5, type=ColumnType.TEXT)

    made = read(
        zipped({"event": EVENT, "tracks": [{"id": 1, "name": "Grüße alle"}]}),
        tracks=LiveTable({**tracks.columns, "name": name}),
    )

    assert made.values("tracks", "name") == [("Grüße",)]
    assert made.said() == [("text-shortened", "tracks", 1, "name")]


def test_media() -> None:
    made = read(
        zipped(
            {
                "event": EVENT,
                "speakers": [
                    {"id": 1, "name": "A", "photo_url": "/images/speakers/a.png"},
                    {"id": 2, "name": "B", "photo_url": "images/speakers/a.png"},
                    {"id": 3, "name": "C", "photo_url": "/images/speakers/%61.png"},
                    {"id": 4, "name": "D", "photo_url": "https://a.example/a.png"},
                    {"id": 5, "name": "E", "photo_url": "/events/1/speakers/e.png"},
                    {"id": 6, "name": "F", "photo_url": "/images/speakers/gone.png"},
                    {"id": 7, "name": "G", "photo_url": ""},
                    {"id": 8, "name": "H", "photo_url": "/images/speakers/e\u0301.png"},
                ],
                "sessions": [{"id": 9, "title": "A", "audio": "audio/session_9.mp3"}],
                "images/speakers/a.png": PNG,
                "images/speakers/é.png": PNG,
                "audio/session_9.mp3": b"ID3",
            }
        )
    )

    file = MediaFile("images/speakers/a.png")
    assert {row.id: row.media.get("photo_url") for row in made.rows["speaker"]} == {
        1: file,
        2: file,
        3: file,
        4: MediaAddress("https://a.example/a.png"),
        5: MediaAddress("/events/1/speakers/e.png"),
        6: None,
        7: None,
        8: MediaFile("images/speakers/é.png"),
    }
    assert made.rows["sessions"][0].media == {"audio_url": MediaFile("audio/session_9.mp3")}
    assert made.said(RemarkKind.MEDIA_MISSING) == [("media-missing", "speakers", 6, "photo_url")]


def test_forms_as_texts() -> None:
    made = with_rows(
        forms={
            "session-form": '{"short_abstract": {"require": 1, "include": 1}, "slides": {}}',
            "speaker-form": {"photo": {"require": "0", "include": "1"}},
            "attendee-form": "",
        }
    )

    assert made.values(
        "custom_forms", "form", "field_identifier", "name", "is_required", "is_included", "position"
    ) == [
        ("session", "shortAbstract", "Short Abstract", True, True, 0),
        ("session", "slidesUrl", "Slides", False, False, 1),
        ("speaker", "photoUrl", "Photo", False, True, 0),
    ]
    assert made.archive.rows_found["forms"] == 3


def test_names_as_objects() -> None:
    made = with_event(**{"event-type": {"id": 4, "name": " Conference "}, "event-topic": None})

    assert made.event.names == {"event_type_id": "Conference"}


def test_deleted_rows_stay_deleted() -> None:
    made = with_rows(
        tracks=[
            {"id": 1, "name": "A", "deleted_at": "2027-01-01T00:00:00Z"},
            {"id": 2, "name": "B", "deleted-at": "2027-01-01T00:00:00Z"},
            {"id": 3, "name": "C", "deleted_at": None},
        ]
    )

    assert made.values("tracks", "id") == [(3,)]
    assert made.said(SKIPPED) == [
        ("row-deleted", "tracks", 1, None),
        ("row-deleted", "tracks", 2, None),
    ]


@pytest.mark.parametrize(
    ("written", "state", "code"),
    [
        ("accepted", "accepted", None),
        ("Accepted", "accepted", "state-repaired"),
        ("done", None, "state-unknown"),
        ("", None, None),
    ],
)
def test_states_of_sessions(written: str, state: str | None, code: str | None) -> None:
    made = with_rows(sessions=[{"id": 1, "title": "A", "state": written}])

    assert made.values("sessions", "state") == [(state,)]
    assert made.said() == ([(code, "sessions", 1, "state")] if code else [])


def test_unknown_keys_are_counted_once_each() -> None:
    made = with_rows(
        tracks=[
            {"id": 1, "name": "A", "track-image-url": "/a.png"},
            {"id": 2, "name": "B", "track-image-url": "/b.png"},
            {"id": 3, "name": "C", "track-image-url": None},
        ]
    )

    (unknown,) = [r for r in made.log.remarks if r.kind is RemarkKind.UNKNOWN]
    assert (unknown.place.field, unknown.place.id, unknown.count) == ("track-image-url", 1, 2)


def test_many_unknown_keys_are_counted_together() -> None:
    row: Json = {f"key-{number}": 1 for number in range(3000)}

    made = with_rows(tracks=[{"id": 1, "name": "A", **row}])

    unknown = [r for r in made.log.remarks if r.kind is RemarkKind.UNKNOWN]
    assert len(unknown) == 101
    assert sum(remark.count for remark in unknown) == 3000


def test_a_database_without_a_table_and_with_a_column_of_its_own() -> None:
    mood = Column(type=ColumnType.UUID)
    tracks = LiveTable({**shape()["tracks"].columns, "mood": mood})
    uuid = "6F9619FF-8B86-D011-B42D-00CF4FC964FF"

    made = read(
        zipped(
            {
                "event": EVENT,
                "faqs": [{"id": 1}],
                "tracks": [
                    {"id": 1, "mood": uuid},
                    {"id": 2, "mood": "glad"},
                    {"id": 3, "mood": ""},
                ],
            }
        ),
        tracks=tracks,
        faq=None,
    )

    assert "faq" not in made.archive.tables
    assert made.values("tracks", "mood") == [(uuid.lower(),), (None,), (None,)]
    assert made.said() == [
        ("table-unknown", "faqs", None, None),
        ("uuid-expected", "tracks", 2, "mood"),
    ]


def test_speakers_that_are_no_list() -> None:
    made = with_rows(
        sessions=[
            {"id": 1, "title": "A", "speakers": "Ada"},
            {"id": 2, "title": "B", "speakers": [[]]},
        ],
        speakers=[{"id": 5, "name": "Ada"}],
    )

    assert made.rows["speakers_sessions"] == []
    assert ("list-expected", "sessions", 1, "speakers") in made.said(REPAIRED)
    assert ("reference-dropped", "sessions", 2, "speakers") in made.said(DROPPED)


@pytest.mark.parametrize("row_id", [None, "", -3, [7]])
def test_an_event_without_an_id(row_id: object) -> None:
    made = with_event(id=row_id)

    assert made.event.id is None
    assert made.event.values["name"] == "Lake Days"


def test_a_deep_value_of_an_ignored_key_does_no_harm() -> None:
    deep = "[" * 900 + "]" * 900
    track = f'[{{"id": 1, "name": "A", "sessions": {deep}}}]'

    assert with_rows(tracks=track).values("tracks", "id", "name") == [(1, "A")]
