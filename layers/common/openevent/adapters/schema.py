"""The schema of Open Event's database.

The schema belongs to Open Event and changes between its versions. It is read from the database, and
no table is declared here (docs/decisions/0002).
"""

import warnings
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, null, true
from sqlalchemy.exc import SAWarning

from openevent.errors import Unavailable

# State of the schema, as a text. It counts the tables, columns, constraints and indexes, and adds
# up the numbers of the transactions that wrote them. A change writes rows with a higher number than
# all before it, and so does a rename: equal texts are the same schema. It takes about 1.5 ms in a
# session that asked before and 3 ms in a new one (86 tables, PostgreSQL 18); to read the schema
# takes hundreds.
STATE = """
WITH tables AS (
    SELECT oid, xmin FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
)
SELECT concat_ws(' ',
    (SELECT count(*) || ':' || sum(xmin::text::bigint) FROM tables),
    (SELECT count(*) || ':' || sum(a.xmin::text::bigint)
     FROM tables JOIN pg_attribute a ON a.attrelid = tables.oid AND a.attnum > 0),
    (SELECT count(*) || ':' || sum(c.xmin::text::bigint)
     FROM tables JOIN pg_constraint c ON c.conrelid = tables.oid),
    (SELECT count(*) || ':' || sum(i.xmin::text::bigint)
     FROM tables JOIN pg_index i ON i.indrelid = tables.oid)
)"""


class Schema:
    """The tables that the database has, for any version of Open Event."""

    def __init__(self, metadata: MetaData) -> None:
        """`metadata`: reflected."""
        self.tables: dict[str, Table] = dict(metadata.tables)

    @classmethod
    def reflect(cls, connection: Connection) -> "Schema":
        """Read all tables, columns and keys of the connection's default schema."""
        metadata = MetaData()
        with warnings.catch_warnings():
            # A column of a type that SQLAlchemy does not know (of PostGIS, say) is kept.
            warnings.simplefilter("ignore", SAWarning)
            metadata.reflect(bind=connection)
        return cls(metadata)

    def __getitem__(self, name: str) -> Table:
        """Return the table `name`. Raises `Unavailable` if the database lacks it."""
        try:
            return self.tables[name]
        except KeyError as missing:
            raise _lacks(f"table {name}") from missing

    def column(self, table: str, name: str) -> Column[Any]:
        """Return the column `name` of `table`. Raises `Unavailable` if the database lacks it."""
        try:
            return self[table].c[name]
        except KeyError as missing:
            raise _lacks(f"column {table}.{name}") from missing

    def optional(self, table: str, name: str) -> ColumnElement[Any]:
        """Return the column `name` of `table`, or NULL with that name if the database lacks it."""
        columns = self[table].c
        return columns[name] if name in columns else null().label(name)

    def not_deleted(self, table: str) -> ColumnElement[bool]:
        """Return the condition of rows of `table` that are not soft-deleted.

        A table without the column `deleted_at` has no soft-deleted rows.
        """
        columns = self[table].c
        return columns["deleted_at"].is_(None) if "deleted_at" in columns else true()

    def find(self, name: str) -> Table | None:
        """Return the table `name`; None if the database lacks it."""
        return self.tables.get(name)


def _lacks(what: str) -> Unavailable:
    return Unavailable(
        "database-unsuitable",
        f"The database has no {what}, which this call needs. Please tell the operator.",
    )
