"""Reads tables: all statements are sent at once, and rows become cells while they arrive."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from openevent.adapters import database
from openevent.adapters.copy_out import CopyOut, copy_out
from openevent.adapters.driver import Connection
from openevent.tables.cells import Cells, Note
from openevent.tables.forms import form_fields
from openevent.tables.model import Cell, Column, FormField, Kind, Table
from openevent.tables.statements import available_columns, has_answers, select_forms, select_rows
from openevent.tables.view import View


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table that is read: its columns, then the event's own fields; its rows, once."""

    table: Table
    columns: Sequence[Column]
    fields: Sequence[FormField]
    rows: Iterator[list[Cell]]

    @property
    def headers(self) -> list[tuple[str, Kind]]:
        """The header of each column, and what it holds."""
        own = [(field.label, Kind.TEXT) for field in self.fields]
        return [*((column.header, column.kind) for column in self.columns), *own]


@contextmanager
def reading(
    connection: Connection,
    view: View,
    tables: Sequence[Table],
    *,
    note: Note,
    every_column: bool = False,
) -> Iterator[Iterator[TableRows]]:
    """Read the `tables`, which the view shows: all rows of each before the next one is taken.

    `every_column`: whether there are columns, without values, that the view does not show. `note`
    gets each value that is not shown, or not whole. The block does not use `connection` otherwise.
    """
    forms = _forms(connection, view)
    columns = [
        table.columns if every_column else available_columns(view, table) for table in tables
    ]
    selects = [
        select_rows(view, table, shown) for table, shown in zip(tables, columns, strict=True)
    ]
    with copy_out(connection, selects) as copies:
        yield (
            _rows(view, table, shown, forms, copies, note)
            for table, shown in zip(tables, columns, strict=True)
        )


def _rows(  # noqa: PLR0913, PLR0917 - what a table is read from
    view: View,
    table: Table,
    columns: Sequence[Column],
    forms: Mapping[str, Sequence[tuple[str, str]]],
    copies: CopyOut,
    note: Note,
) -> TableRows:
    headers = [column.header for column in table.columns]
    answered = table.form is not None and has_answers(view, table)
    fields = form_fields(forms.get(table.form or "", ()), headers) if answered else ()
    cells = Cells(table, columns, fields, zone=view.zone, note=note)
    return TableRows(table, columns, fields, _cells(cells, copies))


def _cells(cells: Cells, copies: CopyOut) -> Iterator[list[Cell]]:
    for batch in copies.texts():
        for text in batch:
            row_id, answers, *values = json.loads(str(text, "utf-8"))
            yield cells.row(row_id or "", values, answers)


def _forms(connection: Connection, view: View) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return by form the identifier and the label of each of the event's own fields, in order."""
    forms: dict[str, list[tuple[str, str]]] = {}
    statement = select_forms(view)
    for form, identifier, label in database.run(connection, statement) if statement else ():
        forms.setdefault(form, []).append((identifier, label))
    return forms
