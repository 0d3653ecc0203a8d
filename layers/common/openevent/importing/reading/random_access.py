"""Reads of byte ranges of one file, from any thread."""

from threading import Lock
from typing import BinaryIO


class RandomAccess:
    """A file of which ranges are read; `size` is in bytes."""

    def __init__(self, file: BinaryIO) -> None:
        """`file`: seekable, and left open."""
        self._file = file
        self._lock = Lock()
        self.size = file.seek(0, 2)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer only at the file's end."""
        with self._lock:
            self._file.seek(offset)
            return self._file.read(size)
