"""Media from the web, at addresses that users typed: hostile until proven.

Only http and https; every address a name resolves to must be public, and the connection goes to the
very address that was checked, so that a name cannot change its mind in between; each redirect is
checked again; an encoding that was not asked for is refused (docs/decisions/0017).
"""

import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from openevent.adapters.storage import AddressParts, read_plain
from openevent.media.connections import Connection, Server
from openevent.media.deadline import Deadline
from openevent.media.exchange import Reply, Unanswered, ask
from openevent.media.hosts import Hosts
from openevent.media.public_addresses import is_public
from openevent.media.skipped import Reason, Skipped, Transient
from openevent.media.transfer import Answer
from openevent.media.watch import Exchange, Watch

MAX_REDIRECTS = 5

PORTS = {"http": 80, "https": 443}

# Characters of a server's own words in a skipped file's detail.
MAX_DETAIL = 40

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Encodings that change nothing, and the one that is taken off.
_PLAIN = frozenset({"identity"})
_PLAIN_OR_CHUNKED = frozenset({"identity", "chunked"})

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
                asked = self._found(address, hosts, exchange)
                try:
                    yield asked.answer()
                finally:
                    asked.leave()
            except Skipped as skipped:
                if exchange.is_overdue:
                    raise Skipped(Reason.TOO_SLOW) from skipped
                raise
            if exchange.is_overdue:
                raise Skipped(Reason.TOO_SLOW)

    def _found(self, address: str, hosts: Hosts, exchange: Exchange) -> "_Asked":
        """Ask for `address`, and for where it leads to, until there is a file."""
        for _ in range(MAX_REDIRECTS + 1):
            asked = self._ask(address, hosts, exchange)
            try:
                following = asked.leads_to()
            except BaseException:
                asked.leave()
                raise
            if following is None:
                return asked
            asked.leave()
            address = following
        raise Skipped(Reason.TOO_MANY_REDIRECTS)

    def _ask(self, address: str, hosts: Hosts, exchange: Exchange) -> "_Asked":
        """Return the answer at `address`, whatever it is."""
        scheme, host, named_port, path = _parsed(address)
        default = PORTS[scheme]
        port = named_port or default
        # An IPv6 address has brackets in an address, and has none everywhere else.
        name = host.strip("[]")
        server = self._server(scheme, name, port)

        def through(connection: Connection) -> _Asked:
            try:
                reply = ask(connection.sock, host if port == default else f"{host}:{port}", path)
            except BaseException:
                server.leave(connection, exchange, is_open=False)
                raise
            return _Asked(address, reply, server, connection, exchange)

        with _TRANSPORT_FAULTS:
            if (kept := server.take(exchange)) is not None:
                try:
                    return through(kept)
                except Unanswered:
                    # It, and most likely the others, were forgotten while the process was frozen.
                    server.end_idle()
                    if exchange.is_overdue:
                        raise
        target = self._resolved(name, port, hosts)
        with _TRANSPORT_FAULTS:
            return through(server.connect(target, exchange))

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A server's answer at `address`, and the way it comes."""

    address: str
    reply: Reply
    server: Server
    connection: Connection
    exchange: Exchange

    def leads_to(self) -> str | None:
        """Return the address of a redirect; None for a file. Raises `Skipped` for others."""
        reply = self.reply
        if reply.status == 200:  # noqa: PLR2004 - HTTP's OK
            return None
        location = reply.headers.get("location")
        if reply.status in _REDIRECTS and location:
            return _joined(self.address, location)
        skipped = Transient if reply.status in _TRANSIENT else Skipped
        raise skipped(Reason.HTTP_STATUS, str(reply.status))

    def answer(self) -> Answer:
        """Return the file. Raises `Skipped` if it is encoded, although that was not asked for."""
        headers = self.reply.headers
        encodings = self.reply.listed("content-encoding") - _PLAIN
        if refused := encodings | self.reply.listed("transfer-encoding") - _PLAIN_OR_CHUNKED:
            raise Skipped(Reason.ENCODED, ", ".join(sorted(refused))[:MAX_DETAIL])
        return Answer(
            self.address, headers.get("content-type"), self.reply.length, _chunks(self.reply)
        )

    def leave(self) -> None:
        """End it; the connection is kept if the answer was read to its end."""
        self.server.leave(self.connection, self.exchange, is_open=self.reply.is_complete)


class _TransportFaults:
    """Block whose faults of the connection, and of what comes through it, are transient."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        # ValueError: invalid heads and sizes.
        if isinstance(error, HTTPError | OSError | ValueError):
            raise Transient(Reason.UNREACHABLE) from error


_TRANSPORT_FAULTS = _TransportFaults()


def _chunks(reply: Reply) -> Iterator[bytes]:
    with _TRANSPORT_FAULTS:
        yield from reply.chunks()


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise Skipped(Reason.ADDRESS_INVALID) from error


def _parsed(address: str) -> AddressParts:
    plain = read_plain(address)
    if plain is not None:
        return plain
    try:
        url = parse_url(address)
    except (LocationParseError, ValueError) as error:
        raise Skipped(Reason.ADDRESS_INVALID) from error
    if url.scheme not in PORTS or not url.host:
        raise Skipped(Reason.ADDRESS_INVALID)
    return AddressParts(url.scheme, url.host, url.port, url.request_uri)
