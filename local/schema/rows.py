"""Insert rows given as plain data into tables whose columns only the database knows."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

Row = dict[str, Any]
"""One row of the database: a value for each column of the table."""


def insert(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> list[Row]:
    """Insert `rows` in one statement and return them, in order, with all columns of the table.

    A column that no row names gets its default; a column that only some rows name is null in the
    others. Dates are `datetime` or ISO 8601. Lists and objects become arrays and JSON.

    Raises sqlalchemy.exc.DBAPIError if the database refuses a row or lacks a column.
    """
    columns = ", ".join(f'"{name}"' for name in dict.fromkeys(name for row in rows for name in row))
    # PostgreSQL converts the JSON to the type of each column, including arrays and citext.
    statement = text(
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} '  # noqa: S608 (names, no values)
        f'FROM json_populate_recordset(NULL::"{table}", CAST(:rows AS json)) RETURNING *'
    )
    inserted = connection.execute(statement, {"rows": json.dumps(list(rows), default=_iso)})
    return [dict(row) for row in inserted.mappings()]


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"A row cannot contain a {type(value).__name__}")
