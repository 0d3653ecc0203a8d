"""Parts of statements that make the rows of an event. Builds SQL, executes none."""

from typing import Any

from sqlalchemy import Column, ColumnElement, DefaultClause, MetaData, Table, func, literal_column
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


def temporary(name: str, *columns: Column[Any]) -> Table:
    """Return a temporary table that ends with its transaction; to be created."""
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


class InsertOverriding(Insert):
    """An insert that gives ids to a column that is `GENERATED ALWAYS AS IDENTITY`."""

    inherit_cache = True


@compiles(InsertOverriding)
def _compile_overriding(
    element: InsertOverriding,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401 - SQLAlchemy's
) -> str:
    statement: str = compiler.visit_insert(element, **options)  # type: ignore[no-untyped-call]
    columns, select_, rows = statement.partition(") SELECT ")
    return f"{columns}) OVERRIDING SYSTEM VALUE SELECT {rows}" if select_ else statement


def next_id(table: Table) -> ColumnElement[Any]:
    """Return the expression that draws the id of a new row, by the table's own default."""
    default = table.c.id.server_default
    if isinstance(default, DefaultClause):
        return literal_column(str(default.arg))
    return func.nextval(func.pg_get_serial_sequence(f'"{table.name}"', "id"))
