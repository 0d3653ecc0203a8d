"""Benchmarks `import_rows` and `import_images`: an archive of many rows, and one of many images."""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.database import filled
from bench.measure import compared, measured

# Time of an answer of S3, as that of the media server of `export_images`.
S3_SECONDS = 0.02

OWNER = (
    """INSERT INTO users (_email, _password, is_blocked) VALUES ('owner@example.org', '', false)""",
    """INSERT INTO roles (name, title_name) VALUES ('owner', 'Owner')""",
)


def rows() -> dict[str, float]:
    """Import 10,000 sessions and 5,000 speakers."""
    return _run("rows", rounds=2)


def images() -> dict[str, float]:
    """Import 1,000 images of 200 kB."""
    return _run("images", rounds=2)


def _run(kind: str, *, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory, filled(OWNER) as database_url:
        archive = str(Path(directory, "event1.zip"))
        # In another process: what this one has in memory counts as the peak of its children.
        writer = [sys.executable, "-m", "bench.import_archive", kind, archive]
        subprocess.run(writer, check=True)
        return compared(
            ours=lambda: measured("bench.import_ours", database_url, archive),
            plain=lambda: measured("bench.import_plain", database_url, archive),
            rounds=rounds,
        )
