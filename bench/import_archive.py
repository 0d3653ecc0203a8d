"""Write an archive for a benchmark of imports: `python -m bench.import_archive KIND PATH`.

`rows`: 10,000 sessions, 5,000 speakers, 100 tracks, and a speaker for each session. `images`:
1,000 speakers with an image of 200 kB each.
"""

import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

EVENT = {
    "id": 1,
    "name": "Benchmark",
    "starts_at": "2027-03-01T09:00:00+00:00",
    "ends_at": "2027-03-03T18:00:00+00:00",
    "timezone": "UTC",
    "state": "published",
}

SESSIONS, SPEAKERS, TRACKS, IMAGES, IMAGE_BYTES = 10_000, 5_000, 100, 1_000, 200_000


def write_rows(path: Path) -> None:
    """Write the archive of many rows to `path`."""
    _write(
        path,
        tracks=[
            {"id": n, "name": f"Track {n}", "color": "#3f51b5", "position": n}
            for n in range(1, TRACKS + 1)
        ],
        speakers=[
            {
                "id": n,
                "name": f"Speaker {n}",
                "email": f"speaker{n}@example.org",
                "short_biography": "Short. " * 20,
                "long_biography": 'A longer biography, with "quotes" and ümläuts. ' * 20,
                "organisation": "Example",
                "country": "Wonderland",
                "website": f"https://example.org/{n}",
                "order": n,
            }
            for n in range(1, SPEAKERS + 1)
        ],
        sessions=[
            {
                "id": n,
                "title": f"Session {n}",
                "subtitle": 'About "something" and more',
                "short_abstract": "An abstract. " * 20,
                "long_abstract": 'A longer abstract, with "quotes" and ümläuts. ' * 20,
                "language": "en",
                "level": "beginner",
                "starts_at": "2027-03-01T09:00:00+00:00",
                "ends_at": "2027-03-01T09:30:00+00:00",
                "track_id": 1 + n % TRACKS,
                "state": "accepted",
                "is_locked": False,
            }
            for n in range(1, SESSIONS + 1)
        ],
        speakers_sessions=[
            {"speaker_id": 1 + n % SPEAKERS, "session_id": n} for n in range(1, SESSIONS + 1)
        ],
    )


def write_images(path: Path) -> None:
    """Write the archive of many images to `path`."""
    noise = random.Random(1)  # noqa: S311 - no secret
    images = {
        f"images/speakers/Speaker{n}_{n}.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
        + noise.randbytes(IMAGE_BYTES - 11)
        for n in range(1, IMAGES + 1)
    }
    speakers = [
        {"id": n, "name": f"Speaker {n}", "order": n, "photo_url": f"/{image}"}
        for n, image in enumerate(images, 1)
    ]
    _write(path, images, speakers=speakers)


def _write(path: Path, media: dict[str, bytes] | None = None, **files: list[Any]) -> None:
    lists: dict[str, list[Any]] = {
        name: [] for name in ("microlocations", "session_types", "sponsors", "forms")
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("event", json.dumps(EVENT, indent=4))
        for name, rows in {**lists, **files}.items():
            archive.writestr(name, json.dumps(rows, indent=4, ensure_ascii=False))
        for name, content in (media or {}).items():
            archive.writestr(name, content, zipfile.ZIP_STORED)


if __name__ == "__main__":
    {"rows": write_rows, "images": write_images}[sys.argv[1]](Path(sys.argv[2]))
