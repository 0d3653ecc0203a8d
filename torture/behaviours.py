"""How media servers behave: honest ones, and every kind of hostile one that we could think of."""

import asyncio
import gzip
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from socket import SO_LINGER, SOL_SOCKET

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
OK = b"HTTP/1.1 200 OK\r\n"
TYPE = b"Content-Type: image/png\r\n"
CLOSE = b"Connection: close\r\n"

# Seconds between the bytes of a server that trickles, and its bytes at most.
PAUSE, TRICKLED = 0.2, 10_000

# Pieces that a server without an end sends, and the bytes of one.
PIECES, PIECE = 4_000, 16 << 10

Writer = asyncio.StreamWriter
Script = Callable[[Writer], Awaitable[None]]


@dataclass(frozen=True)
class Behaviour:
    """Answer of a server to any request.

    `is_honest`: whether the photo must be stored; None where both are right.
    """

    kind: str
    name: str
    script: Script
    is_honest: bool | None = False


def honest() -> Behaviour:
    """Return a server that answers with a photo."""
    return Behaviour("honest", "length", _send(_with_length(PNG)), is_honest=True)


def hostile() -> list[Behaviour]:
    """Return all behaviours, a few honest ones among them."""
    kinds = (_bodies, _encodings, _chunks, _headers, _statuses, _redirects, _connections)
    return [behaviour for kind in kinds for behaviour in kind()]


