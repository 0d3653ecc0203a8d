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
from sqlalchemy import Connection, ExceptionContext, MetaData, Table, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.pool import NullPool

from openevent.errors import Unavailable

# Seconds until a database that does not answer is taken to be away: below the 29 s of API Gateway,
# and far above what one statement, or one fetch of a streamed one, takes here.
TIMEOUT = 20

# What was left behind by an invocation that was cut off must not go on, nor hold locks.
_SESSION = f"""
SELECT set_config('TimeZone', 'UTC', false),
       set_config('statement_timeout', '{TIMEOUT}s', false),
       set_config('idle_in_transaction_session_timeout', '{2 * TIMEOUT}s', false)
"""

# Which transactions made the columns and constraints there are: another text whenever one is added,
# changed or dropped. A few milliseconds, where reading them all takes hundreds.
_SCHEMA_STATE = text("""
SELECT string_agg(made || ':' || number, ' ' ORDER BY made) FROM (
    SELECT xmin::text AS made, count(*) AS number FROM (
        SELECT a.xmin, a.attrelid AS of FROM pg_attribute a WHERE a.attnum > 0
        UNION ALL SELECT c.xmin, c.conrelid FROM pg_constraint c
        UNION ALL SELECT i.xmin, i.indrelid FROM pg_index i
    ) parts
    JOIN pg_class t ON t.oid = parts.of AND t.relkind IN ('r', 'p')
    WHERE t.relnamespace = current_schema()::regnamespace
    GROUP BY xmin::text
) made
""")

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
        """The table `name`; `Unavailable` when this is no Open Event database."""
        try:
            return self.tables[name]
        except KeyError as missing:
            raise Unavailable(
                "database-unsuitable", "The database is not set up for this."
            ) from missing

    def find(self, name: str) -> Table | None:
        """The table `name`, where the database has it."""
        return self.tables.get(name)


class Database:
    """Hands out connections that are closed in all cases, and knows the schema."""

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        """`credentials` is asked at each connect, so that a rotated password is picked up."""
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
        self._schema: Schema | None = None
        self._schema_state: str | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back on any exception.

        Raises `Unavailable` when the database is away, goes away, or gives another transaction the
        right of way.
        """
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that reads one state of the database throughout, and writes nothing.

        Raises `Unavailable` as `transaction` does.
        """
        with self._faults(), self._engine.connect() as connection:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            yield connection

    def schema(self, connection: Connection) -> Schema:
        """The schema, read through `connection` when it was not read before."""
        if self._schema is None:
            self._schema = Schema.reflect(connection)
        return self._schema

    def current_schema(self, connection: Connection) -> Schema:
        """The schema as it is now: for who must not miss what was added under a warm process."""
        state = connection.execute(_SCHEMA_STATE).scalar()
        if state != self._schema_state:
            self._schema = Schema.reflect(connection)
            self._schema_state = state
        return self.schema(connection)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if fault(error).get("C") in _CHANGED:
                # A newer Open Event has changed its tables under this warm process.
                self._schema = None
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


def _prepare(connection: pg8000.dbapi.Connection, _record: object) -> None:
    try:
        with _hung_up_is_interface_error():
            cursor = connection.cursor()
            cursor.execute(_SESSION)
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


def _passes(cause: BaseException | None) -> bool:
    if isinstance(cause, pg8000.dbapi.InterfaceError | OSError):
        return True
    return _fields(cause).get("C", "").startswith(_PASSING)


def _fields(cause: BaseException | None) -> Mapping[str, str]:
    fields = cause.args[0] if cause is not None and cause.args else None
    return fields if isinstance(fields, dict) else {}
