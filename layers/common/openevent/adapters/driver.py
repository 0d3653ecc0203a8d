"""Connection of pg8000 that waits for the server once a statement, not three times."""

from collections.abc import Sequence
from typing import IO, Any

import pg8000.dbapi
from pg8000.converters import make_params
from pg8000.core import NULL_BYTE, SYNC_MSG, Context, _flush, _write


class Connection(pg8000.dbapi.Connection):  # type: ignore[misc]  # pg8000 has no types
    """A connection that sends all messages of a statement at once.

    pg8000 waits for the answer to "parse" and to "describe" before it sends "execute". PostgreSQL
    takes them in one go, and ignores those after a failed one until "sync" (PostgreSQL's manual,
    "Extended Query").
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of pg8000
        """Connect, as pg8000 does."""
        self.counts: list[int] = []
        """Rows that each statement of the last message has returned or written; 0 for others."""
        super().__init__(*arguments, **options)

    def execute_simple(self, statement: str) -> Any:  # noqa: ANN401 - a context of pg8000
        """Run statements that have no values, as pg8000 does, and note their `counts`."""
        self.counts = []
        return super().execute_simple(statement)

    def handle_COMMAND_COMPLETE(self, data: bytes, context: Context) -> None:  # noqa: N802 - pg8000's
        """Take the end of one statement; its tag is `INSERT 0 5` or `CREATE TABLE`."""
        super().handle_COMMAND_COMPLETE(data, context)
        count = data[:-1].rpartition(b" ")[2]
        self.counts.append(int(count) if count.isdigit() else 0)

    def execute_unnamed(
        self,
        statement: str,
        vals: Sequence[object] = (),
        oids: Sequence[int] = (),
        stream: IO[bytes] | None = None,
    ) -> Any:  # noqa: ANN401 - a context of pg8000
        """Run a statement with its values, as pg8000 does."""
        context = Context(statement, stream=stream)
        values = make_params(self.py_types, vals)
        self.send_PARSE(NULL_BYTE, statement, oids)
        self.send_DESCRIBE_STATEMENT(NULL_BYTE)
        self.send_BIND(NULL_BYTE, values)
        self.send_EXECUTE()
        _write(self._sock, SYNC_MSG)
        _flush(self._sock)
        self.handle_messages(context)
        return context
