"""Benchmark `round_trips`: what an export asks the database, in statements and round trips.

The event is a typical one. The counts are those of a connection's protocol, and exact.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.database import filled
from bench.typical import statements
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.archive.writer import Archive
from openevent.export.addresses import Addresses
from openevent.export.build import Build
from openevent.export.job import Job, new_job
from openevent.export.options import Options

SOCKET = ".s.PGSQL.5432"
BUFFER = 1 << 16


@dataclass
class Traffic:
    """Connections that were made, and round trips: turns from the server's answer to a request."""

    round_trips: int = 0
    connections: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self) -> None:
        """Count a round trip."""
        with self._lock:
            self.round_trips += 1

    def take(self) -> tuple[int, int]:
        """Return both numbers since the last call. Wait until all connections are closed."""
        for connection in self.connections:
            connection.join()
        counts = len(self.connections), self.round_trips
        self.connections, self.round_trips = [], 0
        return counts


def run() -> dict[str, float]:
    """Return the counts for a new process, which reads the schema, and for a warm one."""
    with filled(statements()) as database_url, counted(database_url) as (url, traffic):
        database = Database(lambda: Credentials.from_url(url))
        figures: dict[str, float] = {}
        for name in ("new", "warm"):
            export(database)
            connections, round_trips = traffic.take()
            figures |= {f"{name}_connections": connections, f"{name}_round_trips": round_trips}
    return figures


def export(database: Database) -> None:
    """Read event 1 as the worker does, with its schedules."""
    job = typical_job()
    with Archive(modified=datetime.now(UTC)) as archive:
        addresses = Addresses(server="https://example.org", frontend="https://example.org")
        build = Build(archive, job, addresses=addresses, report=lambda _: None)
        build.read(database)


def typical_job() -> Job:
    """Return a job that exports event 1."""
    return new_job(
        task_id="bench",
        event_id=1,
        event_identifier="be4c0001",
        event_name="Benchmark",
        user_id=1,
        user_email="bench@example.org",
        options=Options(),
        archive_days=1,
    )


@contextmanager
def counted(database_url: str) -> Iterator[tuple[str, Traffic]]:
    """Yield an address of the same database, and what goes through it."""
    upstream = Credentials.from_url(database_url)
    traffic = Traffic()
    with TemporaryDirectory(prefix="bench-") as directory, socket.socket(socket.AF_UNIX) as door:
        door.bind(str(Path(directory, SOCKET)))
        door.listen()
        threading.Thread(target=_serve, args=[door, upstream.host, traffic], daemon=True).start()
        try:
            yield database_url.replace(upstream.host, directory), traffic
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)


def _serve(door: socket.socket, upstream: str, traffic: Traffic) -> None:
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            one = threading.Thread(target=_pass_on, args=[client, upstream, traffic], daemon=True)
            one.start()
            traffic.connections.append(one)


def _pass_on(client: socket.socket, upstream: str, traffic: Traffic) -> None:
    """Pass on requests and answers, each in full: a client waits for the answer to its request."""
    with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
        server.connect(str(Path(upstream, SOCKET)))
        answered = threading.Event()
        answered.set()
        threading.Thread(target=_answer, args=[server, client, answered], daemon=True).start()
        while request := client.recv(BUFFER):
            if answered.is_set():
                answered.clear()
                traffic.add()
            server.sendall(request)
        server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket, client: socket.socket, answered: threading.Event) -> None:
    with suppress(OSError):
        while answer := server.recv(BUFFER):
            answered.set()
            client.sendall(answer)
