"""Writer of an archive: files are appended one after the other, the manifest last.

The archive grows on the local disk or, if it is too large for that, in the parts of an upload. Its
directory and the files that wait to be written are on the disk in both cases.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from json import JSONEncoder
from os import SEEK_END
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast
from weakref import WeakSet

from isal import isal_zlib

from openevent.archive import zip_format
from openevent.archive.work_directory import WorkDirectory
from openevent.archive.zip_format import Entry, Method
from openevent.media.skipped import Reason, Skipped

CHUNK = 1 << 18

# Bytes of a temporary file that stay in memory before it goes to disk.
MEMORY = 1 << 19

# ISA-L's levels go from 0 to 3; 1 deflates JSON about as small as zlib's 6 does.
LEVEL = 1

# Bytes of the disk that must stay free: for logs and temporary files of libraries.
RESERVE = 32 << 20

# Bytes that are asked for until the disk is looked at again: less than the reserve.
ROOM_CHECK = 16 << 20

# Bytes of the archive that are written at once, and their pieces at most: headers and files as they
# come. One write for each photo takes a quarter more of the processor; Linux takes 1,024 pieces.
BLOCK = 1 << 20
PIECES = 512

_encode = JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Summary:
    """A finished archive: its size in bytes, its SHA-256 in hex, and the number of its files.

    `sha256` is None if S3 copied most of its bytes.
    """

    size: int
    sha256: str | None
    files: int


class Sink(Protocol):
    """Receiver of an archive's bytes."""

    def write(self, data: bytes, /) -> object:
        """Append `data`."""

    def tell(self) -> int:
        """Return the number of the archive's bytes so far."""


