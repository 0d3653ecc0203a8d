"""Media by HTTPS: whose certificate is accepted, and that a connection is used again."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media import connections
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.skipped import Reason, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.certificates import issue
from tests.integration.export.hostile_web import PNG, Site, running_site
from tests.integration.media.disk import Disk

NAME = "media.example"
AUTHORITY = issue("authority.example")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site at `NAME`, with a certificate of an authority that the system knows."""
    authorities = tmp_path / "authorities.pem"
    authorities.write_text(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    certificate = issue(NAME, issuer=AUTHORITY)
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate.private_pem + certificate.pem.encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    connections._verifying.cache_clear()
    with running_site(tls=context) as site:
        yield site
    connections._verifying.cache_clear()


def resolve(_host: str, port: int, *_: object, **__: object) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def fetcher(site: Site, name: str) -> Fetcher:
    trusted = f"{name}:{site.host.partition(':')[2]}"
    source = MediaSource(
        cast("Any", None),
        Web(trusted_hosts=[trusted]),
        MediaLimits(1 << 20, 20, 1 << 30),
        MediaBucket("media", [], []),
        f"https://{trusted}",
    )
    return Fetcher(source, source.places([]), disk=Disk(), deadline=Deadline.after(600))


def test_files_of_a_server_come_through_one_connection(site: Site) -> None:
    one = fetcher(site, NAME)
    for path in ("/a.png", "/b.png", "/c.png"):
        site.file(path)
        with one.fetch(path).content as content:
            assert content.read() == PNG
    assert site.connections == 1


def test_a_certificate_for_another_name_is_refused(site: Site) -> None:
    site.file("/a.png")
    with pytest.raises(Skipped) as caught:
        fetcher(site, "other.example").fetch("/a.png")
    assert caught.value.reason is Reason.UNREACHABLE
    assert site.asked == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "others.pem").write_text(issue("another.example").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "others.pem"))
    site.file("/a.png")
    with pytest.raises(Skipped) as caught:
        fetcher(site, NAME).fetch("/a.png")
    assert caught.value.reason is Reason.UNREACHABLE
    assert site.asked == []
