"""Cuts off connections whose time is over.

A socket's own timeout is one for each piece that comes: a server that sends a byte every few
seconds, of its headers or of a medium, never meets it.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock, Thread

# Seconds between two looks at the clock.
INTERVAL = 0.25


@dataclass(eq=False, slots=True)
class Exchange:
    """A request and its answer: until when, and the socket they go through, once there is one."""

    deadline: float
    through: socket.socket | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self.deadline


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def note(through: socket.socket | None) -> None:
    """Say which socket this thread's exchange goes through from now on."""
    exchange = _current.get()
    if exchange is not None:
        exchange.through = through


class Watch:
    """Watches over the exchanges of many threads, in one thread that is there while there are."""

    def __init__(self) -> None:
        """Nothing to watch yet."""
        self._lock = Lock()
        self._exchanges: set[Exchange] = set()
        self._runs = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[Exchange]:
        """Watch over this thread's next exchange; after so many seconds it is cut off.

        What is cut off may look as if it had come to its end: ask `is_overdue`.
        """
        exchange = Exchange(time.monotonic() + seconds)
        token = _current.set(exchange)
        self._add(exchange)
        try:
            yield exchange
        finally:
            self._remove(exchange)
            _current.reset(token)

    def _add(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.add(exchange)
            starts, self._runs = not self._runs, True
        if starts:
            Thread(target=self._run, name="watch", daemon=True).start()

    def _remove(self, exchange: Exchange) -> None:
        # Under the lock, so that a socket is not cut off once it serves the next exchange.
        with self._lock:
            self._exchanges.discard(exchange)

    def _run(self) -> None:
        while self._look():
            time.sleep(INTERVAL)

    def _look(self) -> bool:
        """Cut off what is overdue; say whether there is anything left to watch."""
        with self._lock:
            for exchange in self._exchanges:
                if exchange.is_overdue and exchange.through is not None:
                    with suppress(OSError):
                        # The plain socket's, also under TLS: the thread that reads is told of it.
                        socket.socket.shutdown(exchange.through, socket.SHUT_RDWR)
            self._runs = bool(self._exchanges)
            return self._runs
