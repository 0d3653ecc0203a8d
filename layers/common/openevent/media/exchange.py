"""Exchanges by HTTP/1.1 (RFC 9112): a request and its answer, on a connection that stays open.

Servers may be hostile: all lines that come in a row share one limit, and every read has a size.
`http.client` and urllib3 would take 0.2 ms of the processor for each answer, most of it for
headers; 5,000 photos are a second.
"""

import re
import socket
from collections.abc import Iterator, Mapping
from io import BytesIO
from ssl import SSLSocket

from openevent.media.transfer import CHUNK

# Bytes of lines (status, headers, sizes of chunks, trailers) until a byte of the body has to come.
# Servers and proxies allow 8 to 64 KiB of headers.
MAX_LINES = 64 << 10

# Bytes that are read before it is known how many there are: most heads, and little of the body.
AHEAD = 1 << 12

# Digits of a length that is read as a number; more are more than S3 or a disk could hold.
MAX_DIGITS = 19

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.(\d) (\d{3})(?: .*)?")
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]+)\s*(?:;.*)?")

# What would end a line of the request, or a part of it.
_SEPARATOR = re.compile("[\x00-\x20\x7f]")

# Status of an answer before the answer.
_CONTINUE = 100

# Statuses of answers without a body (RFC 9110, 6.4.1).
_WITHOUT_BODY = frozenset({204, 304})

_NOTHING: frozenset[str] = frozenset()


class Unanswered(ConnectionError):
    """A connection failed before the first byte of an answer."""


def ask(sock: socket.socket, host: str, target: str) -> "Reply":
    """Send a GET for `target` (path and query) of `host`; return the answer, its body unread.

    Raise `OSError` if the connection fails, `Unanswered` if that is before the answer; `ValueError`
    for what is no HTTP.
    """
    if _SEPARATOR.search(host + target):
        raise ValueError("a blank or control character in an address")
    request = (
        f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\n"
        "User-Agent: open-event-export\r\n\r\n"
    )
    try:
        sock.sendall(request.encode("ascii"))
        ahead = sock.recv(AHEAD)
    except OSError as error:
        raise Unanswered from error
    if not ahead:
        raise Unanswered
    return Reply(sock, ahead)


class Reply:
    """An answer: its `status`, and its `headers` by name in small letters.

    `length`: bytes of the body, if the server says so. `is_complete`: whether the body was read to
    its end, and the connection can serve another request.
    """

    status: int
    headers: Mapping[str, str]

    def __init__(self, sock: socket.socket, ahead: bytes) -> None:
        """Read the head of the answer, which begins with the bytes `ahead`. Raise as `ask`."""
        self._sock = sock
        # The kernel collects a piece; under TLS, pieces are those of the server.
        self._wait = 0 if isinstance(sock, SSLSocket) else socket.MSG_WAITALL
        # Bytes that were read and not used yet, and the bytes of the lines before them.
        self._ahead = ahead
        self._lines = 0
        minor = self._read_head()
        while self.status == _CONTINUE:
            minor = self._read_head()
        codings = self.listed("transfer-encoding")
        self._is_chunked = "chunked" in codings
        said = not codings and "content-length" in self.headers
        self.length = _length(self.listed("content-length")) if said else None
        if self.status in _WITHOUT_BODY:
            self.length = 0
        self._stays = minor > 0 and "close" not in self.listed("connection")
        self.is_complete = False
        self._end(is_over=self.length == 0)

    def listed(self, name: str) -> frozenset[str]:
        """Return the items of the header `name`, which is a list, in small letters."""
        value = self.headers.get(name)
        return _listed(value) if value else _NOTHING

    def chunks(self) -> Iterator[bytes]:
        """Read the body, in pieces of `CHUNK` bytes or less. Raise as `ask`."""
        if self._is_chunked:
            yield from self._chunked()
        elif self.length is not None:
            yield from self._exactly(self.length)
        else:
            yield from self._until_closed()
            return
        self._end(is_over=True)

    def _end(self, *, is_over: bool) -> None:
        # A server that sends more than it said does not know where its answers end.
        self.is_complete = is_over and self._stays and not self._ahead

    def _read_head(self) -> int:
        """Read status and headers; return the minor version of the protocol."""
        while (end := _END_OF_HEAD.search(self._ahead)) is None:
            self._read_ahead()
        head, self._ahead = self._ahead[: end.start()], self._ahead[end.end() :]
        self._count(end.end())
        first, *lines = head.decode("latin-1").split("\n")
        found = _STATUS_LINE.fullmatch(first.rstrip("\r"))
        if found is None:
            raise ValueError("an answer that is no HTTP")
        self.status = int(found[2])
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        self.headers = headers
        return int(found[1])

    def _read_ahead(self) -> None:
        self._count(0)
        self._ahead += self._received()

    def _received(self) -> bytes:
        if data := self._sock.recv(AHEAD):
            return data
        raise ConnectionError("the server hung up")

    def _count(self, size: int) -> None:
        """Count the bytes of lines; those that are ahead may be lines too."""
        self._lines += size
        if self._lines + len(self._ahead) > MAX_LINES + AHEAD:
            raise ValueError("lines without an end")

    def _line(self) -> bytes:
        while (end := self._ahead.find(b"\n")) < 0:
            self._read_ahead()
        line, self._ahead = self._ahead[:end], self._ahead[end + 1 :]
        self._count(end + 1)
        return line.rstrip(b"\r")

    def _chunked(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._exactly(size)
            if self._line():
                raise ValueError("a chunk that is longer than its size")
        while self._line():
            """Skip the trailers."""

    def _chunk_size(self) -> int:
        found = _CHUNK_SIZE.fullmatch(self._line())
        if found is None:
            raise ValueError("a chunk without a size")
        return int(found[1], 16)

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._piece(min(size, CHUNK))
            self._lines = 0
            size -= len(piece)
            yield piece

    def _piece(self, size: int) -> bytes:
        """Read `size` bytes, into memory that is not copied again."""
        room = BytesIO(bytes(size))
        with room.getbuffer() as view:
            taken = self._ahead[:size]
            self._ahead = self._ahead[size:]
            filled = len(taken)
            view[:filled] = taken
            while filled < size:
                room_left = size - filled
                received = self._sock.recv_into(view[filled:], room_left, self._wait)
                if not received:
                    raise ConnectionError("the server hung up")
                filled += received
        return room.getvalue()

    def _until_closed(self) -> Iterator[bytes]:
        piece, self._ahead = self._ahead, b""
        while piece := piece or self._sock.recv(CHUNK):
            yield piece
            piece = b""


def _listed(value: str) -> frozenset[str]:
    return frozenset(item for part in value.split(",") if (item := part.strip().lower()))


def _length(said: frozenset[str]) -> int:
    """Return the one length that is said, once or more often (RFC 9112, 6.3)."""
    if len(said) != 1:
        raise ValueError("lengths that contradict each other, or none")
    (text,) = said
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a length that is no number")
    return int(text) if len(text) <= MAX_DIGITS else 10**MAX_DIGITS
