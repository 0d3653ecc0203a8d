"""Connections to servers of the web: kept, replaced, and given up."""

import socket
import struct
import time
from collections.abc import Iterator
from threading import Barrier, Event
from typing import Any, cast

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media import connections, retries
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher, MediaFile
from openevent.media.skipped import Reason, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.integration.export.hostile_web import PNG, Behaviour, Handler, Site, running_site
from tests.integration.media.disk import Disk


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    with running_site() as site:
        yield site


def fetcher(host: str, web: Web | None = None) -> Fetcher:
    source = MediaSource(
        cast("Any", None),
        web or Web(trusted_hosts=[host]),
        MediaLimits(1 << 20, 60, 1 << 30),
        MediaBucket("media", [], []),
        f"http://{host}",
    )
    return Fetcher(source, source.places([]), disk=Disk(), deadline=Deadline.after(600))


def content(one: Fetcher, address: str) -> bytes:
    with one.fetch(address).content as found:
        return found.read()


def test_a_kept_connection_is_used_without_resolving_the_name_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[str] = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        resolved.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    name = f"media.example:{site.host.partition(':')[2]}"
    one = fetcher(name)
    for path in ("/a.png", "/b.png", "/c.png"):
        site.file(path)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    assert [content(one, f"http://{name}{path}") for path in ("/a.png", "/b.png", "/c.png")] == (
        [PNG] * 3
    )

    # Once for the name, once by urllib3 for the address that it is given.
    assert resolved == ["media.example", "127.0.0.1"]
    assert site.connections == 1


def test_a_connection_that_the_server_closed_is_replaced(site: Site) -> None:
    def closing(handler: Handler) -> None:
        handler.send(PNG)
        handler.close_connection = True

    one = fetcher(site.host)
    first, second = site.put("/a.png", closing), site.put("/b.png", closing)

    assert [content(one, first), content(one, second)] == [PNG, PNG]
    assert site.connections == 2


def test_connections_that_the_server_forgot_between_two_jobs_cost_no_file(site: Site) -> None:
    """As after a freeze of the function: nothing tells of it before something is sent."""
    kept: set[socket.socket] = set()
    forgotten: set[socket.socket] = set()
    all_asked = Barrier(16)

    def forgetful(handler: Handler) -> None:
        if handler.connection in forgotten:
            reset(handler)
            return
        kept.add(handler.connection)
        if not forgotten:
            all_asked.wait(60)
        handler.send(PNG)

    def fetched() -> list[bool]:
        outcomes = fetcher(site.host, web).fetch_all(addresses, concurrency=16)
        return [isinstance(one, MediaFile) for one in outcomes]

    web = Web(trusted_hosts=[site.host])
    addresses = [site.put(f"/{number}.png", forgetful) for number in range(16)]
    assert fetched() == [True] * 16
    assert len(kept) == 16
    forgotten |= kept

    assert fetched() == [True] * 16


def reset(handler: Handler) -> None:
    """Answer a request by a reset of its connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()  # which keeps the connection
    handler.connection.close()
    raise ConnectionResetError


def test_a_server_that_resets_new_connections_too_is_given_up(site: Site) -> None:
    one = fetcher(site.host)
    content(one, site.file("/a.png"))

    with pytest.raises(Skipped) as caught:
        one.fetch(site.put("/b.png", reset))

    assert caught.value.reason is Reason.UNREACHABLE
    # The kept connection is no try of its own.
    assert site.paths() == ["GET /a.png"] + ["GET /b.png"] * (1 + retries.TRIES)


@pytest.mark.parametrize(("seconds", "opened"), [(30, 1), (31, 2)])
def test_a_connection_is_kept_for_thirty_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch, seconds: int, opened: int
) -> None:
    one = fetcher(site.host)
    first, second = site.file("/a.png"), site.file("/b.png")
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    content(one, first)

    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 + seconds)

    assert content(one, second) == PNG
    assert site.connections == opened


@pytest.mark.parametrize("sent", [0, 100], ids=["no head", "half a body"])
def test_a_server_that_sends_nothing_more_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    monkeypatch.setattr(connections, "READ_SECONDS", 0.1)
    given_up = Event()

    def silent(handler: Handler) -> None:
        if sent:
            handler.send(PNG[:sent], Content_Length=str(len(PNG)))
            handler.wfile.flush()
        given_up.wait(60)

    try:
        with pytest.raises(Skipped) as caught:
            fetcher(site.host).fetch(site.put("/a.png", silent))
    finally:
        given_up.set()

    assert caught.value.reason is Reason.UNREACHABLE
    assert len(site.asked) == retries.TRIES


@pytest.mark.parametrize("said", ["-264", "+264", "264.0", "²", " ", ",", "10, 264", "264, x"])
def test_an_answer_of_no_length_that_can_be_read_is_refused(site: Site, said: str) -> None:
    """The file may have been cut off (RFC 9112, 6.3)."""
    with pytest.raises(Skipped) as caught:
        fetcher(site.host).fetch(site.put("/a.png", saying(said)))

    assert caught.value.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("said", ["264", "264, 264", "264,264,264"])
def test_a_length_may_be_repeated(site: Site, said: str) -> None:
    assert content(fetcher(site.host), site.put("/a.png", saying(said))) == PNG


def saying(length: str) -> Behaviour:
    """Answer with a photo, and a header that says its length."""

    def answer(handler: Handler) -> None:
        handler.send(PNG, Content_Length=length)
        handler.close_connection = True

    return answer
