"""The schema of Open Event's database.

The schema belongs to Open Event and changes between its versions. It is read from the database, and
no table is declared here (docs/decisions/0002).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openevent.adapters.catalog import CATALOG, CatalogTable, tables_of
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, Table


class Schema:
    """The tables that the database has, for any version of Open Event."""

    def __init__(self, catalog: Mapping[str, CatalogTable]) -> None:
        """`catalog`: all tables, by their names."""
        self.catalog = catalog
        self._tables: dict[str, Table] = {}
        self._columns: dict[str, frozenset[str]] = {}

    @classmethod
    def reflect(cls, connection: "Connection") -> "Schema":
        """Read all tables, columns and keys of the connection's default schema."""
        return cls(tables_of(connection.exec_driver_sql(CATALOG).scalar_one()))

    def has(self, table: str, column: str | None = None) -> bool:
        """Return whether the database has the table and, if one is named, its column."""
        return table in self.catalog and (column is None or column in self.columns(table))

    def columns(self, table: str) -> frozenset[str]:
        """Return the names of the columns of `table`, which the database has."""
        if table not in self._columns:
            self._columns[table] = frozenset(one.name for one in self.catalog[table].columns)
        return self._columns[table]

    def require(self, table: str, *columns: str) -> None:
        """Raise `Unavailable` if the database lacks the table or one of its columns."""
        if not self.has(table):
            raise _lacks(f"table {table}")
        for column in columns:
            if not self.has(table, column):
                raise _lacks(f"column {table}.{column}")

    def __getitem__(self, name: str) -> "Table":
        """Return the table `name`. Raises `Unavailable` if the database lacks it."""
        table = self.find(name)
        if table is None:
            raise _lacks(f"table {name}")
        return table

    def column(self, table: str, name: str) -> "Column[Any]":
        """Return the column `name` of `table`. Raises `Unavailable` if the database lacks it."""
        try:
            return self[table].c[name]
        except KeyError as missing:
            raise _lacks(f"column {table}.{name}") from missing

    def type_of(self, table: str, name: str) -> str:
        """Return the type of a column, as PostgreSQL's `format_type` writes it.

        Raises `Unavailable` if the database lacks it.
        """
        if table not in self.catalog:
            raise _lacks(f"table {table}")
        for column in self.catalog[table].columns:
            if column.name == name:
                return column.type
        raise _lacks(f"column {table}.{name}")

    def optional(self, table: str, name: str) -> "ColumnElement[Any]":
        """Return the column `name` of `table`, or NULL with that name if the database lacks it."""
        from sqlalchemy import null  # noqa: PLC0415 - see `find`

        columns = self[table].c
        return columns[name] if name in columns else null().label(name)

    def not_deleted(self, table: str) -> "ColumnElement[bool]":
        """Return the condition of rows of `table` that are not soft-deleted.

        A table without the column `deleted_at` has no soft-deleted rows.
        """
        from sqlalchemy import true  # noqa: PLC0415 - see `find`

        columns = self[table].c
        return columns["deleted_at"].is_(None) if "deleted_at" in columns else true()

    def find(self, name: str) -> "Table | None":
        """Return the table `name`; None if the database lacks it."""
        # SQLAlchemy takes long to load, and functions that only look at rights do without it.
        from openevent.adapters.tables import table_of  # noqa: PLC0415

        if name not in self._tables and name in self.catalog:
            self._tables[name] = table_of(self.catalog[name])
        return self._tables.get(name)


def _lacks(what: str) -> Unavailable:
    return Unavailable(
        "database-unsuitable",
        f"The database has no {what}, which this call needs. Please tell the operator.",
    )
