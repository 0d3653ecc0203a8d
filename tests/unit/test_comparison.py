"""Comparison of an archive with that of the event that was imported from it."""

import io
import json
import zipfile
from typing import Any

from local.comparison import compare, media_digests


def archive(**files: Any) -> zipfile.ZipFile:  # noqa: ANN401 - JSON
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            made.writestr(name.replace("__", "/"), data)
    return zipfile.ZipFile(stream)


def event(number: int, **values: object) -> dict[str, object]:
    made = {"id": number, "identifier": f"934ebe{number:02}", "state": "published", "name": "PyCon"}
    return {**made, "event_url": f"https://e.org/e/934ebe{number:02}", **values}


def sessions(track: int, title: str = "Keynote") -> list[dict[str, object]]:
    return [{"id": track + 5, "title": title, "track_id": track, "slides_url": "/slides/1.pdf"}]


def test_ids_identifiers_and_states_may_differ() -> None:
    tracks = [{"id": 2, "name": "Web"}, {"id": 3, "name": "Data"}]
    moved = [{"id": 9, "name": "Data"}, {"id": 8, "name": "Web"}]
    media = {"slides__1.pdf": b"%PDF"}
    one = archive(event=event(1), tracks=tracks, sessions=sessions(2), **media)
    two = archive(event=event(2, state="draft"), tracks=moved, sessions=sessions(8), **media)

    compared = {file.file: file for file in compare(one, two)}

    assert all(file.is_equal for file in compared.values()), compared
    assert (compared["sessions"].rows, compared["sessions"].equal) == ((1, 1), 3)
    assert media_digests(one) == media_digests(two) != []


def test_a_value_a_reference_a_row_or_a_file_that_differs_is_found() -> None:
    tracks = [{"id": 2, "name": "Web"}, {"id": 3, "name": "Data"}]
    one = archive(event=event(1), tracks=tracks, sessions=sessions(2), slides__1=b"a")
    two = archive(event=event(2), tracks=tracks[:1], sessions=sessions(3, "Talk"), slides__1=b"b")

    compared = {file.file: file for file in compare(one, two)}

    assert compared["event"].is_equal
    assert (compared["tracks"].rows, compared["tracks"].is_equal) == ((2, 1), False)
    assert set(compared["sessions"].differing) == {"title", "track_id"}
    assert media_digests(one) != media_digests(two)
