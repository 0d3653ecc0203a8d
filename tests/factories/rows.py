"""Rows for a test: what it says of them, and the rest made up to fit the live database."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from local import schema
from local.schema import rows
from local.schema.rows import Row
from tests import catalog
from tests.catalog import LiveColumn
from tests.factories.values import value_for


def insert(connection: Connection, table: str, **values: object) -> Row:
    """Insert a row with `values`, and something sensible in all other columns that need a value.

    A row of another table is made where a reference is needed. A value for a column that this
    database lacks is left out; for one that Open Event never had, LookupError is raised.
    """
    columns = catalog.columns(connection, table)[table]
    needed = {
        column.name: _needed(connection, column)
        for column in columns
        if column.required and column.name not in values
    }
    # A table may need nothing at all, but an insert names a column.
    return _insert(connection, table, columns, [needed | values or _made_up(columns)])[0]


def insert_filled(
    connection: Connection,
    table: str,
    columns: Sequence[LiveColumn],
    values: Sequence[Mapping[str, object]],
) -> list[Row]:
    """Insert a row for each of `values`, with something in every other column but references.

    `columns` are the table's, from the catalog. `deleted_at` stays null: the rows are alive.
    Raises LookupError as `insert` does.
    """
    return _insert(
        connection, table, columns, [_made_up(columns) | dict(given) for given in values]
    )


def _insert(
    connection: Connection,
    table: str,
    columns: Sequence[LiveColumn],
    values: Sequence[Mapping[str, object]],
) -> list[Row]:
    live = {column.name for column in columns}
    unheard_of = {name for given in values for name in given} - live
    unheard_of -= {column.name for column in schema.columns() if column.table == table}
    if unheard_of:
        raise LookupError(f"{table} has no columns {sorted(unheard_of)}")
    kept = [{name: given[name] for name in given if name in live} for given in values]
    return rows.insert(connection, table, kept)


def _needed(connection: Connection, column: LiveColumn) -> object:
    if column.refers_to:
        return insert(connection, column.refers_to)["id"]
    return False if column.type == "boolean" else value_for(column)


def _made_up(columns: Sequence[LiveColumn]) -> dict[str, object]:
    return {
        column.name: value_for(column)
        for column in columns
        if column.refers_to is None and (column.required or column.name not in {"id", "deleted_at"})
    }
