"""The directory of an untrusted ZIP file: what it holds, checked before any of it is read.

After PKWARE's APPNOTE.TXT 6.3.10, section numbers in the comments. Python's `zipfile` reads the
whole directory before it counts, and accepts contradictions between its records, so that two
programs see different files in one archive. Here every record must agree with the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from openevent.archive.zip_format import MAX_16, MAX_32, Method
from openevent.importing.reading import zip_names
from openevent.importing.reading.limits import Limits
from openevent.importing.reading.random_access import RandomAccess
from openevent.importing.source import ArchiveRefused

# 4.3.16: the end of the directory. 4.3.15: where its ZIP64 form is. 4.3.14: that form.
_END = Struct("<4s4H2LH")
_LOCATOR = Struct("<4sLQL")
_END_64 = Struct("<4sQ2H2L4Q")
# 4.3.12: an entry of the directory, before its name.
_ENTRY = Struct("<4s6H3L5H2L")
_EXTRA = Struct("<2H")

# 4.3.7: a local header without its name and extra fields.
LOCAL_HEADER_SIZE = 30

_ZIP64_EXTRA = 1

# 4.4.4: encrypted, patch data, strongly encrypted, masked headers.
_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_PATCH = 1 << 5


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file in the archive, by its directory: nothing of it is confirmed yet.

    `size`: bytes uncompressed; `stored_size`: in the archive. `header`: offset of its local header;
    `end`: offset before which its data must end.
    """

    name: str
    raw_name: bytes
    method: Method
    crc32: int
    size: int
    stored_size: int
    header: int
    end: int


@dataclass(frozen=True, slots=True)
class _Directory:
    count: int
    size: int
    offset: int


def read_directory(archive: RandomAccess, limits: Limits) -> dict[str, ZipEntry]:
    """Return the files of the archive by their names, folders omitted.

    The numbers at the archive's end are compared with the limits before the directory is read.
    Raises `ArchiveRefused`.
    """
    directory = _find(archive)
    if directory.count > limits.entries:
        raise ArchiveRefused(
            "archive-too-many-entries",
            f"The archive says that it has {directory.count} entries; "
            f"at most {limits.entries} are read.",
        )
    if directory.size > limits.directory_bytes:
        raise ArchiveRefused(
            "archive-directory-too-large",
            f"The archive's directory has {directory.size} bytes; "
            f"at most {limits.directory_bytes} are read.",
        )
    data = archive.read_at(directory.offset, directory.size)
    if len(data) != directory.size:
        raise _damaged("the directory ends early")
    found = list(_entries(data, directory, limits))
    _check_sizes(found, limits)
    return _checked(found, directory)


