"""The ZIP format, read back by Python's zipfile, on both sides of each of its boundaries."""

import io
import zipfile
from datetime import datetime
from struct import pack, unpack_from
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.archive.zip_format import (
    Entry,
    Method,
    directory_record,
    end_of_directory,
    local_header,
)

MOMENT = datetime(2026, 11, 21, 17, 20, 23)  # noqa: DTZ001 - ZIP knows no timezone
MAX_32 = 2**32 - 1


def entry(name: str = "a", *, size: int = 0, stored_size: int | None = None, crc: int = 0) -> Entry:
    return Entry(
        name, Method.STORED, crc, size, size if stored_size is None else stored_size, MOMENT
    )


def archive(files: dict[str, bytes]) -> bytes:
    body, directory = b"", b""
    for name, data in files.items():
        file = entry(name, size=len(data), crc=crc32(data))
        directory += directory_record(file, len(body))
        body += local_header(file) + data
    return body + directory + end_of_directory(len(files), len(directory), len(body))


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
        st.binary(max_size=50),
        max_size=5,
    )
)
def test_archives_are_read_back(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(archive(files))) as found:
        assert found.testzip() is None
        # zipfile takes a backslash for a slash on Windows alone, and cuts names at a NUL.
        assert {info.orig_filename: found.read(info) for info in found.infolist()} == files


def test_what_zipfile_reads_of_an_entry() -> None:
    with zipfile.ZipFile(io.BytesIO(archive({"bilder/Ä.png": b"abc"}))) as found:
        (info,) = found.infolist()
    assert info.filename == "bilder/Ä.png"
    assert info.date_time == (2026, 11, 21, 17, 20, 22)
    assert (info.compress_type, info.file_size, info.CRC) == (0, 3, crc32(b"abc"))
    assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
    assert info.flag_bits == 0x800
    assert info.extract_version == 20


def test_an_archive_of_nothing() -> None:
    assert zipfile.ZipFile(io.BytesIO(archive({}))).namelist() == []


@pytest.fixture(scope="module")
def many() -> tuple[bytes, bytes]:
    """65,536 empty files, and their directory."""
    header, record = local_header(entry()), directory_record(entry(), 0)
    # The file's offset is all in which their records differ.
    before, after = record[:42], record[46:]
    offsets = (pack("<L", n * len(header)) for n in range(65_536))
    directory = b"".join(before + offset + after for offset in offsets)
    assert directory.endswith(directory_record(entry(), 65_535 * len(header)))
    return header * 65_536, directory


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536])
def test_many_files(many: tuple[bytes, bytes], count: int) -> None:
    """65,535 files and more are beyond the old format."""
    # All headers have one length, and all records.
    body, directory = (part[: len(part) // 65_536 * count] for part in many)
    data = body + directory + end_of_directory(count, len(directory), len(body))
    assert (b"PK\x06\x06" in data[-100:]) is (count >= 65_535)
    assert len(zipfile.ZipFile(io.BytesIO(data)).infolist()) == count


SIZES = [0, 1, MAX_32 - 1, MAX_32, MAX_32 + 1, 2**40]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stored_size", SIZES)
@pytest.mark.parametrize("offset", [0, MAX_32 - 1, MAX_32, 2**41])
def test_sizes_and_offsets_on_both_sides_of_4_gib(size: int, stored_size: int, offset: int) -> None:
    record = directory_record(entry(size=size, stored_size=stored_size), offset)
    # The directory alone, as if the files lay before it.
    end = end_of_directory(1, len(record), offset + 1)
    with zipfile.ZipFile(io.BytesIO(record + end_of_directory(1, len(record), 0))) as found:
        (info,) = found.infolist()
    assert (info.file_size, info.compress_size, info.header_offset) == (size, stored_size, offset)
    large = max(size, stored_size, offset) >= MAX_32
    assert info.extract_version == (45 if large else 20)
    assert (b"PK\x06\x06" in end) is (offset + 1 >= MAX_32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stored_size", SIZES)
def test_a_local_header_says_the_same(size: int, stored_size: int) -> None:
    header = local_header(entry("ab", size=size, stored_size=stored_size))
    stored_32, size_32, name_length, extra_length = unpack_from("<LLHH", header, 18)
    assert (name_length, len(header)) == (2, 32 + extra_length)
    if max(size, stored_size) < MAX_32:
        assert (size_32, stored_32, extra_length) == (size, stored_size, 0)
    else:
        assert (size_32, stored_32) == (MAX_32, MAX_32)
        assert unpack_from("<HHQQ", header, 32) == (1, 16, size, stored_size)


@pytest.mark.parametrize(
    ("count", "size", "offset"),
    [(65_535, 10, 10), (1, MAX_32, 10), (1, 10, MAX_32), (70_000, 2**33, 2**34)],
)
def test_the_end_of_a_large_archive(count: int, size: int, offset: int) -> None:
    end = end_of_directory(count, size, offset)
    assert unpack_from("<4sQ", end) == (b"PK\x06\x06", 44)
    assert unpack_from("<QQQQ", end, 24) == (count, count, size, offset)
    assert unpack_from("<4sLQL", end, 56) == (b"PK\x06\x07", 0, offset + size, 1)
    assert unpack_from("<4sHHHHLLH", end, 76) == (
        *(b"PK\x05\x06", 0, 0, min(count, 65_535), min(count, 65_535)),
        *(min(size, MAX_32), min(offset, MAX_32), 0),
    )
    assert len(end) == 98


def test_the_end_of_a_small_archive_is_the_old_one() -> None:
    assert len(end_of_directory(65_534, MAX_32 - 1, MAX_32 - 1)) == 22