async def serve(behaviours: Sequence[Behaviour], canary: list[int]) -> list[str]:
    """Listen on a port for each behaviour; return the hosts.

    `{canary}` in what a behaviour sends becomes the port of a server inside, which no one vouches
    for; each call of it is added to `canary`.
    """

    async def inside(_reader: asyncio.StreamReader, writer: Writer) -> None:
        canary.append(1)
        writer.write(OK + TYPE + _with_length(PNG))
        writer.close()

    watched = await asyncio.start_server(inside, ["127.0.0.1", "::1"], 0)
    port = watched.sockets[0].getsockname()[1]
    hosts = []
    for behaviour in behaviours:
        server = await asyncio.start_server(_handler(behaviour.script, port), "127.0.0.1", 0)
        hosts.append(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    return hosts


async def stop() -> None:
    """End all that the servers of this loop are sending."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _handler(
    script: Script, canary: int
) -> Callable[[asyncio.StreamReader, Writer], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        with suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            await reader.readuntil(b"\r\n\r\n")
            writer.canary = canary  # type: ignore[attr-defined]  # for `_send`
            await script(writer)
            await writer.drain()
        writer.close()

    return handle


# Scripts


def _send(*pieces: bytes) -> Script:
    async def script(writer: Writer) -> None:
        for piece in pieces:
            port = str(writer.canary).encode()  # type: ignore[attr-defined]  # set by `_handler`
            writer.write(piece.replace(b"{canary}", port))
            await writer.drain()

    return script


def _endless(head: bytes, piece: bytes) -> Script:
    return _send(head, *[piece * (PIECE // len(piece))] * PIECES)


def _trickle(head: bytes, piece: bytes) -> Script:
    async def script(writer: Writer) -> None:
        writer.write(head)
        for _ in range(TRICKLED):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(PAUSE)

    return script


def _then(head: bytes, end: Callable[[Writer], Awaitable[None]]) -> Script:
    async def script(writer: Writer) -> None:
        writer.write(head)
        await writer.drain()
        await end(writer)

    return script


async def _reset(writer: Writer) -> None:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


async def _silence(_writer: Writer) -> None:
    await asyncio.sleep(PAUSE * TRICKLED)


def _with_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _chunked(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


_CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
_FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "length": _with_length,
    "chunked": lambda body: _CHUNKED + _chunked(body),
    "close": lambda body: CLOSE + b"\r\n" + body,
}


# Kinds of behaviours


def _bodies() -> Iterator[Behaviour]:
    for name, frame in _FRAMES.items():
        yield Behaviour("body", f"photo, {name}", _send(OK + TYPE + frame(PNG)), is_honest=True)
        page = b"<!doctype html><html><body>Log in</body></html>"
        for content in (b"text/html", b"image/png"):
            head = OK + b"Content-Type: %b\r\n" % content
            yield Behaviour("body", f"page as {content!r}, {name}", _send(head + frame(page)))
        yield Behaviour("body", f"empty, {name}", _send(OK + TYPE + frame(b"")))
        large = PNG * 1000
        yield Behaviour("body", f"too large, {name}", _send(OK + TYPE + frame(large)))
    for length in (0, 1, 5, 10**6, 10**9, 10**18, 10**30):
        head = OK + TYPE + b"Content-Length: %d\r\n\r\n" % length
        short = length < len(PNG)
        yield Behaviour("body", f"length {length:.0e}", _send(head + PNG), None if short else False)
    for words in (b"-1", b"+5", b"5, 5", b"0x10", b"ten", b"", b"\xd9\xa3", b"1e3", b"5;q=1"):
        head = OK + TYPE + b"Content-Length: %b\r\n" % words + CLOSE + b"\r\n"
        yield Behaviour("body", f"length {words!r}", _send(head + PNG), is_honest=None)
    endless = OK + TYPE + CLOSE + b"\r\n"
    yield Behaviour("body", "endless", _endless(endless, PNG))
    yield Behaviour("body", "trickle", _trickle(endless + PNG, b"x"))
    yield Behaviour("body", "trickle from the first byte", _trickle(endless, b"\x89"))
    long = OK + TYPE + b"Content-Length: 500000\r\n\r\n"
    yield Behaviour("body", "cut off", _send(long + PNG))
    yield Behaviour("body", "reset", _then(long + PNG, _reset))
    yield Behaviour("body", "silent", _then(long + PNG, _silence))


def _encodings() -> Iterator[Behaviour]:
    zeros = bytes(8 << 20)
    compressors: dict[bytes, Callable[[bytes], bytes]] = {
        b"gzip": gzip.compress,
        b"deflate": zlib.compress,
        b"x-gzip": gzip.compress,
        b"br": lambda body: body,
        b"zstd": lambda body: body,
        b"compress": lambda body: body,
        b"gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
        b"deflate, gzip": lambda body: gzip.compress(zlib.compress(body)),
        b"gzip, gzip, gzip": lambda body: gzip.compress(gzip.compress(gzip.compress(body))),
        b"gzip, identity": gzip.compress,
        b"GZIP": gzip.compress,
        b" gzip ,, gzip ": lambda body: gzip.compress(gzip.compress(body)),
        b"unknown": lambda body: body,
        b"\xff": lambda body: body,
    }
    for (encoding, compress), (name, frame) in product(compressors.items(), _FRAMES.items()):
        head = OK + TYPE + b"Content-Encoding: %b\r\n" % encoding
        for of, body in (("photo", PNG), ("bomb", zeros), ("tail", PNG + zeros)):
            sent = head + frame(compress(body))
            yield Behaviour("encoding", f"{encoding!r}, {of}, {name}", _send(sent))
    for name, frame in _FRAMES.items():
        head = OK + TYPE + b"Content-Encoding: identity\r\n"
        script = _send(head + frame(PNG))
        yield Behaviour("encoding", f"identity, {name}", script, is_honest=None)


def _chunks() -> Iterator[Behaviour]:
    head = OK + TYPE + _CHUNKED
    sizes = (b"ffffffffffffffff", b"-1", b"0x10", b"z", b"", b" 5", b"5 ", b"+5", b"7fffffff")
    for size in (*sizes, b"f" * 300, b"\xd9\xa3", b"1_0", b"\x00", b"5" * 60_000):
        sent = head + size + b"\r\n" + PNG + b"\r\n0\r\n\r\n"
        yield Behaviour("chunk", f"size {size[:20]!r}", _send(sent), is_honest=None)
    for length in (10, 1_000, 60_000, 1 << 20, 8 << 20):
        extension = b"%x;%b\r\n%b\r\n0\r\n\r\n" % (len(PNG), b"e" * length, PNG)
        yield Behaviour("chunk", f"extension {length}", _send(head + extension), is_honest=None)
    yield Behaviour("chunk", "extension without end", _endless(head + b"5;", b"e" * 1024))
    yield Behaviour("chunk", "size without end", _endless(head, b"0" * 1024))
    whole = head + _chunked(PNG).removesuffix(b"\r\n")
    yield Behaviour("chunk", "trailers", _send(whole + b"X: y\r\n" * 50 + b"\r\n"), is_honest=None)
    yield Behaviour("chunk", "trailers without end", _endless(whole, b"X: y\r\n"), is_honest=None)
    yield Behaviour("chunk", "one trailer without end", _endless(whole, b"y"), is_honest=None)
    yield Behaviour("chunk", "no end", _send(head + b"5\r\n\x89PNG\r\r\n"), is_honest=None)
    yield Behaviour("chunk", "no data", _send(head + b"0\r\n\r\n"))
    yield Behaviour("chunk", "tiny ones", _send(head + _chunked(PNG, 1)), is_honest=True)
    yield Behaviour("chunk", "tiny ones without end", _endless(head, b"1\r\nx\r\n"))
    yield Behaviour("chunk", "no line ends", _send(head + b"5\r\n" + PNG), is_honest=None)
    both = OK + TYPE + b"Content-Length: 5\r\n" + _CHUNKED + _chunked(PNG)
    yield Behaviour("chunk", "with a length", _send(both), is_honest=None)
    for coding in (b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked", b"Chunked"):
        sent = OK + TYPE + b"Transfer-Encoding: %b\r\n\r\n" % coding + _chunked(PNG)
        yield Behaviour("chunk", f"{coding!r}", _send(sent), is_honest=None)


def _headers() -> Iterator[Behaviour]:
    end = _with_length(PNG)
    for count in (50, 99, 150, 1_000, 100_000):
        sent = OK + TYPE + b"X-Header: value\r\n" * count + end
        yield Behaviour("header", f"{count} of them", _send(sent), is_honest=None)
    for length in (1_000, 60_000, 70_000, 1 << 20, 8 << 20):
        sent = OK + TYPE + b"X-Header: %b\r\n" % (b"v" * length) + end
        yield Behaviour("header", f"{length} bytes", _send(sent), is_honest=None)
    yield Behaviour("header", "without end", _endless(OK + b"X: ", b"v" * 1024))
    yield Behaviour("header", "ever more", _endless(OK, b"X: v\r\n"))
    yield Behaviour("header", "trickle", _trickle(OK + b"X: ", b"v"))
    yield Behaviour("header", "status line without end", _endless(b"HTTP/1.1 200 ", b"O" * 1024))
    odd = (b"\x00: x", b"X\x00Y: x", b"NoColon", b": x", b" X: folded", b"X: \xff\xfe", b"X : y")
    for line in (*odd, b"Content-Type: " + b"\xff" * 500, b"Set-Cookie: " + b"a=b; " * 1000):
        sent = OK + line + b"\r\n" + end
        yield Behaviour("header", f"{line[:20]!r}", _send(sent), is_honest=None)
    types = (b"text/html", b"image/svg+xml", b"application/json", b"x", b"", b"image/png;" * 500)
    for content in (*types, b"image/../../etc", b"image/\x00", b"image/php", b"text/x-python"):
        sent = OK + b"Content-Type: %b\r\n" % content + end
        yield Behaviour("header", f"type {content[:20]!r}", _send(sent), is_honest=None)


def _statuses() -> Iterator[Behaviour]:
    refused = (201, 203, 204, 205, 206, 207, 226, 300, 304, 305, 306, 400, 401, 402, 403, 404, 405)
    more = (407, 408, 409, 410, 416, 418, 421, 425, 429, 431, 451, 500, 501, 502, 503, 504, 511)
    for status in (*refused, *more, 599, 600, 999):
        sent = b"HTTP/1.1 %d X\r\n" % status + TYPE + _with_length(PNG)
        yield Behaviour("status", str(status), _send(sent))
    for count in (1, 50, 5_000):
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * count
        sent = early + OK + TYPE + _with_length(PNG)
        yield Behaviour("status", f"{count} early hints", _send(sent), is_honest=None)
    hint = b"HTTP/1.1 100 Continue\r\n\r\n"
    yield Behaviour("status", "hints without end", _endless(b"", hint))
    lines = (b"HTTP/0.9 200 OK", b"HTTP/2 200", b"HTTP/1.1", b"200 OK", b"", b"HTTP/1.1 2OO OK")
    for line in (*lines, b"HTTP/1.1 -200 OK", b"HTTP/1.1 99999 OK", b"ICY 200 OK", b"\x16\x03\x01"):
        sent = line + b"\r\n" + TYPE + _with_length(PNG)
        yield Behaviour("status", f"line {line!r}", _send(sent), is_honest=None)


def _redirects() -> Iterator[Behaviour]:
    inside = (
        *(b"127.0.0.1", b"127.1", b"0x7f.0.0.1", b"0177.0.0.1", b"2130706433", b"[::1]", b"0"),
        *(b"[::ffff:127.0.0.1]", b"localhost", b"LOCALHOST.", b"a@127.0.0.1", b"127.0.0.1%2e"),
        *(b"[::ffff:7f00:1]", b"[64:ff9b::7f00:1]", b"0.0.0.0", b"[::]", b"[0:0:0:0:0:0:0:1]"),
    )
    places = [
        *(b"http://%b:{canary}/photo.png" % host for host in inside),
        *(b"file:///etc/passwd", b"ftp://127.0.0.1/", b"gopher://127.0.0.1:{canary}/_GET"),
        *(b"data:image/png;base64,iVBORw0KGgo=", b"javascript:1", b"http://", b"http:///x"),
        *(b"http://169.254.169.254/latest/meta-data/", b"//127.0.0.1:{canary}/x", b"/photo.png"),
        *(b"?x", b"", b"\x00", b"http://[", b"http://\xff/", b"http://127.0.0.1:99999/x"),
        *(b"http://a b/", b"x" * 70_000, b"http://" + b"a" * 300 + b".example/"),
    ]
    for status, place in product((301, 302, 307), places):
        head = b"HTTP/1.1 %d X\r\nLocation: %b\r\n" % (status, place)
        yield Behaviour("redirect", f"{status} {place[:40]!r}", _send(head + _with_length(b"")))
    head = b"HTTP/1.1 302 X\r\nLocation: /photo.png\r\n" + CLOSE + b"\r\n"
    yield Behaviour("redirect", "with a body without end", _endless(head, PNG))
    yield Behaviour("redirect", "that trickles", _trickle(head, b"x"))


def _connections() -> Iterator[Behaviour]:
    yield Behaviour("connection", "closed", _send())
    yield Behaviour("connection", "reset", _then(b"", _reset))
    yield Behaviour("connection", "silent", _then(b"", _silence))
    yield Behaviour("connection", "silent after the head", _then(OK + TYPE, _silence))
    yield Behaviour("connection", "garbage", _endless(b"", bytes(range(256))))
    yield Behaviour("connection", "line ends", _endless(b"", b"\r\n"))
