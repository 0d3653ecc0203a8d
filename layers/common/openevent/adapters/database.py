"""Sessions of Open Event's database: a connection, its transaction and the current schema."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Literal, NamedTuple, Protocol, TypeVar

import pg8000.dbapi

from openevent.adapters.catalog import CATALOG, tables_of
from openevent.adapters.connecting import (
    CHANGED,
    away,
    fields_of,
    is_transient,
    prepare,
)
from openevent.adapters.credentials import Credentials, hung_up_is_interface_error
from openevent.adapters.driver import Connection
from openevent.adapters.schema import Schema

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]


class Rows(Protocol):
    """Session in which rows are asked for."""

    @property
    def schema(self) -> Schema:
        """The schema that the session finds."""

    def rows(self, statement: str, *values: object) -> Sequence[Any]:
        """Return the rows of a statement, with `%s` for each of the values."""


class Snapshots(Protocol):
    """Database that opens such sessions."""

    def snapshot(self) -> AbstractContextManager[Rows]:
        """Open a session that reads one state of the database. Raises `Unavailable`."""


S_co = TypeVar("S_co", bound=Rows, covariant=True)


class Transactions(Protocol[S_co]):
    """Database that opens sessions which write."""

    def transaction(self) -> AbstractContextManager[S_co]:
        """Open a session that is committed at the end, and rolled back on any exception.

        Raises `Unavailable`.
        """


@dataclass(frozen=True, slots=True)
class Session:
    """One connection within one transaction, and the schema that it finds."""

    connection: Connection
    schema: Schema

    def rows(self, statement: str, *values: object) -> Sequence[Any]:
        """Return the rows of a statement, with `%s` for each of the values."""
        return run(self.connection, statement, values)

    def run(self, statements: Sequence[str]) -> "Ran":
        """Run statements without values, sent in one message; return what they return.

        None runs after one that failed.
        """
        return Ran(run(self.connection, "; ".join(statements)), self.connection.counts)

    def limit(self, seconds: float) -> None:
        """Let each statement take so long, instead of `TIMEOUT`, and all that one message has.

        The server answers statements of one message together, after the last.
        """
        milliseconds = max(1, int(seconds * 1000))
        self.run([f"SET LOCAL statement_timeout = {milliseconds}"])
        self.connection.wait_for(seconds)

    def copy(self, statement: str, stream: IO[bytes]) -> None:
        """Run a `COPY … FROM STDIN` that reads `stream`, or a `COPY … TO STDOUT` that writes it.

        `stream` must not fail: the connection cannot be used after that.
        """
        with hung_up_is_interface_error():
            self.connection.cursor().execute(statement, stream=stream)


class Ran(NamedTuple):
    """The rows of all statements of a message, and how many rows each of them returned or wrote."""

    rows: Sequence[Any]
    counts: Sequence[int]


class Database:
    """Opens sessions, closes them in all cases, and keeps the schema while it does not change."""

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        """`credentials` is called for each connection, so that a rotated password is picked up."""
        self._credentials = credentials
        self._read: tuple[str, Schema] | None = None

    @contextmanager
    def transaction(self, *, isolation: Isolation = "READ COMMITTED") -> Iterator[Session]:
        """Open a session that is committed at the end, and rolled back on any exception.

        Raises `Unavailable` when the database is away, goes away, or rolls the transaction back in
        favour of another.
        """
        with self._session() as session:
            session.connection.begin = f"BEGIN ISOLATION LEVEL {isolation}"
            try:
                yield session
            except BaseException:
                # Its locks are released when this returns.
                with suppress(pg8000.dbapi.Error, OSError):
                    session.connection.rollback()
                raise
            with hung_up_is_interface_error():
                session.connection.commit()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a session that reads one state of the database throughout, and writes nothing.

        Raises `Unavailable` when the database is away, or goes away.
        """
        with self._session() as session:
            session.connection.begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            yield session

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            connection = self._credentials().connect()
            state = prepare(connection)
            try:
                yield Session(connection, self._schema_of(connection, state))
            finally:
                with suppress(pg8000.dbapi.Error, OSError):
                    connection.close()
        except pg8000.dbapi.Error as error:
            if fields_of(error).get("C") in CHANGED:
                # The tables changed after the session was opened; the next one reads them again.
                self._read = None
            elif not is_transient(error):
                raise
            raise away() from error

    def _schema_of(self, connection: Connection, state: str) -> Schema:
        if self._read is None or self._read[0] != state:
            self._read = state, read_schema(connection)
        return self._read[1]


def read_schema(connection: Connection) -> Schema:
    """Read the schema, outside of a transaction."""
    connection.autocommit = True
    [[document]] = run(connection, CATALOG, ())
    connection.autocommit = False
    return Schema(tables_of(document))


def run(connection: Connection, statement: str, values: Sequence[object] = ()) -> Sequence[Any]:
    """Return the rows of a statement, if it has any. Raises the errors of pg8000."""
    with hung_up_is_interface_error():
        cursor = connection.cursor()
        cursor.execute(statement, values)
        rows: Sequence[Any] = cursor.fetchall() if cursor.description else ()
    return rows
