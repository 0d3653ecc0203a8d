"""Transfer of one media file: from an answer to a target, checked, hashed, and within limits."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import IO, Protocol

from isal import isal_zlib

from openevent.media.deadline import Deadline
from openevent.media.names import HEAD, extension, is_web_page
from openevent.media.skipped import Reason, Skipped

# Bytes that are read at a time: most photos are one piece, which is never copied.
CHUNK = 1 << 18

# Bytes of a file after which the room on the disk is looked at again.
ROOM_CHECK = 16 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: where it came from, its word on type and length, and the bytes."""

    address: str
    content_type: str | None
    length: int | None
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Size, checksums and extension of a media file, by its bytes."""

    size: int
    crc32: int
    sha256: str
    extension: str


class Target(Protocol):
    """Receiver of a media file's bytes."""

    def begin(self, extension: str, length: int | None) -> None:
        """Begin the file, or begin it again after a try that failed.

        `length`: bytes, by the server's word, if it says anything.
        """

    def write(self, data: bytes, /) -> object:
        """Append the next bytes."""


class Spool:
    """Target in memory if it comes in one piece, otherwise a file, as long as its disk has room."""

    def __init__(
        self, new_file: Callable[[], IO[bytes]], require_room: Callable[[int], None]
    ) -> None:
        """`require_room` raises `Skipped` if its number of bytes does not fit on the disk."""
        self._new_file = new_file
        self._require_room = require_room
        self._piece = b""
        self._size = 0
        self._file: IO[bytes] | None = None

    def begin(self, extension: str, length: int | None) -> None:
        """Check that there is room for `length` bytes."""
        del extension
        self._require_room(length or 0)

    def write(self, data: bytes, /) -> None:
        """Append `data`."""
        before, self._size = self._size, self._size + len(data)
        if before // ROOM_CHECK != self._size // ROOM_CHECK:
            self._require_room(ROOM_CHECK)
        if not before:
            self._piece = data
            return
        if self._file is None:
            self._file = self._new_file()
            self._file.write(self._piece)
            self._piece = b""
        self._file.write(data)

    def content(self) -> IO[bytes]:
        """Return the file. One piece is not copied."""
        return BytesIO(self._piece) if self._file is None else self._file

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()


def transfer(
    answer: Answer, target: Target, deadline: Deadline, check_size: Callable[[int], None]
) -> FileFacts:
    """Write the body of `answer` to `target`.

    `check_size` raises `Skipped` for a number of bytes that is too large. Raises `Skipped` also
    for an empty file, for a web page, and after the `deadline`.
    """
    check_size(answer.length or 0)
    following = answer.chunks
    head = b""
    while len(head) < HEAD and (chunk := next(following, b"")):
        head += chunk
    if not head:
        raise Skipped(Reason.EMPTY)
    if is_web_page(head[:HEAD], answer.content_type):
        raise Skipped(Reason.WEB_PAGE)
    ending = extension(head[:HEAD], answer.content_type, answer.address)
    target.begin(ending, answer.length)
    digest, crc32, size = hashlib.sha256(), 0, 0
    for chunk in chain([head], following):
        size += len(chunk)
        check_size(size)
        if deadline.is_over():
            raise Skipped(Reason.TOO_SLOW)
        digest.update(chunk)
        crc32 = isal_zlib.crc32(chunk, crc32)
        target.write(chunk)
    return FileFacts(size, crc32, digest.hexdigest(), ending)
