"""Statements that read tables, one for each, without parameters. Pure.

PostgreSQL joins what a row refers to and what is linked to it, and writes all values of a row as
one JSON array of texts: to decode 40 values of 10,000 rows one by one takes seconds.
"""

from collections.abc import Sequence

from openevent.catalogue.shape import ColumnType
from openevent.catalogue.sql_text import is_readable_moment
from openevent.catalogue.sql_text import name as quoted_name
from openevent.tables.cells import UNREADABLE
from openevent.tables.model import Column, Kind, Linked, Table
from openevent.tables.view import Shown, View

# Between entries of a cell.
SEPARATOR = "; "

# Keys that are no columns.
_MINUTES, _TITLE_AND_STATE = "minutes", "title_and_state"

_ANSWERS = "complex_field_values"

# The fields of the event's forms; those of its own are complex ones.
_FORMS, _IS_OWN = "custom_forms", "is_complex"


def available_columns(view: View, table: Table) -> tuple[Column, ...]:
    """Return the columns of `table` that the view shows."""
    statement = _Statement(view, table)
    return tuple(column for column in table.columns if statement.value(column) is not None)


def has_answers(view: View, table: Table) -> bool:
    """Return whether the view shows answers to the fields of the table's form."""
    return table.form is not None and _ANSWERS in view.shown[table.source].columns


def select_rows(view: View, table: Table, columns: Sequence[Column]) -> str:
    """Return the statement of the rows of `table`, in its order.

    A row is a JSON array of texts or nulls: its id, its answers (a JSON object), and a value for
    each of `columns`; null for one that the view does not show.
    """
    return _Statement(view, table).text(columns)


def select_forms(view: View) -> str | None:
    """Return the statement of the event's own fields, in their order; None if it cannot be said.

    It gives form, identifier and label of each.
    """
    found = view.shown.get(_FORMS)
    needed = ("form", "field_identifier", "name")
    if found is None or not {*needed, _IS_OWN} <= found.columns.keys():
        return None
    order = ", ".join(name for name in ("position", "id") if name in found.columns) or "name"
    return (
        f"SELECT {', '.join(needed)} FROM {_FORMS}"
        f" WHERE {found.rows} AND {_IS_OWN} ORDER BY {order}"
    )


