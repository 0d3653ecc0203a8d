"""Transfer of one media file: from an answer to a target, checked, hashed, and within limits."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Protocol

from isal import isal_zlib

from openevent.media.deadline import Deadline
from openevent.media.names import HEAD, extension, is_web_page
from openevent.media.skipped import Reason, Skipped

CHUNK = 1 << 17

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
    """Target that is a temporary file, as long as there is room on its disk."""

    def __init__(self, content: IO[bytes], require_room: Callable[[int], None]) -> None:
        """`require_room` raises `Skipped` if its number of bytes does not fit on the disk."""
        self.content = content
        self._require_room = require_room

    def begin(self, extension: str, length: int | None) -> None:
        """Check that there is room for `length` bytes."""
        del extension
        self._require_room(length or 0)

    def write(self, data: bytes, /) -> None:
        """Append `data`."""
        size = self.content.tell()
        if size // ROOM_CHECK != (size + len(data)) // ROOM_CHECK:
            self._require_room(ROOM_CHECK)
        self.content.write(data)


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
