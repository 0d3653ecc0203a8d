"""The schema of Open Event's database.

The schema belongs to Open Event and changes between its versions. It is read from the database, and
no table is declared here (docs/decisions/0002).
"""

from collections.abc import Mapping

from openevent.adapters.catalog import CatalogColumn, CatalogTable
from openevent.errors import Unavailable


class Schema:
    """The tables that the database has, for any version of Open Event."""

    def __init__(self, catalog: Mapping[str, CatalogTable]) -> None:
        """`catalog`: all tables, by their names."""
        self.catalog = catalog
        self._columns: dict[str, frozenset[str]] = {}

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

    def column(self, table: str, name: str) -> CatalogColumn:
        """Return a column. Raises `Unavailable` if the database lacks it."""
        self.require(table, name)
        return next(one for one in self.catalog[table].columns if one.name == name)


def _lacks(what: str) -> Unavailable:
    return Unavailable(
        "database-unsuitable",
        f"The database has no {what}, which this call needs. Please tell the operator.",
    )
