"""SQL of the conditions of a file's plan: which rows it holds, and which values are readable.

No statement has parameters, because pg8000 reads a statement with parameters letter by letter, and
these are long.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    and_,
    cast,
    false,
    literal_column,
    or_,
    select,
    true,
)

from openevent.adapters.schema import Schema
from openevent.catalogue.table import Only
from openevent.export.rows.json_text import quoted
from openevent.export.rows.plan import (
    Check,
    Condition,
    HeldReference,
    IsLinked,
    IsNotTrue,
    IsNull,
    IsOfEvent,
    ReadableMoment,
    RefersTo,
    RowRule,
)

# From the first moment that programs read to the one after the last; a margin of a day keeps it
# valid in every time zone.
_FIRST, _AFTER_LAST = "0001-01-02", "9999-12-31"


class Conditions:
    """Writes the conditions of one event as SQL, for a database of this `schema`."""

    def __init__(self, schema: Schema, event_id: int) -> None:
        """`event_id`: the event whose rows are held."""
        self._schema = schema
        self._event_id = constant(event_id)

    def holds(self, rule: RowRule) -> ColumnElement[bool]:
        """Return the condition that a row is one of those of `rule`."""
        return and_(true(), *(self._condition(rule.table, one) for one in rule.conditions))

    def passes(self, check: Check, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a value, not null, passes the check."""
        match check:
            case ReadableMoment():
                return and_(column >= _moment(_FIRST), column < _moment(_AFTER_LAST))
            case HeldReference(rows):
                return false() if rows is None else self._refers_to(column, rows)

    def _condition(self, table_name: str, condition: Condition) -> ColumnElement[bool]:
        columns = self._schema[table_name].c
        match condition:
            case IsNull(column):
                return columns[column].is_(None)
            case IsNotTrue(column):
                return columns[column].is_not(true())
            case IsOfEvent(column):
                return columns[column] == self._event_id
            case RefersTo(column, rows):
                return self._refers_to(columns[column], rows)
            case IsLinked(through, own, other, rows):
                links = self._schema[through].c
                linked = select(links[own]).where(self._refers_to(links[other], rows))
                return columns["id"].in_(linked)
            case Only(column, values):
                return or_(*(_equals(columns[column], value) for value in values))

    def _refers_to(self, column: ColumnElement[Any], rows: RowRule) -> ColumnElement[bool]:
        target = self._schema[rows.table]
        return column.in_(select(target.c.id).where(self.holds(rows)))


def constant(number: int) -> ColumnElement[int]:
    """Return `number` as a part of the statement."""
    return literal_column(str(int(number)), Integer)


def _equals(column: ColumnElement[Any], value: str | bool | None) -> ColumnElement[bool]:  # noqa: FBT001
    if isinstance(value, str):
        return cast(column, Text) == literal_column(quoted(value), Text)
    return column.is_(value)


def _moment(text: str) -> ColumnElement[datetime]:
    return literal_column(f"timestamp {quoted(text)}", DateTime)
