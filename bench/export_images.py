"""The benchmark `export_images`: 1,000 images of 200 KB behind a server with 20 ms delay."""

import subprocess
import sys

from bench.database import filled
from bench.measure import compared, measured

SPEAKERS = """
INSERT INTO speaker (name, photo_url, event_id, "order")
SELECT 'Speaker ' || i, 'http://{host}/' || i || '.jpg', 1, i FROM generate_series(1, 1000) i
"""


def run() -> dict[str, float]:
    """The worker's way beside the plain one, in seconds, megabytes and as a ratio."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.image_server"], stdout=subprocess.PIPE, text=True
    )
    with server:
        try:
            assert server.stdout is not None  # noqa: S101 - it was asked for
            host = server.stdout.readline().strip()
            with filled([SPEAKERS.format(host=host)]) as database_url:
                return compared(
                    ours=lambda: measured("bench.export_ours", database_url, host),
                    plain=lambda: measured("bench.export_plain", database_url),
                    rounds=2,
                )
        finally:
            server.terminate()
