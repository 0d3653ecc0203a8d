"""The shape of a schema: what `catalogue.shape` says of the tables that the database has."""

import re
import sys
from functools import lru_cache

from openevent.adapters.catalog import CatalogColumn, CatalogTable
from openevent.adapters.schema import Schema
from openevent.catalogue.shape import Column, ColumnType, LiveTable, Shape

# By the names that `format_type` writes, without sizes. What is missing is of another type.
_TYPES = {
    "character varying": ColumnType.TEXT,
    "character": ColumnType.TEXT,
    '"char"': ColumnType.TEXT,
    "name": ColumnType.TEXT,
    "text": ColumnType.TEXT,
    "citext": ColumnType.TEXT,
    "integer": ColumnType.INTEGER,
    "bigint": ColumnType.INTEGER,
    "smallint": ColumnType.INTEGER,
    "numeric": ColumnType.NUMBER,
    "real": ColumnType.NUMBER,
    "double precision": ColumnType.NUMBER,
    "boolean": ColumnType.BOOLEAN,
    "timestamp with time zone": ColumnType.TIMESTAMP,
    "timestamp without time zone": ColumnType.TIMESTAMP,
    "date": ColumnType.DATE,
    "time with time zone": ColumnType.TIME,
    "time without time zone": ColumnType.TIME,
    "interval": ColumnType.TIME,
    "json": ColumnType.JSON,
    "jsonb": ColumnType.JSON,
    "uuid": ColumnType.UUID,
}

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}

_SIZE = re.compile(r"\((\d+)[^)]*\)")


# Asked for several times in an export, and made of a thousand columns. A schema never changes.
@lru_cache(maxsize=1)
def shape_of(schema: Schema) -> Shape:
    """Return the tables of `schema`, with their columns and unique constraints."""
    return {name: _live_table(table) for name, table in schema.catalog.items()}


def is_text(schema: Schema, table: str, column: str) -> bool:
    """Return whether a column, which the database has, is one of text."""
    found = schema.column(table, column)
    return _column(found, schema.catalog[table]).type is ColumnType.TEXT


def _live_table(table: CatalogTable) -> LiveTable:
    return LiveTable(
        {column.name: _column(column, table) for column in table.columns}, table.unique
    )


def _column(column: CatalogColumn, table: CatalogTable) -> Column:
    name = _SIZE.sub("", column.type)
    type_ = _type_of(column, name)
    return Column(
        nullable=column.nullable,
        refers_to=table.references.get(column.name),
        has_default=bool(column.default is not None or column.identity or column.generated),
        characters=_characters(column.type) if type_ is ColumnType.TEXT else 0,
        type=type_,
        is_generated=column.identity == "a" or bool(column.generated),
        bits=_BITS.get(name, 0),
    )


def _type_of(column: CatalogColumn, name: str) -> ColumnType:
    if column.labels:
        return ColumnType.OTHER
    if name.endswith("[]"):
        return ColumnType.ARRAY
    return _TYPES.get("interval" if name.startswith("interval ") else name, ColumnType.OTHER)


def _characters(type_: str) -> int:
    size = _SIZE.search(type_)
    return int(size[1]) if size else sys.maxsize
