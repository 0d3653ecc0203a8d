"""Media from the web, at addresses that users typed: hostile until proven.

Only http and https; every address a name resolves to must be public, and the connection goes to the
very address that was checked, so that a name cannot change its mind in between; each redirect is
checked again; an encoding that was not asked for is refused (docs/decisions/0017).
"""

import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from openevent.media.connections import PlainConnection, TlsConnection
from openevent.media.deadline import Deadline
from openevent.media.hosts import Hosts
from openevent.media.public_addresses import is_public
from openevent.media.skipped import Reason, Skipped, Transient
from openevent.media.transfer import CHUNK, Answer
from openevent.media.watch import Watch

MAX_REDIRECTS = 5

# Seconds until a server that does not accept, or sends nothing, is given up.
TIMEOUT = Timeout(connect=5, read=10)

PORTS = {"http": 80, "https": 443}

# Digits of a length that is believed; the longest one that S3 or a disk could hold has 19.
MAX_DIGITS = 19

# Characters of a server's own words in a skipped file's detail.
MAX_DETAIL = 40

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Statuses that a later try may well change.
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class Web:
    """Fetches from public addresses, and from those the operator vouches for."""

    def __init__(self, *, trusted_hosts: Collection[str] = (), connections: int = 32) -> None:
        """`trusted_hosts`: `host:port` that may have any address; `connections` kept a server."""
        self._trusted = frozenset(host.lower() for host in trusted_hosts)
        self._connections = connections
        self._pool = lru_cache(maxsize=64)(self._new_pool)
        self._watch = Watch()

    @contextmanager
    def get(self, address: str, hosts: Hosts, deadline: Deadline) -> Iterator[Answer]:
        """Give the answer (status 200) at `address`, its body unread, redirects followed.

        `hosts`: those that failed in the job. `deadline`: when the exchange is cut off, whatever
        it has come to. Raises `Skipped`, or `Transient` where another try may help.
        """
        with self._watch.over(deadline) as exchange:
            try:
                yield from self._get(address, hosts)
            except Skipped as skipped:
                if exchange.is_overdue:
                    raise Skipped(Reason.TOO_SLOW) from skipped
                raise
            if exchange.is_overdue:
                raise Skipped(Reason.TOO_SLOW)

    def _get(self, address: str, hosts: Hosts) -> Iterator[Answer]:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._request(address, hosts)
            try:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    address = _joined(address, location)
                    continue
                if response.status in _TRANSIENT:
                    raise Transient(Reason.HTTP_STATUS, str(response.status))
                if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                    raise Skipped(Reason.HTTP_STATUS, str(response.status))
                _require_plain(response)
                yield Answer(
                    address=address,
                    content_type=response.headers.get("Content-Type"),
                    length=_length(response.headers.get("Content-Length", "")),
                    chunks=_chunks(response),
                )
            finally:
                # What was not read to its end cannot be used again.
                response.close()
                response.release_conn()
            return
        raise Skipped(Reason.TOO_MANY_REDIRECTS)

    def _request(self, address: str, hosts: Hosts) -> BaseHTTPResponse:
        url = _parsed(address)
        host, port = url.host or "", url.port or PORTS[url.scheme or ""]
        # An IPv6 address has brackets in an address, and has none everywhere else.
        name = host.strip("[]")
        target = self._resolved(name, port, hosts)
        pool = self._pool(url.scheme or "", name, target, port)
        default = port == PORTS[url.scheme or ""]
        with _transport_faults():
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
        return response

    def _new_pool(self, scheme: str, host: str, target: str, port: int) -> HTTPConnectionPool:
        if scheme == "http":
            plain = HTTPConnectionPool(target, port, maxsize=self._connections)
            plain.ConnectionCls = PlainConnection
            return plain
        pool = HTTPSConnectionPool(
            target,
            port,
            maxsize=self._connections,
            cert_reqs="CERT_REQUIRED",
            server_hostname=host,
            assert_hostname=host,
        )
        pool.ConnectionCls = TlsConnection
        return pool

    def _resolved(self, host: str, port: int, hosts: Hosts) -> str:
        hosts.require_known(host)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise Transient(Reason.UNREACHABLE) from error
            hosts.note_unknown(host)
            raise Skipped(Reason.HOST_UNKNOWN) from error
        addresses = [str(entry[4][0]) for entry in found]
        if f"{host}:{port}".lower() not in self._trusted and not all(map(is_public, addresses)):
            raise Skipped(Reason.ADDRESS_NOT_PUBLIC)
        return addresses[0]


def _require_plain(response: BaseHTTPResponse) -> None:
    """Raise `Skipped` if the body is encoded, although that was not asked for."""
    encodings = _listed(response.headers.get("Content-Encoding", ""))
    transfers = _listed(response.headers.get("Transfer-Encoding", ""))
    if refused := encodings - {"identity"} | transfers - {"identity", "chunked"}:
        raise Skipped(Reason.ENCODED, ", ".join(sorted(refused))[:MAX_DETAIL])


def _listed(value: str) -> set[str]:
    return {item for part in value.split(",") if (item := part.strip().lower())}


def _chunks(response: BaseHTTPResponse) -> Iterator[bytes]:
    with _transport_faults():
        yield from response.stream(CHUNK, decode_content=False)


@contextmanager
def _transport_faults() -> Iterator[None]:
    # ValueError: invalid sizes and addresses, out of urllib3 and http.client.
    try:
        yield
    except (HTTPError, OSError, ValueError) as error:
        raise Transient(Reason.UNREACHABLE) from error


def _length(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


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
