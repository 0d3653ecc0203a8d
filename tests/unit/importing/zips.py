"""ZIP files byte by byte, so that each number in them can be wrong."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack
from typing import Any

MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
STORED, DEFLATED = 0, 8


def deflated(data: bytes) -> bytes:
    squeeze = zlib.compressobj(9, wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def repeated(byte: bytes, size: int, block: int = 1 << 24) -> bytes:
    """`size` times the same byte, deflated: one block again and again."""
    squeeze = zlib.compressobj(9, wbits=-15)
    one = squeeze.compress(byte * block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return one * (size // block) + squeeze.flush()


@dataclass
class Entry:
    """An entry. What is None is as it should be. `local_…` are those of the local header."""

    name: str | bytes
    data: bytes = b"{}"
    method: int = STORED
    flags: int = 0x800
    mode: int = 0o100644
    disk: int = 0
    extra: bytes = b""
    crc32: int | None = None
    size: int | None = None
    stored: bytes | None = None
    stored_size: int | None = None
    header: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    signature: bytes = b"PK\x03\x04"

    @property
    def raw_name(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name

    @property
    def content(self) -> bytes:
        if self.stored is not None:
            return self.stored
        return deflated(self.data) if self.method == DEFLATED else self.data

    def numbers(self) -> tuple[int, int, int]:
        """CRC-32, size in the archive, size."""
        return (
            zlib.crc32(self.data) if self.crc32 is None else self.crc32,
            len(self.content) if self.stored_size is None else self.stored_size,
            len(self.data) if self.size is None else self.size,
        )

    def local(self) -> bytes:
        name = self.raw_name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        head = pack("<5H", 20, self.flags, method, 0, 33)
        sizes = pack("<3L2H", *(min(number, MAX_32) for number in self.numbers()), len(name), 0)
        return self.signature + head + sizes + name + self.content

    def central(self, header: int) -> bytes:
        name = self.raw_name
        head = pack("<6H", 3 << 8 | 20, 20, self.flags, self.method, 0, 33)
        sizes = pack("<3L", *self.numbers())
        lengths = pack("<5H", len(name), len(self.extra), 0, self.disk, 0)
        place = pack("<2L", self.mode << 16, header if self.header is None else self.header)
        return b"PK\x01\x02" + head + sizes + lengths + place + name + self.extra


@dataclass
class End:
    """The numbers at the end. What is None is as it should be."""

    count: int | None = None
    here: int | None = None
    size: int | None = None
    offset: int | None = None
    disk: int = 0
    comment: bytes = b""
    comment_size: int | None = None
    after: bytes = b""
    # More of the directory, of which `size` and `offset` know.
    more: bytes = b""
    # Between the directory and the end: ZIP64's records, made for the directory's offset and size.
    zip64: "Zip64 | None" = None


@dataclass
class Zip64:
    count: int | None = None
    size: int | None = None
    offset: int | None = None
    length: int = 44
    at: int | None = None
    disks: int = 1
    locator_only: bool = False


def build(entries: Sequence[Entry], end: End | None = None, *, before: bytes = b"") -> bytes:
    """A ZIP file; correct if nothing in `entries` and `end` is wrong."""
    end = end or End()
    body, records = [before], list[bytes]()
    offset = len(before)
    for entry in entries:
        records.append(entry.central(offset))
        body.append(entry.local())
        offset += len(body[-1])
    directory = [*records, end.more]
    size, count = sum(map(len, directory)), len(entries)
    zip64 = b"" if end.zip64 is None else _zip64(end.zip64, count, size, offset, offset + size)
    numbers = pack(
        "<4H2LH",
        end.disk,
        end.disk,
        _or(end.here, _or(end.count, count)),
        _or(end.count, count),
        _or(end.size, size),
        _or(end.offset, offset),
        _or(end.comment_size, len(end.comment)),
    )
    return b"".join([*body, *directory, zip64, b"PK\x05\x06", numbers, end.comment, end.after])


def _zip64(end: Zip64, count: int, size: int, offset: int, at: int) -> bytes:
    record = b"PK\x06\x06" + pack(
        "<Q2H2L4Q",
        end.length,
        45,
        45,
        0,
        0,
        _or(end.count, count),
        _or(end.count, count),
        _or(end.size, size),
        _or(end.offset, offset),
    )
    locator = b"PK\x06\x07" + pack("<LQL", 0, _or(end.at, at), end.disks)
    return locator if end.locator_only else record + locator


def _or(given: int | None, right: int) -> int:
    return right if given is None else given


def zip64_sizes(size: int, stored_size: int) -> dict[str, Any]:
    """The fields of an entry that says its sizes in ZIP64's way."""
    return {
        "size": MAX_32,
        "stored_size": MAX_32,
        "extra": pack("<2H2Q", 1, 16, size, stored_size),
    }
