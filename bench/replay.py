"""The database's own time for what a connection asked it: the same bytes, sent again at once.

What remains is the server's work. Nothing is built, and no answer is waited for or read.
"""

import time
from typing import Any

from openevent.adapters.credentials import Credentials
from openevent.adapters.driver import Connection

BUFFER = 1 << 16


class Line:
    """A connection's line to the server that keeps what is sent after the greeting, in `sent`."""

    def __init__(self, file: Any, sent: bytearray) -> None:  # noqa: ANN401 - the driver has no types
        self._file = file
        self._sent = sent

    def write(self, data: bytes) -> int:
        """Send the bytes, and keep them."""
        self._sent += data
        written: int = self._file.write(data)
        return written

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        """Return what the line itself has."""
        return getattr(self._file, name)


class Recorded(Credentials):
    """Credentials whose connections keep in `sent` what they send."""

    sent = bytearray()

    def connect(self) -> Connection:
        """Return a new connection."""
        connection = super().connect()
        connection._sock = Line(connection._sock, self.sent)  # noqa: SLF001 - it has no other way
        return connection


def replayed(database_url: str, sent: bytes | bytearray) -> float:
    """Send `sent`, which ends with a goodbye, and return the seconds until the last answer.

    Raises `RuntimeError` if the server did not commit.
    """
    line: Any = Credentials.from_url(database_url).connect()._usock  # noqa: SLF001 - as above
    answer = bytearray()
    with line:
        started = ended = time.perf_counter()
        line.sendall(sent)
        while data := line.recv(BUFFER):
            ended = time.perf_counter()
            answer += data
    if b"COMMIT\0" not in answer:
        raise RuntimeError(answer[-1000:])
    return ended - started
