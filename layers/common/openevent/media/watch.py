"""Cuts off connections whose time is over.

A socket's own timeout is one for each piece that comes: a server that sends a byte every few
seconds, of a TLS handshake, of its headers or of a media file, never meets it.
"""

import socket
import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Self

from openevent.media.deadline import Deadline

# Seconds between two looks at the clock.
INTERVAL = 0.25


class Exchange:
    """A request and its answer: until when, and the connection they go through, if there is one.

    In a `with` block it is watched over.
    """

    __slots__ = ("_deadline", "_through", "_watch")

    def __init__(self, watch: "Watch", deadline: Deadline) -> None:
        """Not watched over yet."""
        self._watch = watch
        self._deadline = deadline
        self._through: socket.socket | None = None

    def __enter__(self) -> Self:
        """Begin to watch over it."""
        self._watch.begin(self)
        return self

    def __exit__(self, *error: object) -> None:
        """End it."""
        self._watch.end(self)

    @property
    def is_overdue(self) -> bool:
        """Whether its time is over."""
        return self._deadline.is_over()

    def go_through(self, through: socket.socket | None) -> None:
        """Use the connection of the handle `through` from now on, and no other.

        A handle that was left is not cut off any more, and can be closed or serve the next one.
        """
        with self._watch.lock:
            self._through = through

    def cut_off(self) -> None:
        """Cut off its connection, under the watch's lock."""
        if self._through is not None:
            with suppress(OSError):
                self._through.shutdown(socket.SHUT_RDWR)


class Watch:
    """Watches over the exchanges of many threads, in one thread that ends with the last of them.

    `lock`: held while connections are cut off.
    """

    def __init__(self) -> None:
        """Nothing to watch yet."""
        self.lock = Lock()
        self._exchanges: set[Exchange] = set()
        self._runs = False

    def over(self, deadline: Deadline) -> Exchange:
        """Return an exchange that is cut off at the `deadline`.

        An answer that was cut off may look like one that ended: check `is_overdue`.
        """
        return Exchange(self, deadline)

    def begin(self, exchange: Exchange) -> None:
        """Watch over `exchange` from now on."""
        with self.lock:
            self._exchanges.add(exchange)
            starts, self._runs = not self._runs, True
        if starts:
            Thread(target=self._run, name="watch", daemon=True).start()

    def end(self, exchange: Exchange) -> None:
        """Watch over `exchange` no longer."""
        with self.lock:
            self._exchanges.discard(exchange)

    def _run(self) -> None:
        while self._look():
            time.sleep(INTERVAL)

    def _look(self) -> bool:
        """Cut off what is overdue; return whether there is anything left to watch."""
        with self.lock:
            for exchange in self._exchanges:
                if exchange.is_overdue:
                    exchange.cut_off()
            self._runs = bool(self._exchanges)
            return self._runs
