"""Connections over TLS to a real PostgreSQL server."""

import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import pg8000.dbapi
import pytest

from openevent.adapters import credentials as adapter
from openevent.adapters.copy_out import copy_out
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from tests.certificates import Certificate, issue
from tests.database import USER, Server

# The first message of a client that wants TLS (PostgreSQL's manual, "Message Formats").
SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"


class _Terminator(socketserver.ThreadingTCPServer):
    """Speaks TLS as PostgreSQL does, and passes the bytes on to the server's socket.

    PostgreSQL's part is to answer SSLRequest with an S (its manual, "SSL Session Encryption").
    """

    daemon_threads = True
    certificate: ssl.SSLContext
    backend: Path


class _Connection(socketserver.BaseRequestHandler):
    server: _Terminator

    def handle(self) -> None:
        assert self.request.recv(8) == SSL_REQUEST
        self.request.sendall(b"S")
        # A client that refuses the certificate hangs up.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as backend:
            client = self.server.certificate.wrap_socket(self.request, server_side=True)
            backend.connect(str(self.server.backend))
            back = Thread(target=_pass_on, args=(backend, client), daemon=True)
            back.start()
            _pass_on(client, backend)
            back.join()
            client.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class TlsServer:
    """Address of a server at localhost, and the authority that issued its certificate."""

    credentials: Credentials
    authority: Certificate


@pytest.fixture(scope="module")
def server(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """The tests' PostgreSQL, which is built without TLS, behind a terminator."""
    authority = issue("Authority of this test")
    own = issue("localhost", issuer=authority)
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(own.private_pem + own.pem.encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with _Terminator(("127.0.0.1", 0), _Connection) as terminator:
        terminator.certificate = context
        terminator.backend = postgres.directory / ".s.PGSQL.5432"
        Thread(target=terminator.serve_forever, daemon=True).start()
        port = int(terminator.server_address[1])
        yield TlsServer(Credentials("localhost", "postgres", USER, port=port), authority)
        terminator.shutdown()


def is_connected(credentials: Credentials) -> bool:
    """Whether a connection comes about. The terminator allows none that is not encrypted."""
    with closing(credentials.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone()[0])


def test_a_certificate_of_an_unknown_authority_is_refused_by_default(server: TlsServer) -> None:
    """Issue 11: the default was to accept any certificate."""
    with pytest.raises(pg8000.dbapi.InterfaceError, match=r"certificate .* is not valid: .*issuer"):
        server.credentials.connect()


def test_the_authority_in_the_secret_is_trusted(server: TlsServer) -> None:
    assert is_connected(replace(server.credentials, sslrootcert=server.authority.pem))


def test_a_certificate_for_another_host_is_refused(server: TlsServer) -> None:
    elsewhere = replace(server.credentials, host="127.0.0.1", sslrootcert=server.authority.pem)

    with pytest.raises(
        pg8000.dbapi.InterfaceError, match=r"certificate .* is not valid: .*127\.0\.0\.1"
    ):
        elsewhere.connect()


def test_require_encrypts_without_a_look_at_the_certificate(server: TlsServer) -> None:
    assert is_connected(replace(server.credentials, sslmode="require"))


def test_the_authorities_of_the_layer_are_trusted(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for Amazon RDS, of whose private keys there are none here."""
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "own.pem").write_text(f"A comment\n\n{server.authority.pem}")
    monkeypatch.setattr(adapter, "files", lambda _package: tmp_path)
    adapter._verifying.cache_clear()
    try:
        assert is_connected(server.credentials)
    finally:
        adapter._verifying.cache_clear()


def test_rows_are_copied_over_an_encrypted_connection(server: TlsServer) -> None:
    """More of them than fit into the buffers of TLS and of the reader."""
    trusting = replace(server.credentials, sslrootcert=server.authority.pem)
    select = "SELECT lpad(i::text, 1000, '.') FROM generate_series(1, 3000) i"
    with (
        Database(lambda: trusting).snapshot() as session,
        copy_out(session.connection, [select, "SELECT 'the last'"]) as copies,
    ):
        rows = [bytes(row) for batch in copies.texts() for row in batch]
        assert rows == [str(i).rjust(1000, ".").encode() for i in range(1, 3001)]
        assert [bytes(row) for batch in copies.texts() for row in batch] == [b"the last"]
