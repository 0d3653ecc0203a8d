"""A web server of the tests' own, from which the deployed functions may fetch media."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.e2e.proxy import Certificates


@dataclass(frozen=True)
class Page:
    """Answer at a path, `delay` seconds late. `headers` are sent beside its length."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0


@dataclass
class Web:
    """The server at `host`. Paths without a page answer 404; `asked` are the paths of all calls."""

    host: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, page: Page) -> str:
        """Answer at `path`, which begins with a slash, with `page`; returns the address."""
        self.pages[path] = page
        return f"http://{self.host}{path}"


@contextmanager
def running_web(certificates: Certificates | None = None) -> Iterator[Web]:
    """A server on a free port, until the end; with `certificates`, by TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            page = web.pages.get(self.path, Page(b"", 404))
            time.sleep(page.delay)
            self.send_response(page.status)
            for name, value in {**page.headers, "Content-Length": str(len(page.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.chain, certificates.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        web = Web(f"127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
