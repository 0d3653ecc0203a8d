"""The rows of an event as JSON text, written by PostgreSQL and streamed.

A row comes as finished text, indented and in the contract's key order, but for its holes: places
whose value is not known to the database (the path of a medium that is yet to be fetched, a computed
colour). A hole is the character `HOLE`, which JSON text never holds as it is.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    and_,
    cast,
    exists,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql.base import PGDialect

from openevent.database import Schema
from openevent.export.contents import FONT_COLOR, TEAM_TABLE, DataFile, key_order

HOLE = "\x1f"

# Rows fetched at a time: enough that the round trips don't count, few enough that memory doesn't.
PARTITION = 500

INDENT = " " * 4
NEWLINE = "\n"

_DIALECT: Dialect = PGDialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its text, and by key, in the order of the text, what the database has for its holes.

    `id` and `name` are the row's own, where its table has them.
    """

    text: str
    holes: Mapping[str, str | None]
    id: int | None = None
    name: str | None = None

    def fields(self) -> tuple[object, ...]:
        """What `Row` is made from again; JSON holds it."""
        return self.text, self.holes, self.id, self.name

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
) -> Iterator[list[Row]]:
    """The rows of `file` that belong to the event, in the order of their keys, in batches.

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
    query = select(*selected).select_from(table).where(condition).order_by(*_order(table))
    for batch in _streamed(connection, query):
        yield [
            Row(text, dict(zip(open_keys, others[2:], strict=True)), *others[:2])
            for text, *others in batch
        ]


def team(connection: Connection, schema: Schema, event_id: int) -> Iterator[list[Row]]:
    """Who is on the event's team: each user's e-mail address and role, in batches."""
    given, users, roles = schema[TEAM_TABLE], schema["users"], schema["roles"]
    text = _object_text({"email": users.c["_email"], "role": roles.c.name}, depth=1)
    query = (
        select(text)
        .select_from(given.join(users).join(roles))
        .where(given.c.event_id == _constant(event_id), users.c.deleted_at.is_(None))
        .order_by(roles.c.id, users.c.id)
    )
    return ([Row(text, {}) for (text,) in batch] for batch in _streamed(connection, query))


def _streamed(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The result's rows, in batches. `query` has no parameters: see `_constant`.

    The database works on the next batch while the last one is worked on here.
    """
    result = connection.execution_options(stream_results=True).execute(query)
    batches = result.partitions(PARTITION)
    with ThreadPoolExecutor(1, thread_name_prefix="rows") as ahead:
        coming = ahead.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = ahead.submit(next, batches, None)
            yield batch


def _constant(number: int) -> ColumnElement[int]:
    """`number` as a part of the statement.

    pg8000 reads a statement that has parameters letter by letter, and ours are long.
    """
    return literal_column(str(int(number)), Integer)


def _belongs(
    schema: Schema, table: Table, file: DataFile, event_id: int
) -> ColumnElement[bool] | None:
    """The condition that a row of `table` belongs to the event; None when it cannot be told."""
    conditions = [_alive(table)]
    if file.event_column is not None:
        if file.event_column not in table.c:
            return None
        conditions.append(table.c[file.event_column] == _constant(event_id))
    for parent in file.parents:
        referred = schema.find(parent.table)
        if referred is None or parent.column not in table.c or "event_id" not in referred.c:
            return None
        conditions.append(
            exists().where(
                referred.c.id == table.c[parent.column],
                referred.c.event_id == _constant(event_id),
                _alive(referred),
            )
        )
    return and_(*conditions)


def _alive(table: FromClause) -> ColumnElement[bool]:
    return table.c.deleted_at.is_(None) if "deleted_at" in table.c else true()


def _order(table: Table) -> list[ColumnElement[Any]]:
    return list(table.primary_key.columns) or list(table.columns)


def _column(table: Table, name: str) -> ColumnElement[Any]:
    return table.c[name] if name in table.c else null()


def _object_text(
    sources: Mapping[str, ColumnElement[Any] | None], *, depth: int
) -> ColumnElement[str]:
    """An object as `json.dumps(…, indent=4)` writes it, `depth` levels deep in its file.

    Written as SQL, not built from SQLAlchemy's functions: with some 60 columns in 30 tables, that
    and compiling it took longer than the database takes for its work.
    """
    outer, inner = INDENT * depth, INDENT * (depth + 1)
    members = [
        _quoted(f"{inner}{json.dumps(key, ensure_ascii=False)}: ")
        + " || "
        + (_quoted(HOLE) if source is None else _value_text(source, inner))
        for key, source in sources.items()
    ]
    body = f"array_to_string(ARRAY[{', '.join(members)}], {_quoted(f',{NEWLINE}')})"
    opening, closing = _quoted(f"{outer}{{{NEWLINE}"), _quoted(f"{NEWLINE}{outer}}}")
    return literal_column(f"{opening} || {body} || {closing}", Text)


def _value_text(source: ColumnElement[Any], indent: str) -> str:
    column = str(source.compile(dialect=_DIALECT))
    value = f"to_json({column})"
    text = _pretty(value, indent) if isinstance(source.type, JSON | ARRAY) else f"{value}::text"
    return f"coalesce({text}, 'null')"


def _pretty(value: str, indent: str) -> str:
    """The JSON that the SQL expression `value` gives, as indented text."""
    pretty = f"jsonb_pretty({value}::jsonb)"
    # What is empty stays on its line. No string holds a line's end as it is.
    pretty = f"regexp_replace({pretty}, '([[{{])\\n\\s*([]}}])', '\\1\\2', 'g')"
    pretty = f"replace({pretty}, {_quoted(NEWLINE)}, {_quoted(NEWLINE + indent)})"
    # jsonb cannot hold a NUL, which json, being text, can: such a value stays as it was typed.
    return f"CASE WHEN strpos({value}::text, '\\u0000') > 0 THEN {value}::text ELSE {pretty} END"


def _quoted(text: str) -> str:
    """`text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
