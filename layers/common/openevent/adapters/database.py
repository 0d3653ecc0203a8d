"""Sessions of Open Event's database: a connection, its transaction and the current schema."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import pg8000.dbapi
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from openevent.adapters import dialect
from openevent.adapters.connecting import (
    CHANGED,
    READING,
    SETTINGS,
    away,
    fault,
    is_transient,
    prepare,
)
from openevent.adapters.credentials import Credentials
from openevent.adapters.schema import Schema
from openevent.errors import Unavailable

# Key of a connection's `info` that holds the schema's state.
_STATE = "schema_state"

# Execution option of a statement: the stream that it reads or writes.
_STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Session:
    """One connection within one transaction, and the schema that it finds."""

    connection: Connection
    schema: Schema

    def rows(self, statement: str, *values: object) -> Sequence[Any]:
        """Return the rows of a statement in plain SQL, with `%s` for each of the values."""
        result = self.connection.exec_driver_sql(statement, values or None)
        return result.all() if result.returns_rows else ()


class Database:
    """Opens sessions, closes them in all cases, and keeps the schema between them.

    A new connection asks for the state of the schema. If it differs from the state at which the
    schema was read, the session reads the schema again. So no session of a warm process works with
    an outdated schema.
    """

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        """`credentials` is called for each connection, so that a rotated password is picked up."""
        self._writing = _engine(credentials, SETTINGS)
        self._reading = _engine(credentials, READING)
        # The schema last read, after the state that it was read at.
        self._read: tuple[str, Schema] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that is committed at the end, and rolled back on any exception.

        Raises `Unavailable` when the database is away, goes away, or rolls the transaction back in
        favour of another.
        """
        with self._faults(), self._writing.connect() as connection:
            schema = self._schema_of(connection)
            with connection.begin():
                yield Session(connection, schema)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a session that reads one state of the database throughout, and writes nothing.

        Raises `Unavailable` as `transaction` does.
        """
        with self._faults(), self._reading.connect() as connection:
            yield Session(connection, self._schema_of(connection))

    def _schema_of(self, connection: Connection) -> Schema:
        """Return the schema that the new `connection` finds, read outside the transaction."""
        state = str(connection.info[_STATE])
        if self._read is None or self._read[0] != state:
            driver: Any = connection.connection.driver_connection
            # BEGIN and ROLLBACK would cost two more round trips.
            driver.autocommit = True
            self._read = state, Schema.reflect(connection)
            connection.rollback()
            driver.autocommit = False
        return self._read[1]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if fault(error).get("C") in CHANGED:
                # The tables changed after the session was opened; the next one reads them again.
                self._read = None
            elif not (error.connection_invalidated or is_transient(error.orig)):
                raise
            raise away() from error


def _engine(credentials: Callable[[], Credentials], settings: Mapping[str, str]) -> Engine:
    """Return an engine whose connections are made for one session each, with these settings."""
    engine = create_engine(
        dialect.URL,
        creator=lambda: credentials().connect(),
        poolclass=NullPool,
        # Errors are logged, and parameters are people's data.
        hide_parameters=True,
    )
    event.listen(engine, "connect", lambda made, record: _prepare(made, record, settings))
    event.listen(engine, "before_cursor_execute", _single_percents, retval=True)
    event.listen(engine.dialect, "do_execute", _copied)
    event.listen(engine.dialect, "handle_error", _hung_up_is_unavailable)
    return engine


def copy_rows(connection: Connection, statement: str, stream: IO[bytes]) -> None:
    """Execute a `COPY … FROM STDIN` that reads `stream`, or a `COPY … TO STDOUT` that writes it.

    `stream` must not fail: the connection cannot be used after that.
    """
    connection.exec_driver_sql(statement, execution_options={_STREAM: stream})


def _copied(
    cursor: Any,  # noqa: ANN401 - pg8000's, which has no types
    statement: str,
    _parameters: object,
    context: Any,  # noqa: ANN401 - SQLAlchemy's
) -> bool:
    """Execute the statement if it has a stream; return whether it has."""
    stream = context.execution_options.get(_STREAM)
    if stream is not None:
        cursor.execute(statement, stream=stream)
    return stream is not None


def _single_percents(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,  # noqa: ANN401 - as the driver has them
    _context: object,
    _many: object,
) -> tuple[str, Any]:
    """Return the statement in the form that the driver expects.

    SQLAlchemy doubles every % in names and literals. The driver halves them again only in a
    statement with parameters.
    """
    return (statement if parameters else statement.replace("%%", "%")), parameters


def _prepare(
    connection: pg8000.dbapi.Connection, record: ConnectionPoolEntry, settings: Mapping[str, str]
) -> None:
    record.info[_STATE] = prepare(connection, settings)


def _hung_up_is_unavailable(context: ExceptionContext) -> Unavailable | None:
    if not isinstance(context.original_exception, OSError):
        return None
    context.is_disconnect = True
    return away()
