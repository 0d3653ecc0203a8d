"""A web server of the tests' own that misbehaves as each test wishes."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as the site says."""

    protocol_version = "HTTP/1.1"
    site: "Site"

    def do_GET(self) -> None:
        self.site.serve(self)

    do_HEAD = do_GET  # noqa: N815 - the name that is called

    def setup(self) -> None:
        super().setup()
        self.site.connections += 1

    def log_message(self, *_: object) -> None:
        pass

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with `body`; its length is said unless `headers` say otherwise."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@dataclass
class Site:
    """The server at `host`: what is at each path, what was asked for, and how much at a time.

    `answered` are the paths whose answers were sent to their end. `connections` counts those that
    were opened.
    """

    host: str
    pages: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    most_at_once: int = 0
    connections: int = 0
    _now: int = 0
    _lock: Lock = field(default_factory=Lock)

    def put(self, path: str, behaviour: Behaviour) -> str:
        """Let `behaviour` answer at `path`; the address."""
        self.pages[path] = behaviour
        return f"http://{self.host}{path}"

    def file(self, path: str, body: bytes = PNG, status: int = 200, **headers: str) -> str:
        """Let `body` be at `path`; the address."""
        return self.put(path, lambda handler: handler.send(body, status, **headers))

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Let `path` redirect to `location`; the address."""
        return self.file(path, b"", status, Location=location)

    def paths(self) -> list[str]:
        """The method and path of all that was asked for."""
        return [f"{method} {path}" for method, path, _ in self.asked]

    def serve(self, handler: Handler) -> None:
        """Answer one request."""
        with self._lock:
            self.asked.append((handler.command, handler.path, dict(handler.headers)))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            behaviour = self.pages.get(handler.path)
            if behaviour is None:
                handler.send(b"nothing here", 404)
            else:
                behaviour(handler)
            with self._lock:
                self.answered.append(handler.path)
        except OSError:
            handler.close_connection = True
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def running_site(
    address: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """A site on a free port, by HTTPS if `tls` says how."""
    kind: Any = type("SiteHandler", (Handler,), {})
    with ThreadingHTTPServer((address, 0), kind) as server:
        if tls is not None:
            # The handshake is the connection's own thread's.
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        server.daemon_threads = True
        kind.site = Site(f"{address}:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield kind.site
        finally:
            server.shutdown()
            thread.join()


def dripping(body: bytes, *, pause: float, **headers: str) -> Behaviour:
    """A body that comes a byte at a time."""

    def drip(handler: Handler) -> None:
        handler.send(b"", Content_Length=headers.get("Content_Length", str(len(body))))
        for byte in body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(pause)

    return drip


def dripping_headers(*, pause: float) -> Behaviour:
    """Headers that come a byte at a time, for a minute."""

    def drip(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(int(60 / pause)):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(pause)

    return drip


def endless(handler: Handler) -> None:
    """A body without an end, of no length that was said."""
    handler.send(b"", Content_Length="", Connection="close")
    with suppress(OSError):
        while True:
            handler.wfile.write(PNG * 200)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after the other; the last one stays."""
    left = list(behaviours)
    lock = threading.Lock()

    def serve(handler: Handler) -> None:
        with lock:
            behaviour = left.pop(0) if len(left) > 1 else left[0]
        behaviour(handler)

    return serve
