"""Benchmark `export_images`: 1,000 images of 200 kB from a server with a delay of 20 ms."""

import subprocess
import sys

from bench.database import filled
from bench.measure import compared, measured

SPEAKERS = """
INSERT INTO speaker (name, photo_url, event_id, "order")
SELECT 'Speaker ' || i, 'http://{host}/' || i || '.jpg', 1, i FROM generate_series(1, 1000) i
"""


def run() -> dict[str, float]:
    """Return seconds, peak memory in MB and the ratio of the two implementations."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.image_server"], stdout=subprocess.PIPE, text=True
    )
    with server:
        try:
            assert server.stdout is not None  # noqa: S101 - stdout is a pipe
            host = server.stdout.readline().strip()
            with filled([SPEAKERS.format(host=host)]) as database_url:
                return compared(
                    ours=lambda: measured("bench.export_ours", database_url, host),
                    plain=lambda: measured("bench.export_plain", database_url),
                    rounds=2,
                )
        finally:
            server.terminate()
