"""Benchmarks `import_rows` and `import_images`: an archive of many rows, and one of many images."""

import tempfile
from pathlib import Path

from bench import import_archive
from bench.database import filled
from bench.measure import compared, measured

OWNER = (
    """INSERT INTO users (_email, _password, is_blocked) VALUES ('owner@example.org', '', false)""",
    """INSERT INTO roles (name, title_name) VALUES ('owner', 'Owner')""",
)


def rows() -> dict[str, float]:
    """Import 10,000 sessions and 5,000 speakers."""
    return _run(import_archive.write_rows, rounds=2)


def images() -> dict[str, float]:
    """Import 1,000 images of 200 kB."""
    return _run(import_archive.write_images, rounds=2)


def _run(write: import_archive.Writer, *, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory, filled(OWNER) as database_url:
        archive = Path(directory, "event1.zip")
        write(archive)
        return compared(
            ours=lambda: measured("bench.import_ours", database_url, str(archive)),
            plain=lambda: measured("bench.import_plain", database_url, str(archive)),
            rounds=rounds,
        )
