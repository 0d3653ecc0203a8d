"""Connections to servers of the web, each kept for the next request.

The watch knows each connection from its first byte on, the TLS handshake included. urllib3 makes
them: it checks certificates.
"""

import socket
import ssl
import weakref
from collections import deque
from functools import cache

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from openevent.media.watch import note

# Seconds until a server that does not accept, or sends nothing, is given up.
CONNECT_SECONDS = 5
READ_SECONDS = 10


class PlainConnection(HTTPConnection):
    """A connection by HTTP."""

    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class TlsConnection(HTTPSConnection):
    """A connection by HTTPS."""

    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class Server:
    """One server, at the address `target` that was checked, and the connections that are kept."""

    def __init__(self, scheme: str, host: str, target: str, port: int, *, kept: int) -> None:
        """`host`: the name that a certificate must have. `kept`: connections, at most."""
        self._scheme = scheme
        self._host = host
        self._target = target
        self._port = port
        self._kept = kept
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close, self._idle)

    def take(self) -> HTTPConnection:
        """Return a connection that is open. Raises what urllib3 and sockets raise."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.is_connected:
                note(connection.sock)
                return connection
            connection.close()
        connection = self._new()
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        note(connection.sock)
        return connection

    def keep(self, connection: HTTPConnection) -> None:
        """Keep a connection for the next request."""
        if len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close()

    def _new(self) -> HTTPConnection:
        if self._scheme == "http":
            return PlainConnection(self._target, self._port, timeout=CONNECT_SECONDS)
        return TlsConnection(
            self._target,
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


def _close(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _noted(sock: socket.socket) -> socket.socket:
    note(sock)
    return sock
