"""Hosts that failed within one job and are not asked again in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from urllib.parse import urlsplit

from openevent.adapters.storage import read_plain
from openevent.media.skipped import TEXTS, Reason, Skipped

# Files of a host that fail in a row until it is not asked any more. Each of them has cost up to
# three tries or the time of a whole file; fewer would give up a server that drops a few connections
# while many files are fetched from it at once.
MAX_FAILURES = 5

# Failures that cost time. A server that answers at once, even with an error, costs none.
_FAILURES = frozenset({Reason.UNREACHABLE, Reason.TOO_SLOW})


class Hosts:
    """Counts the failures of each host; one object serves all threads of a job."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self._lock = Lock()
        self._failures: dict[str, int] = {}
        self._last: dict[str, Reason] = {}
        self._unknown: set[str] = set()

    @contextmanager
    def asked(self, address: str) -> Iterator[None]:
        """Count how the block ends that fetches from `address`.

        Raises `Skipped` with `HOST_FAILED` before the block if the last files of that host failed.
        """
        host = _host_of(address)
        with self._lock:
            if self._failures.get(host, 0) >= MAX_FAILURES:
                raise Skipped(Reason.HOST_FAILED, TEXTS[self._last[host]])
        try:
            yield
        except Skipped as skipped:
            if skipped.reason in _FAILURES:
                self._count(host, skipped.reason)
            elif skipped.reason is not Reason.TIMED_OUT:
                self._forget(host)
            raise
        self._forget(host)

    def require_known(self, name: str) -> None:
        """Raise `Skipped` with `HOST_UNKNOWN` if the DNS had no address for `name` before."""
        if name in self._unknown:
            raise Skipped(Reason.HOST_UNKNOWN)

    def note_unknown(self, name: str) -> None:
        """Remember that the DNS has no address for `name`."""
        self._unknown.add(name)

    def _count(self, host: str, reason: Reason) -> None:
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            self._last[host] = reason

    def _forget(self, host: str) -> None:
        with self._lock:
            self._failures.pop(host, None)


def _host_of(address: str) -> str:
    """Return the host, with the port if the address names one."""
    plain = read_plain(address)
    if plain is None:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    return plain.host if plain.port is None else f"{plain.host}:{plain.port}"
