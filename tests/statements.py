"""Statements that a database is asked to run, counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from openevent.adapters.database import Database


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """Give the list of all statements that `database` runs within the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401
        statements.append(statement)

    event.listen(database._writing, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database._writing, "before_cursor_execute", note)
