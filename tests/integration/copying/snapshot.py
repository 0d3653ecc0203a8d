"""All rows of a database, to say exactly what a copy has added and that it has changed nothing."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

Json = dict[str, Any]

# All tables, and whether a table has a column `id`.
_TABLES = text("""
    SELECT relname, EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = t.oid AND attname = 'id' AND attnum > 0 AND NOT attisdropped
    )
    FROM pg_class t
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    ORDER BY relname
""")


@dataclass(frozen=True)
class Snapshot:
    """Each row of each table as JSON text, in the order of the ids where there are any."""

    tables: Mapping[str, list[str]]

    @classmethod
    def take(cls, connection: Connection) -> "Snapshot":
        """All rows there are now, as Postgres itself writes them."""
        found = connection.execute(_TABLES).all()
        rows = ", ".join(_rows(table, has_id=has_id) for table, has_id in found)
        values = connection.execute(text(f"SELECT {rows}")).one()
        tables = {table: json.loads(value) for (table, _), value in zip(found, values, strict=True)}
        return cls(tables)

    def added_since(self, before: "Snapshot") -> dict[str, list[Json]]:
        """The rows that were not there before, by table; no other row may have changed."""
        added = {}
        for table, rows in self.tables.items():
            old = Counter(before.tables[table])
            assert old <= Counter(rows), f"rows of {table} changed"
            new = [json.loads(row) for row in _without(rows, old)]
            if new:
                added[table] = new
        return added

    def rows(self, table: str) -> list[Json]:
        """The rows of a table."""
        return [json.loads(row) for row in self.tables[table]]


def _rows(table: str, *, has_id: bool) -> str:
    """Return the expression for a table's rows, as a JSON array of their texts."""
    order = "t.id" if has_id else "row_to_json(t)::text"
    rows = f"json_agg(row_to_json(t)::text ORDER BY {order})"
    return f"(SELECT coalesce({rows}, '[]')::text FROM \"{table}\" t)"  # noqa: S608


def _without(rows: list[str], old: Counter[str]) -> Iterator[str]:
    left = old.copy()
    for row in rows:
        if left[row]:
            left[row] -= 1
        else:
            yield row
