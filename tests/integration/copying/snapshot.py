"""All rows of a database, to say exactly what a copy has added and that it has changed nothing."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from tests import catalog

Json = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """Each row of each table as JSON text, in the order of the ids where there are any."""

    tables: Mapping[str, list[str]]

    @classmethod
    def take(cls, connection: Connection) -> "Snapshot":
        """All rows there are now, as Postgres itself writes them."""
        tables = {}
        for table, columns in catalog.columns(connection).items():
            order = "id" if "id" in {column.name for column in columns} else "1"
            query = f'SELECT row_to_json(t)::text FROM "{table}" t ORDER BY t.{order}'  # noqa: S608
            if order == "1":
                query = f'SELECT row_to_json(t)::text FROM "{table}" t ORDER BY 1'  # noqa: S608
            tables[table] = list(connection.execute(text(query)).scalars())
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


def _without(rows: list[str], old: Counter[str]) -> Iterator[str]:
    left = old.copy()
    for row in rows:
        if left[row]:
            left[row] -= 1
        else:
            yield row
