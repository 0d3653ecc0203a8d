"""Benchmarks `export_images` and `export_many`: photos of 200 kB from one server.

`export_images`: 1,000 of them, each after 20 ms; `floor_ratio` is the time by that of the bytes and
delays alone. `export_many`: 5,000 without a delay; `processor_ms` is the processor's time for each.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.database import filled
from bench.measure import Measured, beside, compared, measured

DELAY = "0.02"

SPEAKERS = """
INSERT INTO speaker (name, photo_url, event_id, "order")
SELECT 'Speaker ' || i, 'http://{host}/' || i || '.jpg', 1, i FROM generate_series(1, {count}) i
"""


def images() -> dict[str, float]:
    """Return seconds, peak memory in MB and the ratios to the plain implementation and floor."""
    with _photos(1000, DELAY) as (host, url):
        figures = compared(
            ours=lambda: measured("bench.export_ours", url, host),
            plain=lambda: measured("bench.export_plain", url),
            rounds=2,
        )
        return figures | beside(
            ours=lambda: measured("bench.export_ours", url, host),
            floor=lambda: measured("bench.image_floor", host, "1000"),
        )


def many(count: int = 5000) -> dict[str, float]:
    """Return seconds, peak memory in MB, and milliseconds of the processor for each file."""
    with _photos(count, "0") as (host, url):
        runs: list[Measured] = [measured("bench.export_ours", url, host) for _ in range(3)]
    return {
        "seconds": round(min(run.seconds for run in runs), 3),
        "peak_mb": round(max(run.peak_mb for run in runs), 1),
        "processor_ms": round(min(run.processor for run in runs) / count * 1000, 3),
    }


@contextmanager
def _photos(count: int, delay: str) -> Iterator[tuple[str, str]]:
    """Give the server's `host:port`, and the URL of a database with as many speakers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.image_server", delay], stdout=subprocess.PIPE, text=True
    )
    with server:
        try:
            assert server.stdout is not None  # noqa: S101 - stdout is a pipe
            host = server.stdout.readline().strip()
            with filled([SPEAKERS.format(host=host, count=count)]) as url:
                yield host, url
        finally:
            server.terminate()
