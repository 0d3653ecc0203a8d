"""Counts the statements that a function sends to the database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from openevent.adapters import database, driver


@contextmanager
def statements(*engines: Engine) -> Iterator[list[str]]:
    """The statements of these engines, or of all of this process, as they come.

    Those of the functions' sessions belong to all.
    """
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
        with before_database_statements(seen.append):
            yield seen
    finally:
        for engine in watched:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def database_statements() -> Iterator[list[str]]:
    """The statements of the functions' sessions alone, as they come."""
    seen: list[str] = []
    with before_database_statements(seen.append):
        yield seen


def separate(messages: Sequence[str]) -> list[str]:
    """The statements of messages, none of whose values has the separator."""
    return [statement for message in messages for statement in message.split("; ")]


@contextmanager
def before_database_statements(act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` with each statement of a function's session before it is sent."""
    run = database.run

    def noted(
        connection: driver.Connection, statement: str, values: Sequence[object] = ()
    ) -> Sequence[Any]:
        act(statement)
        return run(connection, statement, values)

    database.run = noted
    try:
        yield
    finally:
        database.run = run
