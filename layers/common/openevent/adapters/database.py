"""Open Event's database: connections for one invocation each, and its tables as they are today.

The schema belongs to Open Event and changes between its versions, so it is reflected, once a warm
process, and never written down here (docs/decisions).
"""

import json
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.dbapi
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ExceptionContext,
    MetaData,
    Table,
    create_engine,
    event,
    null,
)
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from openevent.errors import Unavailable

# Seconds until a database that does not answer is taken to be away: below the 29 s of API Gateway,
# and far above what one statement, or one fetch of a streamed one, takes here.
TIMEOUT = 20

# Set up a connection, and ask for the schema's state: the first statement of every session.
#
# An invocation that was cut off must not leave a transaction that keeps running or holds locks.
#
# The state counts the tables, columns, constraints and indexes and adds up the numbers of the
# transactions that made them. A change makes rows of a higher number than all before it, and a
# rename does as well: the same counts and sums are the same schema. About 1.5 ms in a warm session,
# 3 ms in a new one (86 tables, PostgreSQL 18); reading the schema itself takes hundreds.
_SESSION = f"""
WITH tables AS (
    SELECT oid, xmin FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
)
SELECT concat_ws(' ',
    (SELECT count(*) || ':' || sum(xmin::text::bigint) FROM tables),
    (SELECT count(*) || ':' || sum(a.xmin::text::bigint)
     FROM tables JOIN pg_attribute a ON a.attrelid = tables.oid AND a.attnum > 0),
    (SELECT count(*) || ':' || sum(c.xmin::text::bigint)
     FROM tables JOIN pg_constraint c ON c.conrelid = tables.oid),
    (SELECT count(*) || ':' || sum(i.xmin::text::bigint)
     FROM tables JOIN pg_index i ON i.indrelid = tables.oid)
), set_config('TimeZone', 'UTC', false),
   set_config('statement_timeout', '{TIMEOUT}s', false),
   set_config('idle_in_transaction_session_timeout', '{2 * TIMEOUT}s', false)
"""  # noqa: S608 - made of constants

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]

# Where a connection keeps the schema's state that it was opened with.
_STATE = "schema_state"

# Classes of SQLSTATE that pass: connection, resources, operator's intervention, rolled back in
# favour of another transaction (PostgreSQL's manual, appendix "Error Codes").
_PASSING = ("08", "53", "57", "40")

