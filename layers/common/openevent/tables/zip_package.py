"""Writes an Office Open XML package, which is a ZIP file, one part after the other. Pure.

The headers are those of `archive.zip_format`. `zipfile` takes a third longer for the same file, as
its deflate is slower.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from isal import isal_zlib

from openevent.archive.zip_format import (
    Entry,
    Method,
    directory_record,
    end_of_directory,
    local_header,
)

# ISA-L's levels go from 0 to 3.
_LEVEL = 1

# Characters that are deflated at a time.
_CHUNK = 1 << 16


class Part:
    """A part of the package that is being written."""

    def __init__(self, out: IO[bytes]) -> None:
        """`out` receives the deflated bytes."""
        self.crc32 = 0
        self.size = 0
        self.stored_size = 0
        self._out = out
        self._texts: list[str] = []
        self._length = 0
        self._deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15)

    def write(self, text: str) -> None:
        """Append `text`."""
        self._texts.append(text)
        self._length += len(text)
        if self._length >= _CHUNK:
            self._flush()

    def finish(self) -> None:
        """Deflate what remains."""
        self._flush()
        self._store(self._deflate.flush())

    def _flush(self) -> None:
        data = "".join(self._texts).encode()
        self._texts.clear()
        self._length = 0
        self.crc32 = isal_zlib.crc32(data, self.crc32)
        self.size += len(data)
        self._store(self._deflate.compress(data))

    def _store(self, data: bytes) -> None:
        self.stored_size += len(data)
        self._out.write(data)


class Package:
    """A package in `file`, which is empty and can be read and sought."""

    def __init__(self, file: IO[bytes], modified: datetime) -> None:
        """`modified`: the time of all its parts."""
        self._file = file
        self._modified = modified
        self._records: list[bytes] = []

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """Write a part. The next one is written after it."""
        offset = self._file.tell()
        self._file.write(local_header(self._entry(name, 0, 0, 0)))
        part = Part(self._file)
        yield part
        part.finish()
        entry = self._entry(name, part.crc32, part.size, part.stored_size)
        # Its header has the same length, as no part is larger than 4 GiB.
        end = self._file.tell()
        self._file.seek(offset)
        self._file.write(local_header(entry))
        self._file.seek(end)
        self._records.append(directory_record(entry, offset))

    def finish(self) -> None:
        """Write the directory. Nothing can be added afterwards."""
        offset = self._file.tell()
        records = b"".join(self._records)
        self._file.write(records)
        self._file.write(end_of_directory(len(self._records), len(records), offset))

    def _entry(self, name: str, crc32: int, size: int, stored_size: int) -> Entry:
        return Entry(name, Method.DEFLATED, crc32, size, stored_size, self._modified)
