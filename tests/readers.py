"""Reading archives as the programs do that they are for, and failing where those would.

Nothing here is shared with the code that writes them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.exports import Exported
from tests.schedule_readers import read_schedules

# Which of a file's keys hold ids of which other file's rows, in the dialect of the server.
REFERENCES = {
    ("sessions", "track_id"): "tracks",
    ("sessions", "session_type_id"): "session_types",
    ("sessions", "microlocation_id"): "microlocations",
    ("speakers_sessions", "session_id"): "sessions",
    ("speakers_sessions", "speaker_id"): "speakers",
    ("sessions_speakers_links", "session_id"): "sessions",
    ("sessions_speakers_links", "speaker_id"): "speakers",
    ("event", "discount_code_id"): "discount_codes",
    ("ticket_tagging", "ticket_id"): "tickets",
    ("ticket_tagging", "ticket_tag_id"): "ticket_tags",
    ("discount_codes_tickets", "discount_code_id"): "discount_codes",
    ("discount_codes_tickets", "ticket_id"): "tickets",
    ("exhibitors_sessions", "exhibitor_id"): "exhibitors",
    ("exhibitors_sessions", "session_id"): "sessions",
    ("form_options", "custom_form_id"): "forms",
    ("form_translations", "custom_form_id"): "forms",
    ("badge_fields", "badge_form_id"): "badge_forms",
    ("faqs", "faq_type_id"): "faq_types",
    ("stations", "microlocation_id"): "microlocations",
}
MEDIA_KEYS = ("logo_url", "original_image_url", "photo_url", "video_url", "audio_url", "slides_url")


def read_as_server(archive: Exported) -> None:
    """Import it: resolve every id, parse every date, open every media file."""
    files = {name: archive.document(name) for name in archive.data_files}
    ids = {name: {row["id"] for row in rows_of(files[name]) if "id" in row} for name in files}
    for name, document in files.items():
        for row in rows_of(document):
            for key, value in row.items():
                if value is not None:
                    _read_value(archive, ids, name, key, value)
    _read_schedules(archive, files["sessions"])


def _read_schedules(archive: Exported, sessions: list[dict[str, Any]]) -> None:
    """Read the programme: all sessions that take place, when they do."""
    read = read_schedules(archive.files)
    shown = [
        row
        for row in sessions
        if row["state"] in ("accepted", "confirmed") and row["starts_at"] and row["ends_at"]
    ]
    assert sorted(one.starts for one in read.values()) == sorted(
        datetime.fromisoformat(row["starts_at"]).replace(microsecond=0) for row in shown
    )


def _read_value(
    archive: Exported, ids: Mapping[str, set[int]], name: str, key: str, value: object
) -> None:
    if (name, key) in REFERENCES:
        assert value in ids[REFERENCES[name, key]], (name, key, value)
    if key.endswith("_at"):
        assert datetime.fromisoformat(str(value)).tzinfo, (name, key, value)
    if key in MEDIA_KEYS and str(value).startswith(("/images", "/videos", "/audios", "/slides")):
        assert str(value)[1:] in archive.files, (name, key, value)


def read_as_generator(archive: Exported) -> None:
    """Walk over it as the web app's generator and the Android app do."""
    event, sessions, speakers, sponsors, tracks = (
        archive.document(name) for name in ("event", "sessions", "speakers", "sponsors", "tracks")
    )
    rooms = {room["id"] for room in archive.document("microlocations")}
    assert "/" not in event["name"]
    assert event["name"]
    for spelling in ("social_links", "social-links"):
        assert all(link["name"].lower() is not None for link in event[spelling])
    assert event["logo"]
    for key in ("logo", "logo-url", "background_image", "original-image-url"):
        _open(archive, event[key])
    for key in ("start_time", "end_time", "starts-at", "ends-at"):
        _parse(event[key])
    colors = {track["id"]: (int(track["color"][1:], 16), track["font-color"]) for track in tracks}
    by_id = {speaker["id"]: speaker for speaker in speakers}
    for session in sessions:
        assert session["track"]["id"] in colors
        assert session["track"]["name"] is not None
        assert session["microlocation"]["name"] is not None
        assert session["microlocation"]["id"] in rooms
        assert "\n" not in session["long_abstract"] + session["short_abstract"]
        assert _parse(session["starts-at"]) == _parse(session["start_time"])
        _parse(session["ends-at"])
        for speaker in session["speakers"]:
            assert session["id"] in [given["id"] for given in by_id[speaker["id"]]["sessions"]]
        _open(archive, session["audio"] and f"/{session['audio']}")
        assert session["video"] is None or session["video"].strip()
    listed = {session["id"] for session in sessions}
    for speaker in speakers:
        assert speaker["sessions"]
        assert {given["id"] for given in speaker["sessions"]} <= listed
        assert "email" not in speaker
        assert "mobile" not in speaker
        _open(archive, speaker["photo"])
    levels = sorted({sponsor["level"] for sponsor in sponsors})
    assert levels == ["1", "2", "3"][: len(levels)]
    for sponsor in sponsors:
        assert sponsor["logo"]
        _open(archive, sponsor["logo"])
    for name in ("event", "sessions", "speakers"):
        assert not re.search(rb"<(?:/?script|!--)", archive.files[name], re.IGNORECASE)


def rows_of(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - decoded JSON
    return document if isinstance(document, list) else [document]


def _parse(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo
    assert moment.microsecond == 0
    return moment


def _open(archive: Exported, path: str | None) -> None:
    if path is not None:
        assert path.startswith("/")
        assert archive.files[path[1:]]
