"""Defect 12: addresses that lead inside, in all their forms, asked for directly and by a redirect.

Every connection but those to the trusted server ends at a canary, whatever the address.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any, cast

import pytest
from urllib3.util import connection

from openevent.adapters.storage import MediaBucket
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.skipped import Reason, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from tests.integration.export.hostile_web import Site, running_site
from tests.integration.media.disk import Disk

INSIDE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255"),  # noqa: S104
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "169.254.169.254", "169.254.170.2"),
    *("169.254.170.23", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170"),
    *("192.0.0.192", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.88.99.2", "192.168.0.1"),
    *("192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255"),
]
METADATA = IPv4Address("169.254.169.254")


def carried_by_ipv6(address: IPv4Address) -> list[str]:
    """IPv6 addresses that stand for an IPv4 address."""
    number = int(address)
    teredo = (0x20010000 << 96) | (0x08080808 << 64) | (~number & 0xFFFFFFFF)
    return [
        f"::ffff:{address}",
        str(IPv6Address((0xFFFF << 32) | number)),
        f"::{address}",
        f"64:ff9b::{address}",
        str(IPv6Address((0x64FF9B << 96) | number)),
        f"64:ff9b:1::{address}",
        str(IPv6Address((0x2002 << 112) | (number << 80) | 1)),
        str(IPv6Address(teredo)),
        str(IPv6Address((0x20010000 << 96) | (number << 64) | 0xF7F7F7F7)),
    ]


INSIDE_V6 = [
    *("::", "::1", "0:0:0:0:0:0:0:1", "::2", "100::1", "100:0:0:1::1", "64:ff9b:1::1"),
    *("64:ff9b:1:ffff::1", "2001:2::1", "2001:3::1", "2001:10::1", "2001:20::1", "2001:1::1"),
    *("2001:4:112::1", "2001:db8::1", "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1"),
    *("4000::1", "8000::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"),
    *carried_by_ipv6(METADATA),
    *carried_by_ipv6(IPv4Address("127.0.0.1")),
    *carried_by_ipv6(IPv4Address("10.0.0.1")),
]


def spelled(address: IPv4Address) -> list[str]:
    """Ways to write an IPv4 address that libraries take for it."""
    a, b, c, d = address.packed
    return [
        str(int(address)),
        hex(int(address)),
        f"0{int(address):o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"000{a:o}.{b}.{c}.{d}",
        f"{a}.{(b << 16) | (c << 8) | d}",
        f"{a}.{b}.{(c << 8) | d}",
        f"0x{a:X}.{b}.0{c:o}.{d}",
        f"{address}.",
        f"%31{str(address)[1:]}",
        f"{address}%00.example.com",
        str(address).replace(".", "。"),
        str(address).translate({48 + i: 0xFF10 + i for i in range(10)}),
        "".join(f"%{ord(char):02x}" for char in str(address)),
    ]


# Names, and the addresses that the DNS has for them.
NAMES = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "LOCALHOST": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "inside.example": ["10.0.0.1"],
    "two.example": ["93.184.216.34", "127.0.0.1"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "zoned.example": ["fe80::1%eth0"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data": ["169.254.169.254"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "xn--bcher-kva.example": ["192.168.1.1"],
}

HOSTS = [
    *INSIDE,
    *(f"[{address}]" for address in INSIDE_V6),
    *(text for address in ("127.0.0.1", METADATA) for text in spelled(IPv4Address(address))),
    *("127.1", "127.0.1", "0", "0x0", "00", "127.000.000.001", "[fe80::1%25eth0]", "[::1%25lo]"),
    *NAMES,
]

ADDRESSES = [
    *(f"http://{host}:PORT/x" for host in HOSTS),
    *(f"http://{host}/x" for host in ("127.0.0.1", "[::1]", "169.254.169.254", "localhost")),
    *("https://127.0.0.1:PORT/x", "https://169.254.169.254/latest/meta-data/", "HTTP://127.1/x"),
    # Users and passwords, and characters at which parsers disagree about where the host ends.
    *("http://example.com@127.0.0.1:PORT/", "http://example.com:80@127.0.0.1:PORT/"),
    *("http://TRUSTED@127.0.0.1:PORT/", "http://TRUSTED#@127.0.0.2:PORT/x"),
    *("http://127.0.0.1:PORT#@example.com/", "http://127.0.0.1:PORT?@example.com/"),
    *("http://127.0.0.1:PORT\\@example.com/", "http://example.com\\@127.0.0.1:PORT/"),
    *("http://a@b@127.0.0.1:PORT/", "http://127.0.0.1\t:PORT/", "http://127.0.0.1 :PORT/"),
    *("http:///127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "http:\\\\127.0.0.1:PORT\\"),
    *("//127.0.0.1:PORT/x", "///127.0.0.1:PORT/x", "http://127.0.0.1:0PORT/", "http://①②⑦.0.0.1/"),
    *("http://BÜCHER.example:PORT/", "http://bücher.example:PORT/", "http://[::ffff:7f00:1]:PORT/"),
    *("http://[::ffff:127.0.0.1%25x]:PORT/", "http://[0:0:0:0:0:ffff:a9fe:a9fe]:PORT/"),
    *("ftp://127.0.0.1:PORT/x", "gopher://127.0.0.1:PORT/_x", "file:///etc/passwd"),
    *("dict://127.0.0.1:PORT/x", "jar:http://127.0.0.1:PORT!/x", "data:,x", "unix:///run/x.sock"),
]


def test_there_are_160_forms_and_more() -> None:
    assert len(set(ADDRESSES)) >= 160


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Site, Site]]:
    """A server that the operator vouches for, and the canary."""
    with running_site() as trusted, running_site() as canary:
        yield trusted, canary


@pytest.fixture
def trusted(servers: tuple[Site, Site]) -> Site:
    servers[0].asked.clear()
    return servers[0]


@pytest.fixture
def canary(servers: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch) -> Site:
    """The server that every connection ends at but those to the trusted one; its ports are all."""
    trusted, canary = servers
    canary.asked.clear()
    connect, resolve = connection.create_connection, socket.getaddrinfo

    def connect_to_canary(address: tuple[str, int], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - the original's
        if f"{address[0]}:{address[1]}" != trusted.host:
            name, _, port = canary.host.partition(":")
            address = (name, int(port))
            canary.asked.append(("CONNECT", str(address), {}))
        return connect(address, *args, **options)

    def resolve_offline(host: str, port: int, *_: object, **__: object) -> Any:  # noqa: ANN401 - the original's
        if host not in NAMES:
            return resolve(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in NAMES[host]]

    monkeypatch.setattr(connection, "create_connection", connect_to_canary)
    monkeypatch.setattr(socket, "getaddrinfo", resolve_offline)
    return canary


def reason_of(site: Site, address: str) -> Reason | None:
    """Why nothing is fetched from `address`; None if something is."""
    source = MediaSource(
        cast("Any", None),
        Web(trusted_hosts=[site.host]),
        MediaLimits(1000, 20, 1000),
        MediaBucket("media", ["https://b.example"], []),
        f"http://{site.host}",
    )
    fetcher = Fetcher(
        source,
        source.places([]),
        disk=Disk(),
        deadline=Deadline.after(60),
    )
    try:
        fetcher.fetch(address).content.close()
    except Skipped as skipped:
        return skipped.reason
    return None


def written(address: str, canary: Site, trusted: Site) -> str:
    return address.replace("PORT", canary.host.partition(":")[2]).replace("TRUSTED", trusted.host)


REFUSALS = {Reason.ADDRESS_NOT_PUBLIC, Reason.ADDRESS_INVALID, Reason.HOST_UNKNOWN}


@pytest.mark.parametrize("address", ADDRESSES)
def test_defect_12_an_address_inside_is_not_asked(
    trusted: Site, canary: Site, address: str
) -> None:
    """192.0.0.192, 192.88.99.1 and 3fff::1 passed on Python 3.11.7."""
    reason = reason_of(trusted, written(address, canary, trusted))

    assert canary.asked == []
    # What is read as a path of the trusted server is not there.
    assert reason in REFUSALS or (reason is Reason.HTTP_STATUS and trusted.asked)


@pytest.mark.parametrize("address", ADDRESSES)
def test_defect_12_a_redirect_inside_is_not_followed(
    trusted: Site, canary: Site, address: str
) -> None:
    location = written(address, canary, trusted).encode().decode("latin-1")
    start = trusted.redirect("/start", location)

    reason = reason_of(trusted, start)

    assert canary.asked == []
    assert trusted.asked[0][1] == "/start"
    assert reason in REFUSALS or (reason is Reason.HTTP_STATUS and len(trusted.asked) == 2)


def test_a_public_address_would_be_asked(trusted: Site, canary: Site) -> None:
    """The canary sings."""
    reason_of(trusted, "http://93.184.216.34/x")

    assert canary.asked
