"""Counts the statements that a function sends to the database."""

from collections.abc import Callable, Iterator, Sequence
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
        with before_plain_statements(seen.append):
            yield seen
    finally:
        for engine in watched:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def plain_statements() -> Iterator[list[str]]:
    """The statements of sessions in plain SQL alone, as they come."""
    seen: list[str] = []
    with before_plain_statements(seen.append):
        yield seen


def separate(messages: Sequence[str]) -> list[str]:
    """The statements of messages, none of whose values has the separator."""
    return [statement for message in messages for statement in message.split("; ")]


@contextmanager
def before_plain_statements(act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` with each statement of a session in plain SQL before it is sent."""
    run = plain.run

    def noted(
        connection: driver.Connection, statement: str, values: Sequence[object] = ()
    ) -> Sequence[Any]:
        act(statement)
        return run(connection, statement, values)

    plain.run = noted
    try:
        yield
    finally:
        plain.run = run
