"""Rows given as plain data, put into tables whose columns are only known to the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

Row = dict[str, Any]
"""One row as the database has it: a value for each column of the table."""


def insert(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> list[Row]:
    """Insert `rows` in one statement; return them, in order, with all columns of the table.

    A column that no row names gets its default; one that only some name is null in the others.
    Dates are `datetime` or ISO 8601; lists and objects go into arrays and JSON as they are.

    Raises sqlalchemy.exc.DBAPIError when the database refuses a row, or has no such column.
    """
    columns = ", ".join(f'"{name}"' for name in dict.fromkeys(name for row in rows for name in row))
    # Postgres itself turns JSON into the type of each column, arrays and citext included.
    statement = text(
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} '  # noqa: S608 (names, no values)
        f'FROM json_populate_recordset(NULL::"{table}", CAST(:rows AS json)) RETURNING *'
    )
    inserted = connection.execute(statement, {"rows": json.dumps(list(rows), default=_iso)})
    return [dict(row) for row in inserted.mappings()]


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a row")