class _Statement:
    """Writes the statement of one table."""

    def __init__(self, view: View, table: Table) -> None:
        self._view = view
        self._table = table
        self._own = view.shown[table.source]
        self._name = quoted_name(self._own.table)

    def text(self, columns: Sequence[Column]) -> str:
        own = self._own.columns
        row_id = f"{self._name}.id::text" if "id" in own else "NULL"
        answers = f"{self._name}.{_ANSWERS}::text" if _ANSWERS in own else "NULL"
        values = ", ".join([row_id, answers, *(self.value(column) or "NULL" for column in columns)])
        used = {column.key.partition(".")[0] for column in columns if "." in column.key}
        joins = " ".join(
            [
                *(self._reference(name) for name in self._table.references if name in used),
                *(self._linked_rows(name) for name in self._table.linked if name in used),
            ]
        )
        order = ", ".join(
            f"{_sorted(f'{self._name}.{quoted_name(name)}', own[name].type)} NULLS LAST"
            for name in self._table.order
            if name in own
        )
        return (
            f"SELECT array_to_json(ARRAY[{values}]::text[])::text"
            f" FROM {self._name} {joins}"
            f" WHERE {self._own.rows}" + (f" ORDER BY {order}" if order else "")
        )

    def value(self, column: Column) -> str | None:
        """Return the SQL of the column's value, as text; None if the view does not show it."""
        if column.kind is Kind.ZONE:
            return "''"
        first, _, name = column.key.rpartition(".")
        if first in self._table.references:
            return self._referred_value(first, name)
        if first in self._table.linked:
            return self._linked_value(first, name)
        if name == _MINUTES:
            return self._minutes()
        own = self._own.columns.get(name)
        if own is None or (column.kind is Kind.MOMENT and not own.is_moment):
            return None
        return _as_text(f"{self._name}.{quoted_name(name)}", own.type)

    def _referred_value(self, first: str, name: str) -> str | None:
        target = self._referred(first)
        if target is None or name not in target.columns:
            return None
        return _as_text(f"{quoted_name(first)}.{quoted_name(name)}", target.columns[name].type)

    def _minutes(self) -> str | None:
        if not {"starts_at", "ends_at"} <= self._own.columns.keys():
            return None
        starts, ends = (f"{self._name}.{name}" for name in ("starts_at", "ends_at"))
        known = (
            f"{is_readable_moment(starts)} AND {is_readable_moment(ends)} AND {ends} >= {starts}"
        )
        minutes = f"round((extract(epoch FROM {ends} - {starts}) / 60)::numeric, 2)"
        return f"CASE WHEN {known} THEN {minutes}::float8::text END"

    def _referred(self, first: str) -> Shown | None:
        column, target = self._table.references[first]
        found = self._view.shown.get(target)
        return found if column in self._own.columns else None

    def _reference(self, first: str) -> str:
        target = self._referred(first)
        if target is None:
            return ""
        column, _ = self._table.references[first]
        rows = f"SELECT * FROM {quoted_name(target.table)} WHERE {target.rows}"
        name = quoted_name(first)
        return f"LEFT JOIN ({rows}) {name} ON {name}.id = {self._name}.{quoted_name(column)}"

    def _links(self, first: str) -> tuple[Linked, Shown, Shown] | None:
        linked = self._table.linked[first]
        rows, links = (self._view.shown.get(name) for name in (linked.table, linked.through))
        if rows is None or links is None or "id" not in self._own.columns:
            return None
        return linked, rows, links

    def _linked_value(self, first: str, name: str) -> str | None:
        found = self._links(first)
        if found is None:
            return None
        _, rows, _ = found
        columns = {"title", "state"} if name == _TITLE_AND_STATE else {name}
        return (
            f"{quoted_name(first)}.{quoted_name(name)}" if columns <= rows.columns.keys() else None
        )

    def _linked_rows(self, first: str) -> str:
        """Join for each row what is linked to it: a text for each column, in one order."""
        found = self._links(first)
        if found is None:
            return ""
        linked, rows, links = found
        order = ", ".join(
            f"{_sorted(f'other.{quoted_name(name)}', rows.columns[name].type)} NULLS LAST"
            for name in linked.order
            if name in rows.columns
        )
        names = [
            column.key.partition(".")[2]
            for column in self._table.columns
            if column.key.startswith(f"{first}.") and self.value(column) is not None
        ]
        texts = ", ".join(
            f"string_agg(coalesce({_of_other(name)}, ''), '{SEPARATOR}' ORDER BY {order})"
            f" AS {quoted_name(name)}"
            for name in names
        )
        shown = f"SELECT * FROM {quoted_name(rows.table)} WHERE {rows.rows}"
        grouped = (
            f"SELECT links.{linked.own} AS own, {texts}"
            f" FROM {quoted_name(links.table)} links"
            f" JOIN ({shown}) other ON other.id = links.{linked.other}"
            f" GROUP BY links.{linked.own}"
        )
        alias = quoted_name(first)
        return f"LEFT JOIN ({grouped}) {alias} ON {alias}.own = {self._name}.id"


def _of_other(name: str) -> str:
    if name != _TITLE_AND_STATE:
        return f"other.{quoted_name(name)}::text"
    return "coalesce(other.title, '') || coalesce(' (' || other.state || ')', '')"


def _as_text(value: str, kind: ColumnType) -> str:
    """Return the SQL of a value's text: seconds since 1970 of a moment, true or false of a flag."""
    if kind is ColumnType.BOOLEAN:
        return f"coalesce({value}, false)::text"
    if kind not in (ColumnType.TIMESTAMP, ColumnType.DATE):
        return f"{value}::text"
    seconds = f"floor(extract(epoch FROM {value}))::bigint::text"
    return (
        f"CASE WHEN {is_readable_moment(value)} THEN {seconds}"
        f" WHEN {value} IS NOT NULL THEN '{UNREADABLE}' END"
    )


def _sorted(value: str, kind: ColumnType) -> str:
    """Sort text by the numbers of its characters, which are the same everywhere."""
    return f'{value}::text COLLATE "C"' if kind is ColumnType.TEXT else value