def _find(archive: RandomAccess) -> _Directory:
    """Return what the end of the archive says about the directory."""
    tail_size = min(archive.size, _END.size + MAX_16)
    tail = archive.read_at(archive.size - tail_size, tail_size)
    at = _end_in(tail)
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
    end = archive.size - tail_size + at
    found = _Directory(count, size, offset)
    locator = archive.read_at(end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
    if locator.startswith(b"PK\x06\x07"):
        end, found = _find_64(archive, locator, end - _LOCATOR.size, found)
    elif MAX_16 in (disk, first_disk, here, count) or MAX_32 in (size, offset):
        raise _damaged("its ZIP64 record is missing")
    elif (disk, first_disk, here) != (0, 0, count):
        raise _damaged("it is one part of several")
    if found.offset + found.size != end:
        raise _damaged("its directory is not where it should be")
    return found


def _end_in(tail: bytes) -> int:
    """Return where the end record is in the archive's last bytes: it ends with the archive."""
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        if at + _END.size <= len(tail):
            comment = _END.unpack_from(tail, at)[-1]
            if at + _END.size + comment == len(tail):
                return at
    raise ArchiveRefused(
        "archive-not-a-zip",
        "The file is not a ZIP file, or its end is missing. Upload the archive again.",
    )


def _find_64(
    archive: RandomAccess, locator: bytes, at: int, short: _Directory
) -> tuple[int, _Directory]:
    """Return the offset of the ZIP64 end record and what it says; it must agree with `short`."""
    _, disk, end, disks = _LOCATOR.unpack(locator)
    record = archive.read_at(end, _END_64.size) if end + _END_64.size <= at else b""
    if disk != 0 or disks != 1 or not record.startswith(b"PK\x06\x06"):
        raise _damaged("its ZIP64 record is missing")
    _, length, _, _, disk, first_disk, here, count, size, offset = _END_64.unpack(record)
    # 4.3.14.1: the length is that of the rest of the record, after these first 12 bytes.
    if end + 12 + length != at or (disk, first_disk) != (0, 0) or here != count:
        raise _damaged("its ZIP64 record is wrong")
    agree = (
        short.count in (MAX_16, count)
        and short.size in (MAX_32, size)
        and short.offset in (MAX_32, offset)
    )
    if not agree:
        raise _damaged("its ZIP64 record contradicts the other one")
    return end, _Directory(count, size, offset)


def _entries(data: bytes, directory: _Directory, limits: Limits) -> Iterator[ZipEntry]:
    """Yield all entries of the directory `data`; the folders' names end with a slash."""
    at = 0
    for _ in range(directory.count):
        if at + _ENTRY.size > len(data) or not data.startswith(b"PK\x01\x02", at):
            raise _damaged("its directory has fewer entries than it says")
        fields = _ENTRY.unpack_from(data, at)
        _, _, _, flags, method, _, _, crc32, stored, size, *rest = fields
        name_size, extra_size, comment_size, disk, _, attributes, header = rest
        name_at = at + _ENTRY.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        if at > len(data):
            raise _damaged("an entry is longer than its directory")
        raw_name = data[name_at:extra_at]
        size, stored, header, disk = _long_forms(
            data[extra_at : extra_at + extra_size], size, stored, header, disk
        )
        name = zip_names.decode(raw_name, flags)
        zip_names.check(name, raw_name, attributes >> 16, limits)
        if disk != 0:
            raise _damaged("it is one part of several")
        yield ZipEntry(
            name, raw_name, _method(name, flags, method), crc32, size, stored, header, header
        )
    if at != len(data):
        raise _damaged("its directory has more entries than it says")


def _long_forms(
    extra: bytes, size: int, stored: int, header: int, disk: int
) -> tuple[int, int, int, int]:
    """Return the numbers with those of the ZIP64 extra field (4.5.3) where they are too short."""
    fields = dict(_extra_fields(extra))
    long = fields.get(_ZIP64_EXTRA, b"")
    at = 0
    found = []
    for value, limit, width in (
        (size, MAX_32, 8),
        (stored, MAX_32, 8),
        (header, MAX_32, 8),
        (disk, MAX_16, 4),
    ):
        if value != limit:
            found.append(value)
            continue
        if at + width > len(long):
            raise _damaged("the ZIP64 field of an entry is missing or too short")
        found.append(int.from_bytes(long[at : at + width], "little"))
        at += width
    return found[0], found[1], found[2], found[3]


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and content of each extra field (4.5.1); padding at the end is no field."""
    at = 0
    seen = False
    while at + _EXTRA.size <= len(extra):
        kind, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if at + size > len(extra) or (kind == _ZIP64_EXTRA and seen):
            raise _damaged("the extra fields of an entry are wrong")
        seen = seen or kind == _ZIP64_EXTRA
        yield kind, extra[at : at + size]
        at += size


def _method(name: str, flags: int, method: int) -> Method:
    if flags & _ENCRYPTED:
        raise ArchiveRefused(
            "entry-encrypted",
            f"The entry {zip_names.shown(name)} is encrypted. "
            "Make the archive again without a password.",
        )
    if flags & _PATCH or method not in (Method.STORED, Method.DEFLATED):
        raise ArchiveRefused(
            "entry-method-unknown",
            f"The entry {zip_names.shown(name)} is compressed by method {method}. "
            "Only deflated and stored entries are read.",
        )
    return Method(method)


def _check_sizes(entries: list[ZipEntry], limits: Limits) -> None:
    """Raise `ArchiveRefused` if the entries are too large, one or all, or too much compressed."""
    for entry in entries:
        if entry.method is Method.STORED and entry.size != entry.stored_size:
            raise _damaged(f"the entry {zip_names.shown(entry.name)} has two sizes")
        too_dense = entry.size > entry.stored_size * limits.entry_ratio
        if entry.size > limits.ratio_from and too_dense:
            raise ArchiveRefused(
                "entry-ratio-too-high",
                f"The entry {zip_names.shown(entry.name)} says that it has {entry.size} bytes, "
                f"compressed to {entry.stored_size}. No file of an event is so easy to compress.",
            )
    total = sum(entry.size for entry in entries)
    if total > limits.total_bytes:
        raise ArchiveRefused(
            "archive-too-large",
            f"The archive's files have {total} bytes in total; "
            f"at most {limits.total_bytes} are read.",
        )


def _checked(entries: list[ZipEntry], directory: _Directory) -> dict[str, ZipEntry]:
    """Return the files by name. Raises `ArchiveRefused` for a name or a byte that two entries have.

    Each entry gets its `end`, the header of the next one, or the directory.
    """
    files: dict[str, ZipEntry] = {}
    names: set[str] = set()
    end = directory.offset
    for entry in sorted(entries, key=lambda entry: entry.header, reverse=True):
        least = entry.header + LOCAL_HEADER_SIZE + len(entry.raw_name) + entry.stored_size
        if least > end:
            raise ArchiveRefused(
                "entry-overlaps",
                f"The entry {zip_names.shown(entry.name)} overlaps another part of the archive.",
            )
        name = entry.name.removesuffix("/")
        if name in names:
            raise ArchiveRefused(
                "entry-repeated", f"The archive has the entry {zip_names.shown(name)} twice."
            )
        names.add(name)
        if name != entry.name:
            if entry.size:
                raise _damaged(f"the folder {zip_names.shown(name)} has content")
        else:
            files[name] = ZipEntry(
                name,
                entry.raw_name,
                entry.method,
                entry.crc32,
                entry.size,
                entry.stored_size,
                entry.header,
                end,
            )
        end = entry.header
    return dict(reversed(files.items()))


def _damaged(why: str) -> ArchiveRefused:
    return ArchiveRefused(
        "archive-damaged", f"The ZIP file is damaged: {why}. Upload the archive again."
    )
