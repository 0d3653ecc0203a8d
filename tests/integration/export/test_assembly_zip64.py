"""Assembled archives beyond the limits of the old format, read by foreign programs.

Of sparse files: their zeros take neither memory nor disk, and no test has to read them all.
"""

import struct
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from openevent.archive.writer import Archive
from openevent.archive.zip_format import Entry, Method, local_header
from tests.integration.export.assembling import MEDIA, Assembling, address, noise
from tests.integration.export.foreign import seven_zip
from tests.integration.export.sparse_s3 import Sparse, SparseS3

MODIFIED = datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC)
GIB = 1 << 30
LIMIT = 0xFFFFFFFF


def assembled(path: Path, sizes: list[int]) -> tuple[Assembling, zipfile.ZipFile]:
    """An archive of videos of those sizes, and a small one as the last, in a sparse file."""
    s3 = SparseS3()
    for i, size in enumerate(sizes, start=1):
        s3.put(MEDIA, f"events/7/{i}", Sparse.of(noise(1000, i), size - 1000))
    keys = [address(key) for _, key in s3.objects]
    made = Assembling(s3, keys)  # type: ignore[arg-type]
    made.begin()
    result = made.run()
    assert result is not None
    assert made.job.upload is not None
    archive = s3.objects["exports", made.job.upload.key]
    assert archive.size == result.summary.size
    with path.open("wb") as file:
        archive.write(file)
    return made, zipfile.ZipFile(path)


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 5 * GIB + 1])
def test_sizes_and_offsets_beyond_4_gib(tmp_path: Path, size: int) -> None:
    path = tmp_path / "archive.zip"

    made, opened = assembled(path, [size, 20_000_000])

    with opened:
        large = opened.getinfo("videos/session_1.bin")
        behind = opened.getinfo("videos/session_2.bin")
        assert (large.file_size, large.compress_size) == (size, size)
        assert behind.header_offset > size
        assert opened.read(behind)[:1000] == noise(1000, 2)
        with opened.open(large) as content:
            assert content.read(1000) == noise(1000, 1)
        with path.open("rb") as file:
            assert sizes_in_header(file, large.header_offset) == (size, size)
    small = ["videos/session_2.bin", "sessions", "manifest.json"]
    subprocess.run([*seven_zip(), "t", path, *small], check=True, stdout=subprocess.DEVNULL)
    if size != LIMIT:
        # unzip 6.00 takes exactly this size, once read, for the next file's mark of ZIP64.
        subprocess.run(["unzip", "-tqq", path, *small], check=True)
    assert made.steps[-1].stage == "upload"


def sizes_in_header(file: IO[bytes], offset: int) -> tuple[int, int]:
    """The sizes that a local header says, of the ZIP64 field where the old ones point to it."""
    file.seek(offset)
    header = file.read(30)
    assert header[:4] == b"PK\x03\x04"
    stored_size, size, name, extra = struct.unpack("<LLHH", header[18:30])
    file.seek(name, 1)
    field = file.read(extra)
    if size == LIMIT:
        kind, length, size, stored_size = struct.unpack("<HHQQ", field)
        assert (kind, length) == (1, 16)
    return size, stored_size


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_more_files_than_the_old_format_counts(tmp_path: Path, count: int) -> None:
    path = tmp_path / "archive.zip"
    with path.open("wb") as file, Archive(modified=MODIFIED, sink=file) as archive:
        for i in range(count):
            entry = Entry(f"f{i}", Method.STORED, 0, 0, 0, MODIFIED)
            offset = file.tell()
            file.write(local_header(entry, zip64=i % 2 == 1))
            archive.add_placed(entry, offset, sha256=None)
        assert archive.finish().files == count

    with zipfile.ZipFile(path) as opened:
        assert len(opened.namelist()) == count
    subprocess.run(["unzip", "-tqq", path], check=True)
    subprocess.run([*seven_zip(), "t", path], check=True, stdout=subprocess.DEVNULL)
    # The old count alone says so up to its limit, from which on ZIP64's does.
    has_zip64 = b"PK\x06\x06" in path.read_bytes()[-200:]
    assert has_zip64 == (count >= 65_535)
