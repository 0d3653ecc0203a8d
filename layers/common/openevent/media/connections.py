"""Connections to servers that may be hostile: what they send before and around a body is bounded.

`http.client` allows 100 headers of 64 KiB each and any number of 100 Continue answers, and reads a
chunk of size -1 until the connection ends. Here all lines that come in a row share one limit, and
every read of a body has a size. The watch knows each connection from its first byte on, the TLS
handshake included.
"""

import io
import socket
from http.client import HTTPException, HTTPResponse, LineTooLong
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from openevent.media.watch import note

if TYPE_CHECKING:
    from urllib3 import HTTPResponse as Response

# Bytes of lines (status, headers, sizes of chunks, trailers) until a byte of the body has to come.
# Servers and proxies allow 8 to 64 KiB of headers.
MAX_LINES = 64 << 10

# Bytes of the body that are read at a time, at most.
MAX_READ = 1 << 20


class BoundedReader(io.BufferedReader):
    """Reads an answer. Raises `HTTPException` for lines without end and reads without a size."""

    lines = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line, of `size` bytes at most."""
        left = MAX_LINES - self.lines
        line = super().readline(left if size is None or size < 0 else min(size, left))
        self.lines += len(line)
        if self.lines >= MAX_LINES:
            raise LineTooLong("answer")
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes of the body."""
        if size is None or not 0 <= size <= MAX_READ:
            raise HTTPException(f"a read of {size} bytes")
        self.lines = 0
        return super().read(size)


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the parent's
        super().__init__(sock, *args, **options)
        self.fp = BoundedReader(self.fp.detach())


class PlainConnection(HTTPConnection):
    """A connection by HTTP."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())

    def getresponse(self) -> "Response":  # type: ignore[override]  # as urllib3 overrides it
        """Wait for the answer to the request."""
        _noted(self.sock)
        return super().getresponse()


class TlsConnection(HTTPSConnection):
    """A connection by HTTPS."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())

    def getresponse(self) -> "Response":  # type: ignore[override]  # as urllib3 overrides it
        """Wait for the answer to the request."""
        _noted(self.sock)
        return super().getresponse()


def _noted(sock: socket.socket) -> socket.socket:
    note(sock)
    return sock
