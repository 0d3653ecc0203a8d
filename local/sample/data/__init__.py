"""Rows of the sample: tables in JSON files, speakers and sessions in TSV files.

The first value of a row is its name, by which others refer to it; see `local.sample.load`.
"""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files

Written = dict[str, object]
"""One row: column → value."""


def tables() -> Iterator[tuple[str, list[Written]]]:
    """Yield tables with their rows, each after the tables that it refers to."""
    yield from _json("people.json")
    yield from _json("event.json")
    yield "speaker", [_speaker(number, row) for number, row in enumerate(_lines("speakers.tsv"))]
    sessions = list(_lines("sessions.tsv"))
    yield "sessions", [_session(row) for row in sessions]
    yield (
        "speakers_sessions",
        [
            {"session_id": row["title"], "speaker_id": speaker}
            for row in sessions
            for speaker in row["speakers"].split("; ")
        ],
    )
    yield from _json("around.json")
    yield from _json("tickets.json")
    yield from _json("confidential.json")
    yield from _json("other_events.json")


def _json(file: str) -> Iterator[tuple[str, list[Written]]]:
    yield from json.loads((files(__package__) / file).read_text(encoding="utf-8")).items()


def _lines(file: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / file).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _speaker(number: int, line: dict[str, str]) -> Written:
    biography = line["long_biography"]
    return {
        **{column: value or None for column, value in line.items()},
        "short_biography": biography.partition(". ")[0].rstrip(".") + ".",
        "is_featured": line["is_featured"] == "yes",
        "order": number,
        "created_at": "2026-11-02T08:00:00Z",
    }


def _session(line: dict[str, str]) -> Written:
    starts_at = datetime.fromisoformat(line["starts_at"]) if line["starts_at"] else None
    minutes = timedelta(minutes=int(line["minutes"]))
    media = line["media"].split()
    abstract = line["abstract"]
    return {
        "title": line["title"],
        "subtitle": line["subtitle"] or None,
        "short_abstract": abstract.partition(". ")[0].rstrip(".") + ".",
        "long_abstract": f"<p>{abstract}</p>",
        "starts_at": starts_at,
        "ends_at": starts_at + minutes if starts_at else None,
        "track_id": line["track"],
        "microlocation_id": line["room"] or None,
        "session_type_id": line["type"],
        "state": line["state"],
        "level": line["level"],
        "language": line["language"],
        "slides_url": _media(media, "slides", "slides"),
        "audio_url": _media(media, "audio", "tune"),
        "video_url": _media(media, "video", "film"),
        "creator_id": "organizer@paperboats.example",
        "is_locked": line["state"] == "confirmed",
        "is_mail_sent": line["state"] != "pending",
        "created_at": "2026-11-20T12:00:00Z",
        "submitted_at": "2026-12-01T12:00:00Z",
        "deleted_at": line["deleted_at"] or None,
    }


def _media(words: list[str], name: str, kind: str) -> str | None:
    """Return the address of a media file that a line names; with a slash, a relative address."""
    if f"/{name}" in words:
        return f"relative:{kind}"
    return f"made:{kind}" if name in words else None
