"""Content of one entry of an untrusted ZIP file, as a stream that is checked while it is read.

Untrusted data is inflated by zlib, of which every program with the web as its input is a test;
ISA-L's inflate takes two thirds of the time (22 ms for 24 MB of JSON instead of 33).
"""

import io
import zlib
from hashlib import sha256
from struct import Struct

from isal import isal_zlib

from openevent.archive.zip_format import Method
from openevent.importing.reading.random_access import RandomAccess
from openevent.importing.reading.zip_directory import LOCAL_HEADER_SIZE, ZipEntry
from openevent.importing.reading.zip_names import shown
from openevent.importing.source import ArchiveRefused

# 4.3.7 of APPNOTE.TXT.
_LOCAL = Struct("<4s5H3L2H")

# Bytes of compressed data that are read at a time, and the most that are kept uncompressed.
_COMPRESSED, _UNCOMPRESSED = 64 * 1024, 256 * 1024


class EntryStream(io.RawIOBase):
    """The bytes of an entry: at most as many as its directory says, and at the end exactly those.

    Raises `ArchiveRefused` as soon as the entry proves to be longer, shorter or other than the
    directory says, or than `sha256`, if given.
    """

    def __init__(self, archive: RandomAccess, entry: ZipEntry, digest: str | None = None) -> None:
        """`digest`: the SHA-256 of the entry's bytes, in hex; None if it is not known."""
        super().__init__()
        self.entry = entry
        self._archive = archive
        self._at = _data_offset(archive, entry)
        self._end = self._at + entry.stored_size
        self._inflate = (
            zlib.decompressobj(-zlib.MAX_WBITS) if entry.method is Method.DEFLATED else None
        )
        self._read = 0
        self._crc32 = 0
        self._expected = digest
        self._digest = sha256() if digest is not None else None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read into `buffer`; return the number of bytes, 0 at the end."""
        if not self._ready:
            self._ready = memoryview(self._next())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self) -> bytes:
        """Return the next bytes, checked; b"" once at the end, when all of them are."""
        data = self._stored() if self._inflate is None else self._inflated(self._inflate)
        self._read += len(data)
        if self._read > self.entry.size:
            raise self._damaged("is longer than the archive says")
        self._crc32 = isal_zlib.crc32(data, self._crc32)
        if self._digest is not None:
            self._digest.update(data)
        if not data:
            self._finish()
        return data

    def _stored(self) -> bytes:
        data = self._archive.read_at(self._at, min(_UNCOMPRESSED, self._end - self._at))
        self._at += len(data)
        return data

    def _inflated(self, inflate: "zlib._Decompress") -> bytes:
        while not inflate.eof:
            compressed = inflate.unconsumed_tail
            if not compressed:
                compressed = self._archive.read_at(self._at, min(_COMPRESSED, self._end - self._at))
                self._at += len(compressed)
            try:
                data = inflate.decompress(compressed, _UNCOMPRESSED)
            except zlib.error as damaged:
                raise self._damaged("cannot be decompressed") from damaged
            if data:
                return data
            if not compressed:
                raise self._damaged("ends early")
        return b""

    def _finish(self) -> None:
        """Raise `ArchiveRefused` if what was read is not what the archive says."""
        rest = self._inflate is not None and bool(self._inflate.unused_data)
        if rest or self._at != self._end:
            raise self._damaged("ends before its data does")
        if self._read != self.entry.size or self._crc32 != self.entry.crc32:
            raise self._damaged("does not have the checksum that the archive says")
        if self._digest is not None and self._digest.hexdigest() != self._expected:
            raise ArchiveRefused(
                "manifest-differs",
                f"The file {shown(self.entry.name)} is not the one that manifest.json describes: "
                "the archive was changed after it was made. If you changed it, remove "
                "manifest.json from the archive and import it again.",
            )

    def _damaged(self, how: str) -> ArchiveRefused:
        return ArchiveRefused(
            "entry-damaged",
            f"The file {shown(self.entry.name)} in the archive {how}. Upload the archive again.",
        )


def _data_offset(archive: RandomAccess, entry: ZipEntry) -> int:
    """Return where the entry's data begins. Raises `ArchiveRefused` if its header disagrees."""
    header = archive.read_at(entry.header, LOCAL_HEADER_SIZE)
    agrees = len(header) == LOCAL_HEADER_SIZE
    if agrees:
        signature, _, _, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack(header)
        start = entry.header + LOCAL_HEADER_SIZE + name_size + extra_size
        name = archive.read_at(entry.header + LOCAL_HEADER_SIZE, len(entry.raw_name))
        agrees = (
            signature == b"PK\x03\x04"
            and method == entry.method
            and name_size == len(entry.raw_name)
            and name == entry.raw_name
        )
        if agrees and start + entry.stored_size <= entry.end:
            return int(start)
    code = "entry-overlaps" if agrees else "entry-damaged"
    raise ArchiveRefused(
        code,
        f"The header of the file {shown(entry.name)} contradicts the archive's directory. "
        "Make the archive again with an ordinary ZIP program.",
    )
