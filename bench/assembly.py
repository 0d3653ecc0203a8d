"""Benchmark `assembly`: S3 assembles 3 GB of media in large objects.

The plain way is the same worker with its disk. S3 is the emulator, which copies in memory and on
the worker's own processors, so the bytes are more significant than the seconds. The variable
BENCH_ASSEMBLY_MB sets the size of the media in MB.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.assembly_ours import BASE_URL, EXPORTS, MEDIA, MEGABYTE
from bench.database import filled
from local import emulator, processes

OBJECTS = 3

VIDEOS = """
INSERT INTO sessions (event_id, title, video_url, state, is_mail_sent, is_locked)
SELECT 1, 'Session ' || i, '{base}/events/1/' || i || '.mp4', 'accepted', false, false
FROM generate_series(1, {count}) i
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """Measurements of one export; sizes in bytes unless the name has a unit."""

    key: str
    size: int
    seconds: float
    peak_mb: float
    disk_mb: float
    received: int
    sent: int


def run() -> dict[str, float]:
    """Return the figures; `bytes_share`: bytes through the worker's sockets per archive byte."""
    size = int(os.environ.get("BENCH_ASSEMBLY_MB", "3000")) * MEGABYTE
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        filled([VIDEOS.format(base=BASE_URL, count=OBJECTS)]) as database_url,
    ):
        access = emulator.start(Path(directory))
        try:
            s3 = access.client("s3")
            _put(s3, size // OBJECTS)
            environment = {**os.environ, **access.environment()}
            assembled = _exported(database_url, "assembled", environment)
            entries = _entries(s3, assembled)
            s3.delete_object(Bucket=EXPORTS, Key=assembled.key)
            fetched = _exported(database_url, "fetched", environment)
            if _entries(s3, fetched) != entries:
                sys.exit("The two archives do not contain the same media")
        finally:
            processes.stop(Path(directory))
    return {
        "seconds": round(assembled.seconds, 2),
        "tmp_seconds": round(fetched.seconds, 2),
        "ratio": round(fetched.seconds / assembled.seconds, 2),
        "bytes_share": round((assembled.received + assembled.sent) / assembled.size, 5),
        "tmp_bytes_share": round((fetched.received + fetched.sent) / fetched.size, 3),
        "peak_mb": round(assembled.peak_mb, 1),
        "tmp_peak_mb": round(fetched.peak_mb, 1),
        "disk_mb": round(assembled.disk_mb, 1),
        "tmp_disk_mb": round(fetched.disk_mb, 1),
    }


def _put(s3: Any, size: int) -> None:  # noqa: ANN401 - boto3 creates its classes at run time
    for bucket in (EXPORTS, MEDIA):
        s3.create_bucket(Bucket=bucket)
    with tempfile.TemporaryFile() as video:
        noise = Random(1).randbytes(MEGABYTE)  # noqa: S311 - no secret
        for _ in range(size // MEGABYTE):
            video.write(noise)
        for number in range(1, OBJECTS + 1):
            video.seek(0)
            key = f"events/1/{number}.mp4"
            # The emulator returns no checksum of a copied part, so the objects store one.
            s3.put_object(Bucket=MEDIA, Key=key, Body=video, ChecksumAlgorithm="CRC32")


def _exported(database_url: str, how: str, environment: Mapping[str, str]) -> Exported:
    with tempfile.TemporaryDirectory(prefix="bench-tmp-") as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "bench.assembly_ours", database_url, how],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "TMPDIR": scratch},
        )
    return Exported(**json.loads(done.stdout.splitlines()[-1]))


def _entries(s3: Any, exported: Exported) -> dict[str, tuple[int, int]]:  # noqa: ANN401
    """Return size and CRC-32 of each video in an archive; local headers are read too."""
    with zipfile.ZipFile(_Remote(s3, exported)) as archive:
        for info in archive.infolist():
            archive.open(info).close()
        return {
            info.filename: (info.file_size, info.CRC)
            for info in archive.infolist()
            if info.filename.endswith(".mp4")
        }


class _Remote(io.RawIOBase):
    """File over an object in S3 that fetches only the ranges that are read."""

    def __init__(self, s3: Any, exported: Exported) -> None:  # noqa: ANN401
        super().__init__()
        self._s3 = s3
        self._exported = exported
        self._at = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._exported.size}
        self._at = starts[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self._exported.size if size < 0 else min(self._exported.size, self._at + size)
        if stop <= self._at:
            return b""
        span = f"bytes={self._at}-{stop - 1}"
        found = self._s3.get_object(Bucket=EXPORTS, Key=self._exported.key, Range=span)
        self._at = stop
        data: bytes = found["Body"].read()
        return data
