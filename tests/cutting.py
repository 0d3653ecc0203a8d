"""A database that fails: a proxy before a real server that cuts the line at a chosen statement."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SOCKET = ".s.PGSQL.5432"

# Messages of PostgreSQL's protocol (its manual, "Message Formats"): those that run a statement, the
# one that ends what a client has to say, and the one that says that the server is done with it.
RUNS = (b"Q", b"E")
SYNC = b"S"
READY = b"Z"

# What a client asks first that would like to encrypt, and the answer that it cannot.
ENCRYPT = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
IN_THE_CLEAR = b"N"


@dataclass
class CuttingProxy:
    """Passes on what clients and the server say, until a statement at which it cuts the line.

    `directory` is where clients find it. `statements` counts what clients have had run. At number
    `cut_at` the line is cut: before the server hears of the statement, or, with `is_done_first`,
    when it has done it and before the client hears of that. With `stays_down` no process listens
    afterwards.
    """

    upstream: Path
    directory: Path
    listener: socket.socket
    statements: int = 0
    cut_at: int | None = None
    is_done_first: bool = False
    stays_down: bool = False
    has_cut: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(
        self, cut_at: int | None, *, is_done_first: bool = False, stays_down: bool = False
    ) -> None:
        """Start counting again, and cut the line at that statement, or never."""
        with self._lock:
            self.statements = 0
            self.cut_at = cut_at
            self.is_done_first = is_done_first
            self.stays_down = stays_down
            self.has_cut = False

    def serve(self) -> None:
        """Let clients in until the listener is shut."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._connect, args=[client], daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError, EOFError):
            server.connect(str(self.upstream / SOCKET))
            answers = _Answers(server, client)
            threading.Thread(target=answers.pass_on, daemon=True).start()
            server.sendall(_startup(client))
            while True:
                kind, message = _message(client)
                if kind in RUNS and self._is_to_cut():
                    if self.is_done_first:
                        answers.keep_back()
                        server.sendall(message)
                        while kind not in (SYNC, b"Q"):
                            kind, message = _message(client)
                            server.sendall(message)
                        answers.ready.wait(20)
                    if self.stays_down:
                        _shut(self.listener)
                    _shut(server)
                    _shut(client)
                    return
                server.sendall(message)

    def _is_to_cut(self) -> bool:
        with self._lock:
            self.statements += 1
            if self.statements == self.cut_at:
                self.has_cut = True
            return self.statements == self.cut_at


class _Answers:
    """Answers of a server to one client."""

    def __init__(self, server: socket.socket, client: socket.socket) -> None:
        self._server = server
        self._client = client
        self._kept_back = False
        self.ready = threading.Event()

    def keep_back(self) -> None:
        """Tell the client nothing any more, but note when the server is done."""
        self._kept_back = True

    def pass_on(self) -> None:
        """Until either of them hangs up."""
        with suppress(OSError, EOFError):
            while True:
                kind, message = _message(self._server)
                if not self._kept_back:
                    self._client.sendall(message)
                elif kind == READY:
                    self.ready.set()
        _shut(self._client)


@contextmanager
def cutting_proxy(upstream: Path, directory: Path) -> Iterator[CuttingProxy]:
    """A proxy in `directory` before the server whose socket is in `upstream`."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / SOCKET))
        listener.listen()
        proxy = CuttingProxy(upstream, directory, listener)
        threading.Thread(target=proxy.serve, daemon=True).start()
        try:
            yield proxy
        finally:
            _shut(listener)


def _startup(client: socket.socket) -> bytes:
    length = _exactly(client, 4)
    message = length + _exactly(client, int.from_bytes(length) - 4)
    if message == ENCRYPT:
        client.sendall(IN_THE_CLEAR)
        return _startup(client)
    return message


def _message(line: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(line, 5)
    return head[:1], head + _exactly(line, int.from_bytes(head[1:]) - 4)


def _exactly(line: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = line.recv(length - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
