"""SQL of the conditions of a file's plan: which rows it holds, and which values are readable. Pure.

It is text of quoted names, of literals that one function quotes, and of the event's id, a number.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openevent.catalogue.sql_text import is_readable_moment, name, quoted
from openevent.catalogue.table import Only
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


@dataclass(frozen=True, slots=True)
class Conditions:
    """Writes the conditions of the rows of the event `event_id` as SQL."""

    event_id: int

    def holds(self, rule: RowRule) -> str:
        """Return the condition that a row of the rule's table is one of those of `rule`."""
        return all_of(self._condition(rule.table, one) for one in rule.conditions)

    def passes(self, check: Check, column: str) -> str:
        """Return the condition that a value, not null, passes the check."""
        match check:
            case ReadableMoment():
                return is_readable_moment(column)
            case HeldReference(rows):
                return "false" if rows is None else self._refers_to(column, rows)

    def _condition(self, table: str, condition: Condition) -> str:
        match condition:
            case IsNull(column):
                return f"{name(table, column)} IS NULL"
            case IsNotTrue(column):
                return f"{name(table, column)} IS NOT TRUE"
            case IsOfEvent(column):
                return f"{name(table, column)} = {int(self.event_id)}"
            case RefersTo(column, rows):
                return self._refers_to(name(table, column), rows)
            case IsLinked(through, own, other, rows):
                linked = self._refers_to(name(through, other), rows)
                return _is_among(name(table, "id"), name(through, own), name(through), linked)
            case Only(column, values):
                return any_of(_equals(name(table, column), value) for value in values)

    def _refers_to(self, column: str, rows: RowRule) -> str:
        return _is_among(column, name(rows.table, "id"), name(rows.table), self.holds(rows))


def all_of(conditions: Iterable[str]) -> str:
    """Return the condition that all hold, which is true for none."""
    return _joined(" AND ", conditions) or "true"


def any_of(conditions: Iterable[str]) -> str:
    """Return the condition that one of them holds, which is false for none."""
    return _joined(" OR ", conditions) or "false"


def _is_among(value: str, column: str, table: str, condition: str) -> str:
    return f"{value} IN (SELECT {column} FROM {table} WHERE {condition})"  # noqa: S608 - quoted


def _joined(word: str, conditions: Iterable[str]) -> str:
    together = word.join(conditions)
    return together and f"({together})"


def _equals(column: str, value: str | bool | None) -> str:  # noqa: FBT001
    if isinstance(value, str):
        return f"{column}::text = {quoted(value)}"
    return f"{column} IS {'NULL' if value is None else str(value).upper()}"
