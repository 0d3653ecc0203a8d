"""The ZIP format: headers and directory, as bytes. Pure.

After PKWARE's APPNOTE.TXT 6.3.10, section numbers in the comments. Every number is little-endian.
Sizes and offsets of 4 GiB and more, and 65,535 files and more, take the ZIP64 forms; what is
smaller takes the old ones, which every reader knows.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from struct import Struct, pack

MAX_32 = 0xFFFFFFFF
MAX_16 = 0xFFFF

# 4.4.3: 2.0 knows deflate and folders, 4.5 ZIP64.
_VERSION, _VERSION_ZIP64 = 20, 45

# 4.4.2: the upper byte says whose file attributes follow; 3 is UNIX.
_MADE_BY_UNIX = 3 << 8

# 4.4.4, bit 11: names are UTF-8.
_UTF_8 = 1 << 11

# 4.5.3: the ZIP64 extra field.
_ZIP64_EXTRA = 1

# A plain file that everybody may read, in the upper half of the external attributes.
_ATTRIBUTES = 0o100644 << 16


# 4.3.7: signature, version, flags, method, time, date, CRC-32, both sizes, and the lengths of name
# and extra field.
_LOCAL_HEADER = Struct("<4sHHHHHLLLHH")

# 4.3.12: the same after the version that made it, then the length of the comment, the disk, the
# attributes, and the place of the local header.
_DIRECTORY_RECORD = Struct("<4sHHHHHHLLLHHHHHLL")


class Method(IntEnum):
    """Compression method of a file (4.4.5)."""

    STORED = 0
    DEFLATED = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive.

    `name`: its path, with slashes. `crc32`: of its uncompressed bytes. `size`: bytes uncompressed,
    `stored_size`: bytes in the archive. `modified`: kept to two seconds, without a timezone.
    """

    name: str
    method: Method
    crc32: int
    size: int
    stored_size: int
    modified: datetime


def local_header(entry: Entry, *, zip64: bool = False) -> bytes:
    """Return the header before the file's bytes (4.3.7).

    `zip64`: in the ZIP64 form for any size, so that its length is known before the size is.
    """
    name = entry.name.encode()
    extra = b""
    size, stored_size = entry.size, entry.stored_size
    if zip64 or max(size, stored_size) >= MAX_32:
        # 4.5.3: in a local header both sizes must be there.
        extra = pack("<HHQQ", _ZIP64_EXTRA, 16, size, stored_size)
        size = stored_size = MAX_32
    header = _LOCAL_HEADER.pack(
        *(b"PK\x03\x04", _version(extra), _UTF_8, entry.method, *_time_and_date(entry.modified)),
        *(entry.crc32, stored_size, size, len(name), len(extra)),
    )
    return header + name + extra


def directory_record(entry: Entry, offset: int) -> bytes:
    """Return the file's record in the central directory (4.3.12); its header is at `offset`."""
    name = entry.name.encode()
    large = b""
    if max(entry.size, entry.stored_size, offset) >= MAX_32:
        numbers = (entry.size, entry.stored_size, offset)
        large = b"".join(pack("<Q", number) for number in numbers if number >= MAX_32)
    extra = pack("<HH", _ZIP64_EXTRA, len(large)) + large if large else b""
    version = _version(extra)
    record = _DIRECTORY_RECORD.pack(
        *(b"PK\x01\x02", _MADE_BY_UNIX | version, version, _UTF_8, entry.method),
        *_time_and_date(entry.modified),
        *(entry.crc32, min(entry.stored_size, MAX_32), min(entry.size, MAX_32)),
        # no comment, first disk, no internal attributes
        *(len(name), len(extra), 0, 0, 0, _ATTRIBUTES, min(offset, MAX_32)),
    )
    return record + name + extra


def end_of_directory(count: int, size: int, offset: int) -> bytes:
    """Return the end of an archive of `count` files, its directory of `size` bytes at `offset`."""
    zip64 = b""
    if count >= MAX_16 or size >= MAX_32 or offset >= MAX_32:
        # 4.3.14: the record's own size counts from after that field; 4.3.15: where the record is.
        zip64 = pack("<4sQHHLL", b"PK\x06\x06", 44, _VERSION_ZIP64, _VERSION_ZIP64, 0, 0)
        zip64 += pack("<QQQQ", count, count, size, offset)
        zip64 += pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    files = min(count, MAX_16)
    # 4.3.16: this disk and the directory's are the first; no comment.
    return zip64 + pack(
        "<4sHHHHLLH",
        *(b"PK\x05\x06", 0, 0, files, files),
        *(min(size, MAX_32), min(offset, MAX_32), 0),
    )


def _version(extra: bytes) -> int:
    return _VERSION_ZIP64 if extra else _VERSION


# All files of an archive have one time.
@lru_cache(maxsize=16)
def _time_and_date(moment: datetime) -> tuple[int, int]:
    # 4.4.6: MS-DOS counts years from 1980, and seconds in twos.
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    return time, date
