"""Connection of pg8000 that waits for the server once a statement, and sends BEGIN with the first.

pg8000 waits for the answer to "begin", "parse" and "describe" before it sends "execute". PostgreSQL
takes all of them in one go, and ignores those after a failed one until "sync" (PostgreSQL's manual,
"Extended Query").
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import IO, Any

import pg8000.dbapi
from pg8000.converters import (
    TIMESTAMP,
    TIMESTAMPTZ,
    make_params,
    timestamp_in,
    timestamptz_in,
)
from pg8000.core import (
    BIND,
    DESCRIBE,
    EXECUTE_MSG,
    NULL_BYTE,
    PARSE,
    STATEMENT,
    SYNC_MSG,
    Context,
    H_pack,
    _flush,
    _write,
    i_pack,
)


class Cursor(pg8000.dbapi.Cursor):  # type: ignore[misc]  # pg8000 has no types
    """A cursor that begins a transaction in the message of its first statement."""

    _input_oids: Sequence[int]

    def execute(
        self, operation: str, args: Sequence[object] = (), stream: IO[bytes] | None = None
    ) -> None:
        """Run a statement with `%s` for each of the values, or statements without values."""
        connection: Connection = self._c
        begins = not connection._in_transaction and not connection.autocommit  # noqa: SLF001
        begin = connection.begin if begins else ""
        if args or stream is not None:
            self._context = connection.execute_unnamed(
                _numbered(operation) if args else operation,
                vals=args,
                oids=self._input_oids,
                stream=stream,
                begin=begin,
            )
        else:
            self._context = connection.execute_simple(
                f"{begin}; {operation}" if begin else operation
            )
        rows = self._context.rows
        self._row_iter = None if rows is None else iter(rows)
        self._input_oids = ()


class Connection(pg8000.dbapi.Connection):  # type: ignore[misc]  # pg8000 has no types
    """A connection that sends all messages of a statement at once.

    `begin`: the statement that begins its transactions. `counts`: how many rows each statement of
    the last message returned or wrote; 0 for others, and none for BEGIN. `has_copy_limits`: whether
    the limits of `copy_out` are set.
    """

    begin = "BEGIN"
    has_copy_limits = False

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of pg8000
        """Connect, as pg8000 does."""
        self.counts: list[int] = []
        super().__init__(*arguments, **options)
        self.register_in_adapter(TIMESTAMP, partial(_moment, read=timestamp_in))
        self.register_in_adapter(TIMESTAMPTZ, partial(_moment, read=timestamptz_in))

    def wait_for(self, seconds: float) -> None:
        """Let the server take so long for an answer, and the answer a second more."""
        self._usock.settimeout(seconds + 1)

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self)

    def execute_simple(self, statement: str) -> Any:  # noqa: ANN401 - a context of pg8000
        """Run statements that have no values, as pg8000 does."""
        self.counts = []
        return super().execute_simple(statement)

    def execute_unnamed(
        self,
        statement: str,
        vals: Sequence[object] = (),
        oids: Sequence[int] = (),
        stream: IO[bytes] | None = None,
        *,
        begin: str = "",
    ) -> Any:  # noqa: ANN401 - a context of pg8000
        """Run a statement with its values, as pg8000 does, after `begin` if it is one."""
        if self._sock is None:
            raise pg8000.dbapi.InterfaceError("connection is closed")
        context = Context(statement, stream=stream)
        self.counts = []
        messages = [
            self._parse(statement, oids),
            _message(DESCRIBE, STATEMENT + NULL_BYTE),
            self._bind(make_params(self.py_types, vals)),
            EXECUTE_MSG,
            SYNC_MSG,
        ]
        if begin:
            messages[:0] = [self._parse(begin), self._bind([]), EXECUTE_MSG]
        _write(self._sock, b"".join(messages))
        _flush(self._sock)
        self.handle_messages(context)
        return context

    def handle_COMMAND_COMPLETE(self, data: bytes, context: Context) -> None:  # noqa: N802 - pg8000's
        """Take the end of one statement; its tag is `INSERT 0 5` or `CREATE TABLE`."""
        super().handle_COMMAND_COMPLETE(data, context)
        tag = data[:-1]
        if tag != b"BEGIN":
            count = tag.rpartition(b" ")[2]
            self.counts.append(int(count) if count.isdigit() else 0)

    def _parse(self, statement: str, oids: Sequence[int] = ()) -> bytes:
        types = (i_pack(max(oid, 0)) for oid in oids)
        text = statement.encode(self._client_encoding)
        return _message(PARSE, NULL_BYTE + text + NULL_BYTE + H_pack(len(oids)) + b"".join(types))

    def _bind(self, values: Sequence[str | None]) -> bytes:
        parts = [NULL_BYTE, NULL_BYTE, H_pack(0), H_pack(len(values))]
        for value in values:
            if value is None:
                parts.append(i_pack(-1))
            else:
                text = value.encode(self._client_encoding)
                parts += [i_pack(len(text)), text]
        return _message(BIND, b"".join([*parts, H_pack(0)]))


def _moment(text: str, *, read: Callable[[str], object]) -> object:
    """Return a moment; `read`, pg8000's own and slower, takes what Python's has no form for."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return read(text)


def _message(kind: bytes, body: bytes) -> bytes:
    length: bytes = i_pack(len(body) + 4)
    return kind + length + body


@lru_cache(500)
def _numbered(statement: str) -> str:
    """Return a statement with `$1` for the first `%s`; pg8000 reads it letter by letter."""
    numbered: str = pg8000.dbapi.convert_paramstyle("format", statement, ())[0]
    return numbered
