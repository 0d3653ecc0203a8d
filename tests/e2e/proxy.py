"""Surroundings of a proxy: nginx, API Gateway's public address, a nameserver, the old server."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, BaseServer, ThreadingUDPServer
from threading import Thread
from typing import TypeVar

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Server = TypeVar("Server", bound=BaseServer)

# Headers that belong to one connection.
OF_CONNECTION = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "date",
    "server",
}

# Seconds in which nginx must listen.
PATIENCE = 300


@dataclass
class Asked:
    """A call that a server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Backend:
    """A server behind the proxy, and the calls that it got."""

    port: int
    asked: list[Asked] = field(default_factory=list)


def nginx_program() -> str:
    """Return the path of nginx; if it is missing, root and a CI machine install it with apt."""
    if found := _find_nginx():
        return found
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not root or "CI" in os.environ):
        install = [*root, "apt-get", "install", "-y", "nginx-light"]
        subprocess.run(install, capture_output=True, check=False, timeout=300)
    if found := _find_nginx():
        return found
    pytest.skip("nginx is not installed, and cannot be installed from here")


def _find_nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Certificates:
    """A certificate authority's certificate, and a server's chain and key, as files."""

    authority: Path
    chain: Path
    key: Path


def make_certificates(directory: Path, host: str) -> Certificates:
    """Make a chain of the length of Amazon's: authority, two between, the server's."""
    directory.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key, issuer = key, _name("authority")
    authority = _certificate(issuer, key, issuer, key, is_authority=True)
    chain: list[x509.Certificate] = []
    for name in ("first", "second", host):
        key = ec.generate_private_key(ec.SECP256R1())
        is_server = name == host
        made = _certificate(_name(name), key, issuer, issuer_key, is_authority=not is_server)
        chain.insert(0, made)
        issuer_key, issuer = key, made.subject
    files = Certificates(directory / "ca.pem", directory / "chain.pem", directory / "key.pem")
    files.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files.chain.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    name = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
    return builder.sign(issuer_key, hashes.SHA256())


@contextmanager
def gateway(api_url: str, host: str, certificates: Certificates) -> Iterator[Backend]:
    """API Gateway's public address: TLS for `host` and no other name; passes calls to `api_url`."""

    class Handler(_Recording):
        def answer(self, body: bytes) -> None:
            name = self.headers["Host"].partition(":")[0]
            if name != host or self.connection.server_name != host:
                self.reply(403, b'{"message": "Forbidden"}')
                return
            sent = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {*OF_CONNECTION, "host", "x-forwarded-host"}
            }
            got = urllib3.request(
                self.command,
                api_url + self.path,
                body=body or None,
                headers=sent,
                redirect=False,
                retries=False,
                timeout=300,
                decode_content=False,
            )
            kept = {
                name: value
                for name, value in got.headers.items()
                if name.lower() not in OF_CONNECTION
            }
            self.reply(got.status, got.data, kept)

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.chain, certificates.key)

        def note_name(connection: ssl.SSLObject, name: str, _: ssl.SSLContext) -> None:
            connection.server_name = name  # type: ignore[attr-defined]

        context.sni_callback = note_name
        server.socket = context.wrap_socket(server.socket, server_side=True)
        backend = server.backend = Backend(server.server_port)  # type: ignore[attr-defined]
        yield backend


@dataclass(frozen=True)
class Login:
    """A user of the Open Event server, and the token that the user gets."""

    email: str
    password: str
    token: str


@contextmanager
def old_server(login: Login | None = None) -> Iterator[Backend]:
    """Stand-in for the Open Event server: it has no task, and answers `PENDING` for each."""

    class Handler(_Recording):
        def answer(self, body: bytes) -> None:
            if login and self.path == "/v1/auth/login":
                known = json.loads(body) == {"email": login.email, "password": login.password}
                answer = (
                    {"access_token": login.token} if known else {"error": "Invalid Credentials"}
                )
                self.reply(200 if known else 401, json.dumps(answer).encode())
                return
            state = {"state": "PENDING"} if "/v1/tasks/" in self.path else {"server": "old"}
            headers = {"Access-Control-Allow-Origin": "https://old.example"}
            self.reply(200, json.dumps(state).encode(), headers)

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        backend = server.backend = Backend(server.server_port)  # type: ignore[attr-defined]
        yield backend


class _Recording(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body: bytes) -> None:
        raise NotImplementedError

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_call(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        backend: Backend = self.server.backend  # type: ignore[attr-defined]
        backend.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
        self.answer(body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """One answer for all methods; http.server looks for `do_GET` and the like."""
        if name.startswith("do_"):
            return self.handle_call
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def nameserver(host: str) -> Iterator[int]:
    """A nameserver that knows 127.0.0.1 as the address of `host`; yields its port."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            query, answering = self.request
            end = query.index(b"\0", 12)
            question, kind = query[12 : end + 5], query[end + 1 : end + 3]
            labels = host.encode().split(b".")
            known = b"".join(bytes([len(label)]) + label for label in labels)
            found = query[12:end].lower() == known and kind == b"\0\x01"
            header = query[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if found else b"\0\0") + bytes(4)
            answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if found else b""
            answering.sendto(header + question + answer, self.client_address)

    with serving(ThreadingUDPServer(("127.0.0.1", 0), Handler)) as server:
        yield int(server.server_address[1])


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve in a thread, until the end."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def nginx(program: str, directory: Path, server: str) -> Iterator[str]:
    """Run nginx with the contents of one `server`; yields the address at which it listens."""
    directory.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"daemon off; {user} worker_processes 1;\n"
        f"pid {directory}/pid; error_log {directory}/error;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}"
        f"server {{\nlisten 127.0.0.1:{port};\n{server}\n}}\n}}\n"
    )
    command = [program, "-p", str(directory), "-c", str(configuration), "-e", f"{directory}/error"]
    with ExitStack() as ending:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        ending.callback(process.communicate)
        ending.callback(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while not _listens(port):
            running = process.poll() is None and time.monotonic() < deadline
            assert running, (directory / "error").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
