"""Servers that end a connection before it is one, as a misconfigured PostgreSQL does."""

import ipaddress
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Bytes of PostgreSQL's request for an encrypted connection, and the answers to it.
SSL_REQUEST = 8
REFUSED, ACCEPTED = b"N", b"S"


def closed_port() -> int:
    """A port of this machine at which nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def without_tls() -> Iterator[int]:
    """The port of a server that refuses TLS."""
    with _serving(lambda line: line.sendall(REFUSED)) as port:
        yield port


@contextmanager
def with_unknown_certificate() -> Iterator[int]:
    """The port of a server whose certificate no authority has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "server.pem")
        file.write_bytes(_self_signed())
        context.load_cert_chain(file)

    def answer(line: socket.socket) -> None:
        line.sendall(ACCEPTED)
        context.wrap_socket(line, server_side=True).close()

    with _serving(answer) as port:
        yield port


@contextmanager
def _serving(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line, suppress(OSError):
                    if line.recv(SSL_REQUEST):
                        answer(line)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve, args=[listener], daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
