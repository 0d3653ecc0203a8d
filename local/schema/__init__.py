"""An empty Open Event database, made from the facts beside this module."""

from itertools import groupby
from operator import attrgetter

from sqlalchemy.engine.interfaces import DBAPIConnection

from local.schema.facts import (
    UNDECLARED_REFERENCES,
    Column,
    Constraint,
    columns,
    constraints,
    references,
)

__all__ = [
    "UNDECLARED_REFERENCES",
    "Column",
    "Constraint",
    "columns",
    "constraints",
    "create",
    "references",
]


def create(connection: DBAPIConnection) -> None:
    """Make all tables of Open Event in the database of a pg8000 `connection`; the caller commits.

    Raises the driver's error when a table is there already, or the server has no `citext`.
    """
    # Two hundred statements in one round trip, which takes a driver that lets several pass at once.
    script = ["CREATE EXTENSION IF NOT EXISTS citext", *_tables(), *_foreign_keys()]
    cursor = connection.cursor()
    cursor.execute(";\n".join(script))
    cursor.close()


def _tables() -> list[str]:
    """One `CREATE TABLE` a table, with its own keys; references come when all tables are there."""
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