# SQLSTATEs of a statement that speaks of a table or a column that is not there.
_CHANGED = ("42P01", "42703")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the database is, and as whom to go there.

    A `host` that begins with a slash is the directory of a Unix socket (libpq's convention).
    `sslmode`: `disable`, `require` (encrypted) or `verify-full` (the certificate is checked as
    well, against `sslrootcert`, PEM text, where given). Over TCP the default is `require`.
    """

    host: str
    dbname: str
    username: str
    password: str | None = field(default=None, repr=False)
    port: int = 5432
    sslmode: str = "require"
    sslrootcert: str | None = None

    @classmethod
    def from_secret(cls, text: str) -> "Credentials":
        """From a secret's JSON object, as Secrets Manager keeps them for RDS."""
        fields = json.loads(text)
        known = {name: fields[name] for name in cls.__slots__ if fields.get(name) is not None}
        if "port" in known:
            known["port"] = int(known["port"])
        return cls(**known)

    @classmethod
    def from_url(cls, url: str) -> "Credentials":
        """From `postgresql://user:password@host:port/dbname?sslmode=…`, or `?host=/directory`."""
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return cls(
            host=options.get("host") or parts.hostname or "localhost",
            port=int(options.get("port") or parts.port or 5432),
            dbname=unquote(parts.path.lstrip("/")),
            username=unquote(parts.username or "postgres"),
            password=unquote(parts.password) if parts.password else None,
            sslmode=options.get("sslmode", "require"),
        )

    def connect(self) -> pg8000.dbapi.Connection:
        """A new connection. Raises the driver's `InterfaceError` when there is none to be had."""
        options: dict[str, Any] = {"host": self.host, "port": self.port}
        if self.host.startswith("/"):
            options = {"unix_sock": f"{self.host}/.s.PGSQL.{self.port}"}
        with _hung_up_is_interface_error():
            return pg8000.dbapi.connect(
                user=self.username,
                password=self.password,
                database=self.dbname,
                timeout=TIMEOUT,
                application_name="open-event-functions",
                ssl_context=self._tls(),
                **options,
            )

    def _tls(self) -> ssl.SSLContext | Literal[False]:
        """How to encrypt; False for not at all (None would leave it to the driver)."""
        if self.host.startswith("/") or self.sslmode == "disable":
            return False
        if self.sslmode == "verify-full":
            return ssl.create_default_context(cadata=self.sslrootcert)
        # No default one: to load the authorities it trusts takes longer than to connect.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


class Schema:
    """The tables the database has today, whatever version of Open Event made them."""

    def __init__(self, metadata: MetaData) -> None:
        """`metadata`: reflected."""
        self.tables: dict[str, Table] = dict(metadata.tables)

    @classmethod
    def reflect(cls, connection: Connection) -> "Schema":
        """Read all tables, columns and keys of the connection's default schema."""
        metadata = MetaData()
        with warnings.catch_warnings():
            # A column of a type SQLAlchemy has no class for (PostGIS, say) is carried as it is.
            warnings.simplefilter("ignore", SAWarning)
            metadata.reflect(bind=connection)
        return cls(metadata)

    def __getitem__(self, name: str) -> Table:
        """The table `name`. Raises `Unavailable` if the database lacks it."""
        try:
            return self.tables[name]
        except KeyError as missing:
            raise _lacks(f"table {name}") from missing

    def column(self, table: str, name: str) -> Column[Any]:
        """The column `name` of `table`. Raises `Unavailable` if the database lacks it."""
        try:
            return self[table].c[name]
        except KeyError as missing:
            raise _lacks(f"column {table}.{name}") from missing

    def optional(self, table: str, name: str) -> ColumnElement[Any]:
        """The column `name` of `table`; NULL under that name where the database lacks it."""
        columns = self[table].c
        return columns[name] if name in columns else null().label(name)

    def find(self, name: str) -> Table | None:
        """The table `name`, where the database has it."""
        return self.tables.get(name)


@dataclass(frozen=True, slots=True)
class Session:
    """One connection within one transaction, and the schema that it finds."""

    connection: Connection
    schema: Schema


class Database:
    """Opens sessions, closes them in all cases, and keeps the schema between them.

    Each session knows the schema of its own moment: the state of the schema is asked for when the
    session's connection is opened, and the schema is read again if the state differs from the one
    it was last read at. A warm process so never works with the schema of yesterday.
    """

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        """`credentials` is called for each connection, so that a rotated password is picked up."""
        self._engine = create_engine(
            "postgresql+pg8000://",
            creator=lambda: credentials().connect(),
            poolclass=NullPool,
            # Errors are logged, and parameters are people's data.
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "before_cursor_execute", _single_percents, retval=True)
        event.listen(self._engine, "handle_error", _hung_up_is_unavailable)
        # The schema last read, after the state that it was read at.
        self._read: tuple[str, Schema] | None = None

    @contextmanager
    def transaction(self, *, isolation: Isolation = "READ COMMITTED") -> Iterator[Session]:
        """Open a session that is committed at the end, and rolled back on any exception.

        Raises `Unavailable` when the database is away, goes away, or rolls the transaction back in
        favour of another.
        """
        with self._faults(), self._engine.connect() as connection:
            schema = self._schema_of(connection)
            with connection.begin():
                if isolation != "READ COMMITTED":
                    connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
                yield Session(connection, schema)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a session that reads one state of the database throughout, and writes nothing.

        Raises `Unavailable` as `transaction` does.
        """
        with self._faults(), self._engine.connect() as connection:
            schema = self._schema_of(connection)
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            yield Session(connection, schema)

    def _schema_of(self, connection: Connection) -> Schema:
        """The schema that the new `connection` finds, read in a transaction of its own."""
        state = str(connection.info[_STATE])
        if self._read is None or self._read[0] != state:
            self._read = state, Schema.reflect(connection)
            connection.rollback()
        return self._read[1]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if fault(error).get("C") in _CHANGED:
                # The tables changed after the session was opened; the next one reads them again.
                self._read = None
            elif not (error.connection_invalidated or _passes(error.orig)):
                raise
            raise _away() from error


def fault(error: BaseException | None) -> Mapping[str, str]:
    """What PostgreSQL itself says of an error: `C` its SQLSTATE, `t` the table, `n` the constraint.

    Empty for any other error. Takes what SQLAlchemy raises, or an `Unavailable` made of it.
    """
    if isinstance(error, Unavailable):
        error = error.__cause__
    return _fields(error.orig) if isinstance(error, DBAPIError) else {}


def _single_percents(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,  # noqa: ANN401 - whatever the driver takes
    _context: object,
    _many: object,
) -> tuple[str, Any]:
    """The statement as the driver wants it.

    SQLAlchemy doubles every % in names and literals; the driver halves them again, but not in a
    statement without parameters.
    """
    return (statement if parameters else statement.replace("%%", "%")), parameters


def _prepare(connection: pg8000.dbapi.Connection, record: ConnectionPoolEntry) -> None:
    try:
        with _hung_up_is_interface_error():
            cursor = connection.cursor()
            cursor.execute(_SESSION)
            record.info[_STATE] = cursor.fetchone()[0]
            cursor.close()
            connection.commit()
    except BaseException:
        # What is not yet SQLAlchemy's is closed by nobody else.
        with suppress(pg8000.dbapi.Error, OSError):
            connection.close()
        raise


# The driver lets through what the system says of a line that is reset or silent.


@contextmanager
def _hung_up_is_interface_error() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise pg8000.dbapi.InterfaceError("The database hung up") from error


def _hung_up_is_unavailable(context: ExceptionContext) -> Unavailable | None:
    if not isinstance(context.original_exception, OSError):
        return None
    context.is_disconnect = True
    return _away()


def _away() -> Unavailable:
    return Unavailable("database-unavailable", "The database cannot be reached at the moment.")


def _lacks(what: str) -> Unavailable:
    return Unavailable(
        "database-unsuitable",
        f"The database has no {what}, which this call needs. Please tell the operator.",
    )


def _passes(cause: BaseException | None) -> bool:
    if isinstance(cause, pg8000.dbapi.InterfaceError | OSError):
        return True
    return _fields(cause).get("C", "").startswith(_PASSING)


def _fields(cause: BaseException | None) -> Mapping[str, str]:
    fields = cause.args[0] if cause is not None and cause.args else None
    return fields if isinstance(fields, dict) else {}
