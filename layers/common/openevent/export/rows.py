"""The rows of an event as JSON text, written by PostgreSQL and streamed.

A row comes as finished text, indented and in the contract's key order, but for its holes: places
whose value is not known to the database (the path of a medium that is yet to be fetched, a computed
colour). A hole is the character `HOLE`, which JSON text never holds as it is.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from openevent.database import Schema
from openevent.export.contents import FONT_COLOR, TEAM_TABLE, DataFile, key_order

HOLE = "\x1f"

# Rows fetched at a time: enough that the round trips don't count, few enough that memory doesn't.
PARTITION = 500

INDENT = " " * 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its text, and by key, in the order of the text, what the database has for its holes.

    `id` and `name` are the row's own, where its table has them.
    """

    text: str
    holes: Mapping[str, str | None]
    id: int | None = None
    name: str | None = None

    def filled(self, values: Mapping[str, str | None]) -> str:
        """The text with `values`, by key, in its holes."""
        if not self.holes:
            return self.text
        pieces = self.text.split(HOLE)
        fillings = [json.dumps(values[key], ensure_ascii=False) for key in self.holes]
        return "".join(
            piece for pair in zip(pieces, [*fillings, ""], strict=True) for piece in pair
        )


def rows(
    connection: Connection,
    schema: Schema,
    file: DataFile,
    event_id: int,
    *,
    holes: Collection[str] = (),
) -> Iterator[Row]:
    """The rows of `file` that belong to the event, in the order of their keys.

    `holes` are the columns whose values are left to the caller; a computed `font_color` is one
    always, with the colour it is computed from in it. A table the database does not have has no
    rows.
    """
    table = schema.find(file.table)
    condition = None if table is None else _belongs(schema, table, file, event_id)
    if table is None or condition is None:
        return
    names = frozenset(column.name for column in table.columns)
    keys = key_order(file, names)
    sources = {key: table.c[key] for key in keys if key in names}
    if file.font_color_of is not None and file.computes_font_color(names):
        sources[FONT_COLOR] = table.c[file.font_color_of]
    open_keys = [key for key in keys if key in holes or key not in names]
    row_text = _object_text(
        {key: None if key in open_keys else sources[key] for key in keys},
        depth=0 if file.single else 1,
    )
    selected: list[ColumnElement[Any]] = [row_text]
    if open_keys:
        selected += [_column(table, "id"), _column(table, "name")]
        selected += [cast(sources[key], Text) for key in open_keys]
    query = select(*selected).where(condition).order_by(*_order(table))
    for row in _streamed(connection, query):
        if open_keys:
            text, row_id, name, *values = row
            yield Row(text, dict(zip(open_keys, values, strict=True)), row_id, name)
        else:
            yield Row(row[0], {})


def team(connection: Connection, schema: Schema, event_id: int) -> Iterator[Row]:
    """Who is on the event's team: each user's e-mail address and role."""
    given, users, roles = schema[TEAM_TABLE], schema["users"], schema["roles"]
    text = _object_text({"email": users.c["_email"], "role": roles.c.name}, depth=1)
    query = (
        select(text)
        .select_from(given.join(users).join(roles))
        .where(given.c.event_id == event_id, users.c.deleted_at.is_(None))
        .order_by(roles.c.id, users.c.id)
    )
    return (Row(row[0], {}) for row in _streamed(connection, query))


def _streamed(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    result = connection.execution_options(stream_results=True).execute(query)
    for partition in result.partitions(PARTITION):
        yield from partition


def _belongs(
    schema: Schema, table: Table, file: DataFile, event_id: int
) -> ColumnElement[bool] | None:
    """The condition that a row of `table` belongs to the event; None when it cannot be told."""
    conditions = [_alive(table)]
    if file.event_column is not None:
        if file.event_column not in table.c:
            return None
        conditions.append(table.c[file.event_column] == event_id)
    for parent in file.parents:
        referred = schema.find(parent.table)
        if referred is None or parent.column not in table.c or "event_id" not in referred.c:
            return None
        conditions.append(
            exists().where(
                referred.c.id == table.c[parent.column],
                referred.c.event_id == event_id,
                _alive(referred),
            )
        )
    return and_(*conditions)


def _alive(table: FromClause) -> ColumnElement[bool]:
    return table.c.deleted_at.is_(None) if "deleted_at" in table.c else literal(value=True)


def _order(table: Table) -> list[ColumnElement[Any]]:
    return list(table.primary_key.columns) or list(table.columns)


def _column(table: Table, name: str) -> ColumnElement[Any]:
    return table.c[name] if name in table.c else literal(None)


def _object_text(
    sources: dict[str, ColumnElement[Any] | None], *, depth: int
) -> ColumnElement[str]:
    """An object as `json.dumps(…, indent=4)` writes it, `depth` levels deep in its file."""
    outer, inner = INDENT * depth, INDENT * (depth + 1)
    members = [
        func.concat(
            literal(f"{inner}{json.dumps(key, ensure_ascii=False)}: ", Text),
            literal(HOLE, Text) if source is None else _value_text(source, inner),
        )
        for key, source in sources.items()
    ]
    body = func.array_to_string(array(members), literal(",\n", Text))
    return func.concat(literal(f"{outer}{{\n", Text), body, literal(f"\n{outer}}}", Text))


def _value_text(source: ColumnElement[Any], indent: str) -> ColumnElement[str]:
    if isinstance(source.type, JSON | ARRAY):
        value = _pretty(source, indent)
    else:
        value = cast(func.to_json(source), Text)
    return func.coalesce(value, literal("null", Text))


def _pretty(source: ColumnElement[Any], indent: str) -> ColumnElement[str]:
    as_text = cast(func.to_json(source), Text)
    indented = func.replace(
        func.jsonb_pretty(cast(func.to_json(source), JSONB)),
        literal("\n", Text),
        literal(f"\n{indent}", Text),
    )
    # jsonb cannot hold a NUL, which json, being text, can: such a value stays as it was typed.
    return case((as_text.like(literal("%\\\\u0000%", Text)), as_text), else_=indented)
