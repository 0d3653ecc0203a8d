"""Surroundings of a real installation: its settings, an S3 that is watched, Google's storage."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

from local.stack import Stack
from tests.e2e.proxy import make_certificates, serving
from tests.e2e.web import Web, running_web

GOOGLE = "storage.googleapis.com"

_REQUEST = re.compile(rb"(?:GET|HEAD|PUT|POST|DELETE) (/\S*) HTTP/1\.1\r\n")

# Executed when a function starts: names and ports of the functions' public Internet cannot lead to
# this machine in another way.
_REDIRECTION = """
import socket

look_up, connect = socket.getaddrinfo, socket.socket.connect


def look_up_here(host, *others, **options):
    return look_up("127.0.0.1" if host == "{host}" else host, *others, **options)


def connect_here(self, address):
    return connect(self, ("127.0.0.1", {port}) if address == ("127.0.0.1", 443) else address)


socket.getaddrinfo, socket.socket.connect = look_up_here, connect_here
"""


class WatchedS3:
    """S3 as the functions reach it: the emulator behind a relay that notes each request."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.sent: list[bytearray] = []
        self.lines: list[socket.socket] = []

    def asked(self, bucket: str) -> set[str]:
        """The keys in `bucket` for which the functions asked, and `""` for the bucket itself."""
        paths = [
            unquote(urlsplit(path.decode()).path)
            for sent in list(self.sent)
            for path in _REQUEST.findall(sent)
        ]
        return {
            path.removeprefix(f"/{bucket}").removeprefix("/")
            for path in paths
            if path == f"/{bucket}" or path.startswith(f"/{bucket}/")
        }


@contextmanager
def watched_s3(stack: Stack) -> Iterator[WatchedS3]:
    """Relay to the emulator, until the end."""
    emulator = urlsplit(stack.aws_endpoint_url)

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            sent = bytearray()
            watched.sent.append(sent)
            watched.lines.append(self.request)
            with socket.create_connection((emulator.hostname, emulator.port)) as upstream:
                back = Thread(target=_pass_on, args=(upstream, self.request, None))
                back.start()
                _pass_on(self.request, upstream, sent)
                back.join()

    with serving(ThreadingTCPServer(("127.0.0.1", 0), Relay)) as server:
        watched = WatchedS3(server.server_address[1])
        yield watched
        # Functions keep their connections, and the server waits for all of them.
        for line in watched.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket, copy: bytearray | None) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            if copy is not None:
                copy += piece
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def google(directory: Path) -> Iterator[tuple[Web, dict[str, str]]]:
    """Google's storage, and the settings with which functions find it, certificate and all."""
    certificates = make_certificates(directory / "tls", GOOGLE)
    with running_web(certificates) as web:
        port = int(web.host.rpartition(":")[2])
        redirection = _REDIRECTION.format(host=GOOGLE, port=port)
        (directory / "sitecustomize.py").write_text(redirection)
        yield web, {"PYTHONPATH": str(directory), "SSL_CERT_FILE": str(certificates.authority)}


@contextmanager
def settings(stack: Stack, functions: list[str], values: Mapping[str, str]) -> Iterator[None]:
    """Change settings of the functions, as an update of the stack's parameters does."""
    client = stack.client("lambda")
    before = {
        name: client.get_function_configuration(FunctionName=name)["Environment"]
        for name in (stack.functions[function] for function in functions)
    }
    try:
        for name, environment in before.items():
            variables = {**environment["Variables"], **values}
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )
        yield
    finally:
        for name, environment in before.items():
            client.update_function_configuration(FunctionName=name, Environment=environment)
