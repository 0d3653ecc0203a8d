"""Media from the web, at addresses that users typed: hostile until proven.

Only http and https; every address a name resolves to must be public, and the connection goes to the
very address that was checked, so that a name cannot change its mind in between; each redirect is
checked again; an encoding that was not asked for is refused (docs/decisions/0017).
"""

import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from openevent.media.connections import Server
from openevent.media.deadline import Deadline
from openevent.media.exchange import Reply, ask, listed
from openevent.media.hosts import Hosts
from openevent.media.public_addresses import is_public
from openevent.media.skipped import Reason, Skipped, Transient
from openevent.media.transfer import Answer
from openevent.media.watch import Watch

MAX_REDIRECTS = 5

PORTS = {"http": 80, "https": 443}

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
        self._server = lru_cache(maxsize=64)(partial(Server, kept=connections))
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
            with self._asked(address, hosts) as reply:
                location = reply.headers.get("location")
                if reply.status in _REDIRECTS and location:
                    address = _joined(address, location)
                    continue
                if reply.status in _TRANSIENT:
                    raise Transient(Reason.HTTP_STATUS, str(reply.status))
                if reply.status != 200:  # noqa: PLR2004 - HTTP's OK
                    raise Skipped(Reason.HTTP_STATUS, str(reply.status))
                _require_plain(reply)
                yield Answer(
                    address=address,
                    content_type=reply.headers.get("content-type"),
                    length=reply.length,
                    chunks=_chunks(reply),
                )
            return
        raise Skipped(Reason.TOO_MANY_REDIRECTS)

    @contextmanager
    def _asked(self, address: str, hosts: Hosts) -> Iterator[Reply]:
        """Give the answer at `address`, whatever it is."""
        url = _parsed(address)
        host, port = url.host or "", url.port or PORTS[url.scheme or ""]
        # An IPv6 address has brackets in an address, and has none everywhere else.
        name = host.strip("[]")
        server = self._server(url.scheme or "", name, self._resolved(name, port, hosts), port)
        with _transport_faults():
            connection = server.take()
        reply = None
        try:
            with _transport_faults():
                default = port == PORTS[url.scheme or ""]
                sent_host = host if default else f"{host}:{port}"
                reply = ask(connection.sock, sent_host, url.request_uri)
            yield reply
        finally:
            if reply is not None and reply.is_complete:
                server.keep(connection)
            else:
                connection.close()

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


def _require_plain(reply: Reply) -> None:
    """Raise `Skipped` if the body is encoded, although that was not asked for."""
    encodings = listed(reply.headers.get("content-encoding", ""))
    transfers = listed(reply.headers.get("transfer-encoding", ""))
    if refused := encodings - {"identity"} | transfers - {"identity", "chunked"}:
        raise Skipped(Reason.ENCODED, ", ".join(sorted(refused))[:MAX_DETAIL])


def _chunks(reply: Reply) -> Iterator[bytes]:
    with _transport_faults():
        yield from reply.chunks()


@contextmanager
def _transport_faults() -> Iterator[None]:
    # ValueError: invalid heads and sizes.
    try:
        yield
    except (HTTPError, OSError, ValueError) as error:
        raise Transient(Reason.UNREACHABLE) from error


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
