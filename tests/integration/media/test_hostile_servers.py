"""Defect 3: no media server moves the worker's peak by more than a few MB a connection."""

import gzip
import json
import os
import subprocess
import sys
from itertools import repeat
from typing import Any

import pytest

from tests.function_process import ROOT
from tests.integration.export.hostile_web import PNG, Behaviour, Handler, running_site

SCRIPT = "tests.integration.media.fetch_hostile"
MIB = 1 << 20
CONNECTIONS = 16

# What a connection may cost at its peak: buffers of the socket, of TLS, a chunk and its copies.
ALLOWED = 3 * MIB

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
# 256 MiB, in 16 members of a gzip file: to compress them all would take each process 0.7 seconds.
BOMB = gzip.compress(gzip.compress(bytes(16 * MIB), 9) * 16, 9)


def raw(head: bytes, filler: bytes = b"", size: int = 8 * MIB) -> Behaviour:
    """Bytes that are no answer of a decent server, then `size` bytes of `filler`."""

    def send(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(head)
        block = filler * (len(filler) and 65536 // len(filler))
        for piece in repeat(block, size // len(block) if block else 0):
            handler.wfile.write(piece)

    return send


def encoded(encoding: bytes) -> Behaviour:
    head = OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (encoding, len(BOMB))
    return raw(head + BOMB)


HOSTILE: dict[str, tuple[Behaviour, str]] = {
    "gzip twice": (encoded(b"gzip, gzip"), "encoded"),
    "gzip": (encoded(b"gzip"), "encoded"),
    "transfer encoded": (raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n"), "encoded"),
    "status line without end": (raw(b"HTTP/1.1 200 ", b"x"), "unreachable"),
    "header without end": (raw(OK + b"X: ", b"x"), "unreachable"),
    "headers without end": (raw(OK, b"X: y\r\n"), "unreachable"),
    "large headers": (raw(OK, b"X: " + b"x" * 65000 + b"\r\n"), "unreachable"),
    "continue without end": (raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "unreachable"),
    "continue with headers": (raw(b"HTTP/1.1 100 Continue\r\n", b"X: y\r\n"), "unreachable"),
    "early hints": (raw(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "http-status"),
    "chunk extension without end": (raw(CHUNKED + b"5;x=", b"x"), "unreachable"),
    "chunk size without end": (raw(CHUNKED, b"0"), "unreachable"),
    "chunk of size -1": (raw(CHUNKED + b"-1\r\n", b"x"), "unreachable"),
    "chunk of size -5": (raw(CHUNKED + b"-5\r\n", b"x"), "unreachable"),
    "invalid chunk size": (raw(CHUNKED + b"5 bytes\r\n", b"x"), "unreachable"),
    "huge chunk": (raw(CHUNKED + b"f" * 16 + b"\r\n", b"x"), "too-large"),
    "huge chunk size": (raw(CHUNKED + b"f" * 4000 + b"\r\n", b"x"), "too-large"),
    "trailer without end": (raw(CHUNKED + b"3\r\nabc\r\n0\r\nX: ", b"x"), "unreachable"),
    "trailers without end": (raw(CHUNKED + b"3\r\nabc\r\n0\r\n", b"X: y\r\n"), "unreachable"),
    "invalid length": (raw(OK + b"Content-Length: -1\r\n\r\n", b"x"), "unreachable"),
    "length of many digits": (
        raw(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", b"x"),
        "too-large",
    ),
    "body without end": (raw(OK + b"\r\n", b"x"), "too-large"),
    "redirect with a body": (
        raw(b"HTTP/1.1 302 Found\r\nLocation: /good.png\r\n\r\n", b"x"),
        "fetched",
    ),
    "redirect to a long address": (
        raw(b"HTTP/1.1 302 Found\r\nLocation: /" + b"x" * 60_000 + b"\r\n\r\n", b"x"),
        "http-status",
    ),
    "error with a body": (raw(b"HTTP/1.1 404 Not Found\r\n\r\n", b"x"), "http-status"),
}


def path_of(name: str) -> str:
    return name.replace(" ", "-")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Result of a process of its own for each server: why nothing was fetched, and its growth."""
    with running_site() as site:
        site.file("/good.png", PNG)
        for name, (behaviour, _) in HOSTILE.items():
            for number in range(CONNECTIONS):
                site.put(f"/{path_of(name)}/{number}", behaviour)
        answer = subprocess.run(
            [sys.executable, "-m", SCRIPT, site.host, *map(path_of, HOSTILE)],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}"},
        )
    outcomes: dict[str, Any] = json.loads(answer.stdout)
    return outcomes


@pytest.mark.parametrize("name", HOSTILE)
def test_defect_3_no_server_takes_much_memory(found: dict[str, Any], name: str) -> None:
    """40 photos of 132 kB each, compressed twice, took the worker to 2,957 MB."""
    outcome = found[path_of(name)]

    # Servers that break off again and again are not asked any more.
    assert set(outcome["reasons"]) - {"host-failed"} == {HOSTILE[name][1]}
    assert outcome["growth"] < CONNECTIONS * ALLOWED
