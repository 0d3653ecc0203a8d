"""Connections to servers of the web: kept, replaced, and given up."""

import socket
from collections.abc import Iterator
from threading import Event
from typing import Any, cast

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media import connections, retries
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.skipped import Reason, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.integration.export.hostile_web import PNG, Handler, Site, running_site
from tests.integration.media.disk import Disk


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    with running_site() as site:
        yield site


def fetcher(host: str) -> Fetcher:
    source = MediaSource(
        cast("Any", None),
        Web(trusted_hosts=[host]),
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
