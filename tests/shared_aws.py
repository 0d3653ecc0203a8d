"""The way to the AWS of another process: `tests.aws.shared_aws` answers there."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from os import getpid
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS


@dataclass(frozen=True, slots=True)
class Call:
    """A request to AWS, signed, as botocore sends it."""

    operation: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of AWS."""

    status: int
    headers: dict[str, str]
    body: bytes


Transport = Callable[[Call], Reply]


@dataclass
class SharedAws:
    """The way from this process to the AWS of another one, whose socket is at `path`.

    `around` may stand between botocore and the transport, to watch calls or to fail them.
    """

    path: str
    around: Callable[[Call, Transport], Reply] = field(default=lambda call, send: send(call))
    _lines: threading.local = field(default_factory=threading.local)

    def install(self) -> None:
        """Send the calls of all clients that are made from now on."""
        BUILTIN_HANDLERS.append(("before-send", self._before_send))

    def send(self, call: Call) -> Reply:
        """Send a call on a line of this thread and this process, forked or not."""
        if getattr(self._lines, "process", None) != getpid():
            line = socket.socket(socket.AF_UNIX)
            line.connect(self.path)
            self._lines.line, self._lines.process = Connection(line.detach()), getpid()
        self._lines.line.send(call)
        reply: Reply = self._lines.line.recv()
        return reply

    def _before_send(self, event_name: str, request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - of botocore
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        headers = {name: _text(value) for name, value in request.headers.items()}
        operation = event_name.removeprefix("before-send.")
        call = Call(
            operation,
            request.method,
            request.url,
            headers,
            body.encode() if isinstance(body, str) else bytes(body),
        )
        reply = self.around(call, self.send)
        raw: Any = _Body(reply.body)
        return AWSResponse(request.url, reply.status, HTTPHeaders.from_dict(reply.headers), raw)


class _Body(io.BytesIO):
    """Body of an answer, as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield from iter(self.read, b"")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
