"""Counts the statements that a function sends to the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from openevent.adapters import driver, plain


@contextmanager
def statements(*engines: Engine) -> Iterator[list[str]]:
    """The statements of these engines, or of all of this process, as they come.

    Those of sessions in plain SQL belong to all.
    """
    seen: list[str] = []
    run = plain.run

    def noted(
        connection: driver.Connection, statement: str, values: Sequence[object] = ()
    ) -> Sequence[Any]:
        seen.append(statement)
        return run(connection, statement, values)

    def note(
        _connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: object,
    ) -> None:
        seen.append(statement)

    watched = engines or (Engine,)
    for engine in watched:
        event.listen(engine, "before_cursor_execute", note)
    plain.run = noted
    try:
        yield seen
    finally:
        plain.run = run
        for engine in watched:
            event.remove(engine, "before_cursor_execute", note)
