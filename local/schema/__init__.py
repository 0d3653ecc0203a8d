"""An empty Open Event database, created from the facts in this package."""

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from local.schema.facts import (
    UNDECLARED_REFERENCES,
    Column,
    Constraint,
    columns,
    constraints,
    references,
)

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = [
    "UNDECLARED_REFERENCES",
    "Column",
    "Constraint",
    "columns",
    "constraints",
    "create",
    "references",
]


def create(connection: "DBAPIConnection") -> None:
    """Create all tables of Open Event through a pg8000 `connection`; the caller commits.

    Raises the driver's error if a table exists already or the server has no `citext`.
    """
    # Two hundred statements in one round trip: pg8000 sends a script without parameters unchanged.
    script = ["CREATE EXTENSION IF NOT EXISTS citext", *_tables(), *_foreign_keys()]
    cursor = connection.cursor()
    cursor.execute(";\n".join(script))
    cursor.close()


def _tables() -> list[str]:
    """Return one `CREATE TABLE` per table with its keys; foreign keys are added afterwards."""
    keys = {
        table: [_constraint(key) for key in group if key.kind != "foreign key"]
        for table, group in groupby(constraints(), attrgetter("table"))
    }
    return [
        f'CREATE TABLE "{table}" ({", ".join([*map(_column, group), *keys.get(table, [])])})'
        for table, group in groupby(columns(), attrgetter("table"))
    ]


def _foreign_keys() -> list[str]:
    return [
        f'ALTER TABLE "{key.table}" ADD {_constraint(key)}'
        for key in constraints()
        if key.kind == "foreign key"
    ]


def _column(column: Column) -> str:
    if column.default == f"nextval('{column.table}_{column.name}_seq'::regclass)":
        return f'"{column.name}" serial'
    default = f" DEFAULT {column.default}" if column.default else ""
    return f'"{column.name}" {column.type}{default}{"" if column.nullable else " NOT NULL"}'


def _constraint(constraint: Constraint) -> str:
    return f'CONSTRAINT "{constraint.name}" {constraint.definition}'