class _File:
    """File of an archive on the disk, which is hashed while it is written, in blocks."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._digest = hashlib.sha256()
        self._size = 0
        self._pieces: list[bytes] = []
        self._waiting = 0

    def write(self, data: bytes, /) -> None:
        self._digest.update(data)
        self._size += len(data)
        self._pieces.append(data)
        self._waiting += len(data)
        if self._waiting >= BLOCK or len(self._pieces) >= PIECES:
            self._write()

    def whole(self) -> IO[bytes]:
        """Return the file with all that was written."""
        self._write()
        return self._file

    def close(self) -> None:
        self._file.close()

    def tell(self) -> int:
        return self._size

    def sha256(self) -> str:
        """Return the SHA-256 of all that was written, in hex."""
        return self._digest.hexdigest()

    def _write(self) -> None:
        pieces, self._pieces = self._pieces, []
        written = os.writev(self._file.fileno(), pieces)
        if written < self._waiting:  # Linux writes less if a signal comes, or the disk is full
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        self._waiting = 0


class DataFileWriter:
    """Writer of one data file, which is deflated at once.

    `rows`: the number of its rows, if it has rows.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool` receives the deflated bytes."""
        self.rows: int | None = None
        self._spool = spool
        self._pieces: list[bytes] = []
        self._length = 0
        self._deflate = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
        self._digest = hashlib.sha256()
        self._crc32 = 0
        self._size = 0

    def write(self, data: str | bytes) -> None:
        """Append `data`; a text in UTF-8."""
        piece = data.encode() if isinstance(data, str) else data
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length >= CHUNK:
            self._flush()

    def finish(self, name: str, modified: datetime) -> tuple[Entry, str]:
        """Return the file's entry, and its SHA-256 in hex."""
        self._flush()
        self._spool.write(self._deflate.flush())
        stored_size = self._spool.tell()
        entry = Entry(name, Method.DEFLATED, self._crc32, self._size, stored_size, modified)
        return entry, self._digest.hexdigest()

    def _flush(self) -> None:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        self._digest.update(data)
        self._crc32 = isal_zlib.crc32(data, self._crc32)
        self._size += len(data)
        self._spool.write(self._deflate.compress(data))


class Archive:
    """An archive in a directory of its own, which the end of the `with` block removes."""

    def __init__(self, *, modified: datetime, sink: Sink | None = None) -> None:
        """`modified`: the time of all files in the archive.

        `sink` receives its bytes; without one they are in the file `path`.
        """
        self.modified = modified
        self._sink = sink
        self._count = 0
        # Bytes that the disk had room for at the last look, and nothing has asked for since.
        self._room = 0
        self._spools: WeakSet[IO[bytes]] = WeakSet()

    def __enter__(self) -> Self:
        """Make the directory and open the archive."""
        self._directory = WorkDirectory()
        self.path = self._directory.path / "archive.zip"
        self._file = None if self._sink else _File(self.path)
        self._out: Sink = self._sink or cast("Sink", self._file)
        self._records = tempfile.SpooledTemporaryFile(MEMORY, dir=str(self._directory.path))
        self._manifest = tempfile.SpooledTemporaryFile(MEMORY, dir=str(self._directory.path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close and remove everything."""
        if self._file is not None:
            self._file.close()
        for file in (self._records, self._manifest, *self._spools):
            file.close()
        self._directory.remove()

    @property
    def size(self) -> int:
        """Number of bytes written so far."""
        return self._out.tell()

    def spool(self) -> IO[bytes]:
        """Return a temporary file beside the archive, in memory while it is small.

        The end of the archive closes it.
        """
        spool = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - with the archive
            MEMORY, dir=str(self._directory.path)
        )
        self._spools.add(spool)
        return spool

    def require_room(self, size: int) -> None:
        """Raise `Skipped` if the disk has no room for `size` more bytes and the reserve.

        Small files are let through until they are `ROOM_CHECK` bytes together.
        """
        if size > self._room:
            free = shutil.disk_usage(self._directory.path).free - RESERVE
            if free < size:
                raise Skipped(Reason.NO_ROOM)
            self._room = min(free, size + ROOM_CHECK)
        # Threads may count too little, which is less than what the reserve has besides.
        self._room -= size

    @contextmanager
    def data_file(self, name: str) -> Iterator[DataFileWriter]:
        """Write a data file; it is in the archive if the block ends without an exception."""
        with self.spool() as spool:
            writer = DataFileWriter(spool)
            yield writer
            entry, sha256 = writer.finish(name, self.modified)
            spool.seek(0)
            self._append(entry, sha256, spool, rows=writer.rows)

    def add_array(self, name: str, batches: Iterable[Sequence[bytes | memoryview]]) -> None:
        """Append a data file that is a JSON array, given batches of its indented elements."""
        with self.data_file(name) as file:
            file.rows = 0
            for texts in filter(None, batches):
                file.write(b",\n" if file.rows else b"[\n")
                file.write(b",\n".join(texts))
                file.rows += len(texts)
            file.write(b"\n]" if file.rows else b"[]")

    def add_media(self, name: str, content: IO[bytes], *, crc32: int, sha256: str) -> None:
        """Append a media file, uncompressed; `content` is read from its beginning.

        Raises `Skipped` if the disk has no room for it.
        """
        size = content.seek(0, 2)
        self.require_room(size)
        content.seek(0)
        entry = Entry(name, Method.STORED, crc32, size, size, self.modified)
        self._append(entry, sha256, content)

    def add_placed(self, entry: Entry, offset: int, *, sha256: str | None) -> None:
        """Add a file to the directory that is in the archive already, its header at `offset`."""
        self._list(entry, offset, sha256)

    def written(self) -> IO[bytes]:
        """Return the archive's bytes so far. Raises `ValueError` if it is not on the disk."""
        if self._file is None:
            raise ValueError("the archive is not on disk")
        return self._file.whole()

    def save(self, to: IO[bytes]) -> None:
        """Write directory and list of the files so far, for `restore` in another process."""
        for spool in (self._records, self._manifest):
            to.write(b"%d\n" % spool.tell())
            spool.seek(0)
            shutil.copyfileobj(spool, to, CHUNK)

    def restore(self, saved: IO[bytes]) -> None:
        """Continue the directory and list that another archive saved."""
        for spool in (self._records, self._manifest):
            spool.write(saved.read(int(saved.readline())))
        self._count = sum(1 for _ in self.listed())
        self._manifest.seek(0, SEEK_END)

    def finish(self) -> Summary:
        """Write the directory. Nothing can be added afterwards."""
        offset = self._out.tell()
        size = self._records.tell()
        self._records.seek(0)
        _copy(self._records, self._out)
        self._out.write(zip_format.end_of_directory(self._count, size, offset))
        size = self._out.tell()
        if self._file is None:
            return Summary(size, None, self._count)
        self._file.whole()
        return Summary(size, self._file.sha256(), self._count)

    def listed(self) -> Iterator[str]:
        """Yield a JSON object for each file so far: path, size, SHA-256 or CRC-32, and rows."""
        self._manifest.seek(0)
        yield from (line.decode().rstrip("\n") for line in self._manifest)

    def _append(
        self, entry: Entry, sha256: str, content: IO[bytes], *, rows: int | None = None
    ) -> None:
        offset = self._out.tell()
        self._out.write(zip_format.local_header(entry))
        _copy(content, self._out)
        self._list(entry, offset, sha256, rows=rows)

    def _list(
        self, entry: Entry, offset: int, sha256: str | None, *, rows: int | None = None
    ) -> None:
        self._records.write(zip_format.directory_record(entry, offset))
        self._count += 1
        checksum = f'"crc32": "{entry.crc32:08x}"' if sha256 is None else f'"sha256": "{sha256}"'
        counted = "" if rows is None else f', "rows": {rows}'
        listing = f'{{"path": {_encode(entry.name)}, "size": {entry.size}, {checksum}{counted}}}\n'
        self._manifest.write(listing.encode())


def _copy(content: IO[bytes], out: Sink) -> None:
    while data := content.read(CHUNK):
        out.write(data)
