"""The shape of a schema: what `catalogue.shape` says of the tables that the database has."""

import sys
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Interval,
    Numeric,
    SmallInteger,
    String,
    Table,
    Time,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.types import JSON, TypeEngine

from openevent.adapters.schema import Schema
from openevent.catalogue.shape import Column, ColumnType, LiveTable, Shape

# The first that fits decides. What is in none is of another type.
_TYPES: tuple[tuple[tuple[type[TypeEngine[Any]], ...], ColumnType], ...] = (
    ((Enum,), ColumnType.OTHER),
    ((String, CITEXT), ColumnType.TEXT),
    ((Integer,), ColumnType.INTEGER),
    ((Numeric, Float), ColumnType.NUMBER),
    ((Boolean,), ColumnType.BOOLEAN),
    ((DateTime,), ColumnType.TIMESTAMP),
    ((Date,), ColumnType.DATE),
    ((Time, Interval), ColumnType.TIME),
    ((JSON,), ColumnType.JSON),
    ((Uuid,), ColumnType.UUID),
    ((ARRAY,), ColumnType.ARRAY),
)


def shape_of(schema: Schema) -> Shape:
    """Return the tables of `schema`, with their columns and unique constraints.

    Names are plain texts, not SQLAlchemy's, which are slow to write as JSON.
    """
    return {str(name): _live_table(table) for name, table in schema.tables.items()}


def _live_table(table: Table) -> LiveTable:
    unique = [
        *(index.columns for index in table.indexes if index.unique),
        *(key.columns for key in table.constraints if isinstance(key, UniqueConstraint)),
        table.primary_key.columns,
    ]
    return LiveTable(
        {str(column.name): _column(column) for column in table.columns},
        tuple(frozenset(span.keys()) for span in unique if span),
    )


def _column(column: SqlColumn[Any]) -> Column:
    always = column.identity is not None and column.identity.always
    return Column(
        nullable=bool(column.nullable),
        refers_to=min((key.column.table.name for key in column.foreign_keys), default=None),
        has_default=column.server_default is not None,
        characters=_characters(column),
        type=next(
            (type_ for classes, type_ in _TYPES if isinstance(column.type, classes)),
            ColumnType.OTHER,
        ),
        is_generated=always or column.computed is not None,
        bits=_bits(column),
    )


def _characters(column: SqlColumn[Any]) -> int:
    if not isinstance(column.type, String | CITEXT):
        return 0
    return getattr(column.type, "length", None) or sys.maxsize


def _bits(column: SqlColumn[Any]) -> int:
    match column.type:
        case SmallInteger():
            return 16
        case BigInteger():
            return 64
        case Integer():
            return 32
    return 0
