"""Media from the web, asked for by addresses that users typed: hostile until proven.

Only http and https; every address a name resolves to must be public, and the connection goes to the
very address that was checked, so that a name cannot change its mind in between; each redirect is
checked again (docs/decisions).
"""

import ipaddress
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urljoin

from urllib3 import (
    BaseHTTPResponse,
    HTTPConnectionPool,
    HTTPResponse,
    HTTPSConnectionPool,
    Timeout,
)
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from openevent.media.skipped import Reason, Skipped
from openevent.media.watch import Watch, note

MAX_REDIRECTS = 5

# Seconds until a server that does not accept, or sends nothing, is given up.
TIMEOUT = Timeout(connect=5, read=10)

PORTS = {"http": 80, "https": 443}

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Answers that a later try may well change.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Passing(Skipped):
    """A fault that another try may not meet."""


class Web:
    """Fetches from public addresses, and from those the operator vouches for."""

    def __init__(
        self, *, trusted_hosts: Collection[str] = (), connections: int = 32, seconds: float = 120
    ) -> None:
        """`trusted_hosts`: `host:port` that may have any address; `connections` kept a server.

        `seconds`: what one address may take, with all redirects, until its last byte is there.
        """
        self._trusted = frozenset(host.lower() for host in trusted_hosts)
        self._connections = connections
        self._seconds = seconds
        self._pool = lru_cache(maxsize=64)(self._new_pool)
        self._watch = Watch()

    @contextmanager
    def get(self, address: str) -> Iterator[BaseHTTPResponse]:
        """The answer (status 200) at `address`, its body unread, redirects followed.

        Raises `Skipped`, or `Passing` where another try may help.
        """
        with self._watch.over(self._seconds) as exchange:
            try:
                yield from self._get(address)
            except (Skipped, HTTPError, OSError) as error:
                if exchange.is_overdue:
                    raise Skipped(Reason.TOO_SLOW) from error
                raise
            if exchange.is_overdue:
                raise Skipped(Reason.TOO_SLOW)

    def _get(self, address: str) -> Iterator[BaseHTTPResponse]:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._request(address)
            try:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    address = _joined(address, location)
                    continue
                if response.status in _PASSING:
                    raise Passing(Reason.HTTP_STATUS, str(response.status))
                if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                    raise Skipped(Reason.HTTP_STATUS, str(response.status))
                if response.headers.get("Content-Encoding"):
                    # Compressed although nobody asked for that: it is not the medium's length.
                    response.headers.discard("Content-Length")
                yield response
            finally:
                # What was not read to its end cannot be used again.
                response.close()
                response.release_conn()
            return
        raise Skipped(Reason.TOO_MANY_REDIRECTS)

    def _request(self, address: str) -> BaseHTTPResponse:
        url = _parsed(address)
        host, port = url.host or "", url.port or PORTS[url.scheme or ""]
        # A bare IPv6 address stands in brackets in an address, and without them everywhere else.
        name = host.strip("[]")
        target = self._resolved(name, port)
        pool = self._pool(url.scheme or "", name, target, port)
        default = port == PORTS[url.scheme or ""]
        try:
            response: BaseHTTPResponse = pool.urlopen(
                "GET",
                url.request_uri,
                headers={
                    "Host": host if default else f"{host}:{port}",
                    "Accept-Encoding": "identity",
                    "User-Agent": "open-event-export",
                },
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=TIMEOUT,
            )
        except (HTTPError, OSError, ValueError) as error:
            raise Passing(Reason.UNREACHABLE) from error
        return response

    def _new_pool(self, scheme: str, host: str, target: str, port: int) -> HTTPConnectionPool:
        if scheme == "http":
            plain = HTTPConnectionPool(target, port, maxsize=self._connections)
            plain.ConnectionCls = _HttpConnection
            return plain
        pool = HTTPSConnectionPool(
            target,
            port,
            maxsize=self._connections,
            cert_reqs="CERT_REQUIRED",
            server_hostname=host,
            assert_hostname=host,
        )
        pool.ConnectionCls = _HttpsConnection
        return pool

    def _resolved(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Skipped(Reason.HOST_UNKNOWN) from error
        addresses = [str(entry[4][0]) for entry in found]
        if f"{host}:{port}".lower() not in self._trusted and not all(map(is_public, addresses)):
            raise Skipped(Reason.ADDRESS_NOT_PUBLIC)
        return addresses[0]


class _HttpConnection(HTTPConnection):
    """A connection that says which socket it uses."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as it is in urllib3
        note(self.sock)
        return super().getresponse()


class _HttpsConnection(HTTPSConnection):
    """A connection under TLS that says which socket it uses."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as it is in urllib3
        note(self.sock)
        return super().getresponse()


def is_public(address: str) -> bool:
    """Whether the IP address is one that the whole Internet reaches.

    IPv6 addresses that carry an IPv4 one (mapped, 6to4, Teredo, NAT64) are as public as that.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        carried = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            carried.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(inner is not None and not _is_public(inner) for inner in carried):
            return False
        if any(carried):
            return True
    return _is_public(ip)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or site_local)


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise Skipped(Reason.ADDRESS_INVALID) from error


def _parsed(address: str) -> Url:
    try:
        url = parse_url(address)
    except (LocationParseError, ValueError) as error:
        raise Skipped(Reason.ADDRESS_INVALID) from error
    if url.scheme not in PORTS:
        raise Skipped(Reason.ADDRESS_INVALID)
    if not url.host:
        raise Skipped(Reason.ADDRESS_INVALID)
    return url
