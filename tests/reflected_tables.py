"""Tables of SQLAlchemy, made of what PostgreSQL's catalog says.

SQLAlchemy's own reflection of all tables takes a tenth of a second of processor time at each start
of a process. Foreign keys are left out, as every join names its columns.
"""

import re
from typing import Any

from sqlalchemy import Column, Computed, DefaultClause, Identity, MetaData, Table, text
from sqlalchemy.dialects.postgresql import ARRAY, ENUM
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import Integer, NullType, Numeric, String, TypeEngine

from openevent.adapters.catalog import CatalogColumn, CatalogTable

# A type as `format_type` writes it: `numeric(10,2)[]`, `timestamp(3) without time zone`.
_TYPE = re.compile(r"([^(\[]+)(?:\(([^)]*)\))?([^\[]*)(\[\])*")


def table_of(table: CatalogTable) -> Table:
    """Return a table of SQLAlchemy. Columns of unknown types have the type `NullType`."""
    columns = [_column(column, table.primary_key) for column in table.columns]
    return Table(table.name, MetaData(), *columns)


def _column(column: CatalogColumn, primary_key: tuple[str, ...]) -> Column[Any]:
    type_ = _type_of(column)
    default = column.default or ""
    serial = "nextval('" in default and isinstance(type_, Integer)
    made: Column[Any] = Column(
        column.name,
        type_,
        *_defaults(column),
        nullable=column.nullable,
        primary_key=column.name in primary_key,
        autoincrement=serial or bool(column.identity),
    )
    return made


def _defaults(column: CatalogColumn) -> list[Computed | Identity | DefaultClause]:
    if column.generated:
        return [Computed(text(column.default or "NULL"), persisted=column.generated == "s")]
    if column.identity:
        return [Identity(always=column.identity == "a")]
    return [] if column.default is None else [DefaultClause(text(column.default))]


def _type_of(column: CatalogColumn) -> TypeEngine[Any]:
    if column.labels:
        return ENUM(*column.labels, name=column.type)
    found = _TYPE.fullmatch(column.type)
    if found is None:
        return NullType()
    first, arguments, rest, array = found.groups()
    name = (first.rstrip() + rest).strip()
    known: Any = ischema_names.get("interval" if name.startswith("interval ") else name)
    if known is None:
        return NullType()
    sizes = [int(size) for size in (arguments or "").split(",") if size]
    type_ = _sized(known, name, sizes)
    return ARRAY(type_) if array else type_


def _sized(known: Any, name: str, sizes: list[int]) -> TypeEngine[Any]:  # noqa: ANN401 - a class
    made: TypeEngine[Any]
    if name.startswith(("timestamp", "time")):
        made = known(timezone=name.endswith("with time zone"))
    elif issubclass(known, String | Numeric):
        made = known(*sizes)
    else:
        made = known()
    return made
