"""Counts the statements that a function sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine


@contextmanager
def statements(*engines: Engine) -> Iterator[list[str]]:
    """The statements of these engines, or of all engines of this process, as they come."""
    seen: list[str] = []

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
    try:
        yield seen
    finally:
        for engine in watched:
            event.remove(engine, "before_cursor_execute", note)
