"""Pages of an archive for tests: made of rows, as an archive's JSON files have them."""

import io
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from openevent.catalogue.privacy import Privacy
from openevent.site.about import About
from openevent.site.content import Content
from openevent.site.kept import KeptRows
from openevent.site.layout import Layout
from openevent.site.survey import Survey
from openevent.site.write import Pages

Row = dict[str, Any]

ROOT, PAGE = "https://api.example.org", "https://example.org/e/934ebe39"

EVENT: Row = {
    "id": 1,
    "name": "Summit 2027",
    "timezone": "Europe/Berlin",
    "starts_at": "2027-03-27T08:00:00+00:00",
    "ends_at": "2027-03-28T16:00:00+00:00",
}


def session(number: int, starts: str | None, **values: object) -> Row:
    """An accepted session of an hour, in the room Main (7) and the track Web (5)."""
    ends = starts and f"{starts[:11]}{int(starts[11:13]) + 1:02}{starts[13:]}"
    return {
        "id": number,
        "title": f"Talk {number}",
        "state": "accepted",
        "starts_at": starts,
        "ends_at": ends,
        "track_id": 5,
        "microlocation_id": 7,
        **values,
    }


def kept(
    *sessions: Row,
    event: Mapping[str, object] | None = None,
    placed: Collection[str] = (),
    more: Mapping[str, list[Row]] | None = None,
    spool: IO[bytes] | None = None,
    **rows: list[Row],
) -> KeptRows:
    """Rows of an event with these sessions, a room and a track, and `rows` and `more` by file.

    `placed`: as of `Kept`. `spool`: where they are kept, if not in memory.
    """
    keeper = KeptRows(spool or io.BytesIO())
    found: dict[str, list[Row]] = {
        "event": [{**EVENT, **(event or {})}],
        "microlocations": [{"id": 7, "name": "Main"}],
        "tracks": [{"id": 5, "name": "Web", "color": "#ABC"}],
        "sessions": list(sessions),
        **rows,
        **(more or {}),
    }
    for file, listed in found.items():
        for row in listed:
            keeper.add(file, json.dumps(row).encode(), [one for one in placed if row.get(one)])
    return keeper


def content_of(rows: KeptRows) -> Content:
    survey = Survey(rows)
    return Content(survey, Layout(survey), root=ROOT, page=PAGE)


def pages_of(rows: KeptRows, privacy: Privacy = Privacy.PUBLIC) -> dict[str, str]:
    """The text of each page, by its path."""
    return {path: "".join(pieces) for path, pieces in pieces_of(rows, privacy)}


def pieces_of(
    rows: KeptRows, privacy: Privacy = Privacy.PUBLIC
) -> Iterator[tuple[str, Iterator[str]]]:
    """Each page's path, and its text in pieces."""
    about = About(datetime(2027, 1, 2, 3, 4, tzinfo=UTC), privacy, [], 0, [], 0, [])
    return Pages(content_of(rows), about).all()
