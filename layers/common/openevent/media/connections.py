"""Connections to servers of the web, each kept for the next request.

The watch knows each connection from its first byte on, the TLS handshake included. urllib3 makes
them: it checks certificates.
"""

import select
import socket
import ssl
import struct
import time
import weakref
from collections import deque
from contextlib import suppress
from functools import cache

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from openevent.media.watch import Exchange

# Seconds until a server that does not accept, or sends nothing, is given up. After a part of a
# piece, twice as many at most.
CONNECT_SECONDS = 5
READ_SECONDS = 10.0

# Seconds for which a connection is kept: Apache keeps it for 5, Amazon's load balancers for 60,
# nginx for 75. One that is older has most likely outlived a freeze of the function.
IDLE_SECONDS = 30


class Connection(HTTPConnection):
    """A connection by HTTP, and a second handle of it: the first changes its owner under TLS.

    `exchange`: the one for which it connects. `left_at`: when the last one ended, by `time.time`,
    which counts while the process is frozen.
    """

    exchange: Exchange
    left_at: float
    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        self.handle = socket.fromfd(sock.fileno(), sock.family, sock.type)
        self._readable = select.poll()
        self._readable.register(self.handle, select.POLLIN)
        self.exchange.go_through(self.handle)
        return sock

    def set_timeout(self) -> None:
        """Limit the time in which nothing is sent or received."""
        # By the kernel: Python would ask it before each call whether the socket is ready.
        self.sock.settimeout(None)
        limit = struct.pack("@ll", int(READ_SECONDS), int(READ_SECONDS % 1 * 1_000_000))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def is_silent(self) -> bool:
        """Return whether the server sent nothing, and did not hang up, since the last answer."""
        return not self._readable.poll(0)

    def is_fresh(self) -> bool:
        """Return whether the last exchange ended so lately that the server still knows of it."""
        return time.time() - self.left_at <= IDLE_SECONDS

    def end(self) -> None:
        """Close it. No exchange goes through it any more."""
        self.close()
        if self.handle is not None:
            self.handle.close()


class TlsConnection(Connection, HTTPSConnection):
    """A connection by HTTPS."""

    def set_timeout(self) -> None:
        """Limit the time in which nothing is sent or received."""
        self.sock.settimeout(READ_SECONDS)


class Server:
    """One server, and the connections to it that are kept."""

    def __init__(self, scheme: str, host: str, port: int, *, kept: int) -> None:
        """`host`: the name that a certificate must have. `kept`: connections, at most."""
        self._scheme = scheme
        self._host = host
        self._port = port
        self._kept = kept
        self._idle: deque[Connection] = deque()
        weakref.finalize(self, _end_all, self._idle)

    def take(self, exchange: Exchange) -> Connection | None:
        """Return a kept connection, for `exchange`; None if there is none.

        The server may have forgotten it all the same: then asking raises `Unanswered`.
        """
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.is_fresh() and connection.is_silent():
                exchange.go_through(connection.handle)
                return connection
            connection.end()
        return None

    def connect(self, target: str, exchange: Exchange) -> Connection:
        """Return a new connection to the address `target`, which was checked, for `exchange`.

        Raises what urllib3 and sockets raise.
        """
        connection = self._new(target)
        connection.exchange = exchange
        try:
            connection.connect()
            connection.set_timeout()
        except BaseException:
            self.leave(connection, exchange, is_open=False)
            raise
        return connection

    def leave(self, connection: Connection, exchange: Exchange, *, is_open: bool) -> None:
        """Keep a connection for the next exchange if it is open, and close it otherwise."""
        exchange.go_through(None)
        if is_open and len(self._idle) < self._kept:
            connection.left_at = time.time()
            self._idle.append(connection)
        else:
            connection.end()

    def end_idle(self) -> None:
        """Close the connections that are kept."""
        _end_all(self._idle)

    def _new(self, target: str) -> Connection:
        if self._scheme == "http":
            return Connection(target, self._port, timeout=CONNECT_SECONDS)
        return TlsConnection(
            target,
            self._port,
            timeout=CONNECT_SECONDS,
            cert_reqs="CERT_REQUIRED",
            ssl_context=_verifying(),
            server_hostname=self._host,
            assert_hostname=self._host,
        )


@cache
def _verifying() -> ssl.SSLContext:
    """Return how to connect with a verified certificate, made once: it takes some 20 ms."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_default_certs()
    return context


def _end_all(connections: deque[Connection]) -> None:
    with suppress(IndexError):  # empty
        while True:
            connections.pop().end()
