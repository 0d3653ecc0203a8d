"""Cuts off connections whose time is over.

A socket's own timeout is one for each piece that comes: a server that sends a byte every few
seconds, of a TLS handshake, of its headers or of a media file, never meets it.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock, Thread

from openevent.media.deadline import Deadline

# Seconds between two looks at the clock.
INTERVAL = 0.25


@dataclass(eq=False, slots=True)
class Exchange:
    """A request and its answer: until when, and the connection they go through, if there is one.

    `through` is a second handle of the connection: that of urllib3 changes its owner under TLS.
    """

    deadline: Deadline
    through: socket.socket | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether its time is over."""
        return self.deadline.is_over()

    def go_through(self, sock: socket.socket | None) -> None:
        """Use the connection of `sock` from now on."""
        before = self.through
        if sock is None:
            self.through = None
        else:
            self.through = socket.fromfd(sock.fileno(), sock.family, sock.type)
        if before is not None:
            before.close()


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def note(sock: socket.socket) -> None:
    """Let this thread's exchange go through the connection of `sock` from now on."""
    exchange = _current.get()
    if exchange is not None:
        exchange.go_through(sock)


class Watch:
    """Watches over the exchanges of many threads, in one thread that ends with the last of them."""

    def __init__(self) -> None:
        """Nothing to watch yet."""
        self._lock = Lock()
        self._exchanges: set[Exchange] = set()
        self._runs = False

    @contextmanager
    def over(self, deadline: Deadline) -> Iterator[Exchange]:
        """Watch over this thread's next exchange, which is cut off at the `deadline`.

        An answer that was cut off may look like one that ended: check `is_overdue`.
        """
        exchange = Exchange(deadline)
        token = _current.set(exchange)
        self._add(exchange)
        try:
            yield exchange
        finally:
            self._remove(exchange)
            exchange.go_through(None)
            _current.reset(token)

    def _add(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.add(exchange)
            starts, self._runs = not self._runs, True
        if starts:
            Thread(target=self._run, name="watch", daemon=True).start()

    def _remove(self, exchange: Exchange) -> None:
        # Under the lock, so that a connection is not cut off once it serves the next exchange.
        with self._lock:
            self._exchanges.discard(exchange)

    def _run(self) -> None:
        while self._look():
            time.sleep(INTERVAL)

    def _look(self) -> bool:
        """Cut off what is overdue; return whether there is anything left to watch."""
        with self._lock:
            for exchange in self._exchanges:
                through = exchange.through
                if exchange.is_overdue and through is not None:
                    with suppress(OSError):
                        through.shutdown(socket.SHUT_RDWR)
            self._runs = bool(self._exchanges)
            return self._runs
