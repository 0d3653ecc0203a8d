"""The rows of an event, streamed: as JSON text that PostgreSQL writes, or as values.

What privacy keeps back does not leave the database.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    JSON,
    REAL,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Float,
    FromClause,
    Integer,
    Interval,
    Numeric,
    Select,
    String,
    Table,
    Text,
    Time,
    Uuid,
    and_,
    case,
    cast,
    collate,
    false,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import TypeEngine

from openevent.adapters.database import Schema
from openevent.catalogue.files import FILE_OF_TABLE, FONT_COLOR, TEAM, DataFile, key_order
from openevent.catalogue.privacy import Privacy, row_rule, withheld_columns, withheld_table
from openevent.catalogue.table import Kind, Linked, Only
from openevent.export.repairs import Change
from openevent.export.rows.row import HOLE, INDENT, Row
from openevent.rights.events import Event

# Rows fetched at a time: enough that the round trips don't count, few enough that memory doesn't.
PARTITION = 500

NEWLINE = "\n"

# From the first moment that programs read to the one after the last; a day's margin keeps it so in
# every time zone.
_FIRST, _AFTER_LAST = "0001-01-02", "9999-12-31"

# All other types may carry text, those SQLAlchemy has no class for among them.
_WITHOUT_TEXT = (Integer, Numeric, Float, Boolean, DateTime, Date, Time, Interval, Uuid)

# What json, being text, can hold and jsonb cannot: NUL, half a surrogate pair, numbers of a hundred
# thousand digits. A value that may have such a thing in it stays as it was typed. (No regular
# expression of PostgreSQL counts beyond 255.)
_NO_JSONB = (
    r"\\u0000|\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]|[0-9.]e[+-]?[0-9]{5}|[0-9]{255}"
)

# With a paramstyle that leaves a % in a name as it is.
_DIALECT: Dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Source:
    """One event in one state of the database, as far as privacy shows it; made by `opened`.

    `ahead`, of one thread, fetches what is read next.
    """

    connection: Connection
    schema: Schema
    event: Event
    privacy: Privacy
    ahead: Executor

    @classmethod
    @contextmanager
    def opened(
        cls, connection: Connection, schema: Schema, event: Event, privacy: Privacy
    ) -> Iterator[Self]:
        """A source. When the block ends, however it ends, nobody uses the connection any more.

        Two at once on one connection would wait for each other's answers for ever.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="rows") as ahead:
            yield cls(connection, schema, event, privacy, ahead)

    def withheld(self, table: Table) -> dict[str, Kind]:
        """The columns of `table` that are kept back, and why."""
        return withheld_columns(
            self.privacy,
            table.name,
            {column.name: not isinstance(column.type, _WITHOUT_TEXT) for column in table.columns},
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that no reader can make sense of, and the change that repairs it.

    `nullable`: whether its column may be null, so that the change can be made.
    """

    row_id: int
    column: str
    change: Change
    nullable: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a value that is not null must be, and the change that is made where it is not."""

    change: Change
    good: ColumnElement[bool]


def rows(
    source: Source,
    file: DataFile,
    *,
    holes: Collection[str] = (),
    repaired: Collection[str] = (),
) -> Iterator[list[Row]]:
    """The rows of `file` that belong to the event, in the order of their keys, in batches.

    `holes` are the columns whose values are left to the caller; a computed `font_color` is one
    always, with the colour it is computed from in it. What `faults` found in the columns `repaired`
    is null. A table the database does not have has no rows.
    """
    table = source.schema.find(file.table)
    condition = None if table is None else _belongs(source, table, file)
    if table is None or condition is None:
        return
    names = frozenset(column.name for column in table.columns)
    keys = key_order(file, names)
    sources = _seen(source, table)
    if repaired:
        rules = _rules(source, table, file)
        sources |= {key: _if_good(rules[key].good, table.c[key]) for key in repaired}
    if file.font_color_of is not None and file.computes_font_color(names):
        sources[FONT_COLOR] = sources[file.font_color_of]
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
    for batch in _streamed(source, query):
        if open_keys:
            yield [
                Row(text, dict(zip(open_keys, others, strict=True)), row_id, name)
                for text, row_id, name, *others in batch
            ]
        else:
            yield [Row(text, {}) for (text,) in batch]


def values(
    source: Source, file: DataFile, columns: Sequence[str], order: Sequence[str] = ("id",)
) -> Iterator[dict[str, object]]:
    """The values in `columns` of the rows of `file` that belong to the event, sorted by `order`.

    Text is sorted by its characters' numbers, which are the same everywhere. What the database
    does not have, or keeps back, is not in a row. Read all, or none, before the next query.
    """
    table = source.schema.find(file.table)
    condition = None if table is None else _belongs(source, table, file)
    if table is None or condition is None:
        return
    withheld = source.withheld(table)
    known = [name for name in columns if name in table.c and name not in withheld]
    query = (
        select(*(table.c[name] for name in known))
        .select_from(table)
        .where(condition)
        .order_by(*(_sorted(table.c[name]) for name in order if name in table.c))
    )
    for batch in _streamed(source, query):
        for row in batch:
            yield dict(zip(known, row, strict=True))


def team(source: Source) -> Iterator[list[Row]]:
    """Who is on the event's team: each user's e-mail address and role, in batches."""
    if withheld_table(source.privacy, TEAM.table):
        return
    given, users, roles = (source.schema[name] for name in (TEAM.table, "users", "roles"))
    text = _object_text({"email": users.c["_email"], "role": roles.c.name}, depth=1)
    query = (
        select(text)
        .select_from(given)
        .join(users, users.c.id == given.c.user_id)
        .join(roles, roles.c.id == given.c.role_id)
        .where(given.c.event_id == _constant(source.event.id), users.c.deleted_at.is_(None))
        .order_by(roles.c.id, users.c.id)
    )
    for batch in _streamed(source, query):
        yield [Row(text, {}) for (text,) in batch]


def faults(source: Source, file: DataFile) -> Iterator[Fault]:
    """What no reader of the rows of `file` can make sense of.

    That is a reference to a row that is in no file, though its table is, and a moment that no
    calendar writes. `rows` can leave it out.
    """
    table = source.schema.find(file.table)
    condition = None if table is None else _belongs(source, table, file)
    if table is None or condition is None or "id" not in table.c:
        return
    rules = _rules(source, table, file)
    if not rules:
        return
    bad = [and_(table.c[name].is_not(None), not_(rule.good)) for name, rule in rules.items()]
    query = (
        select(table.c.id, *bad).select_from(table).where(condition, or_(*bad)).order_by(table.c.id)
    )
    for batch in _streamed(source, query):
        for row_id, *found in batch:
            for (name, rule), is_bad in zip(rules.items(), found, strict=True):
                if is_bad:
                    yield Fault(row_id, name, rule.change, nullable=bool(table.c[name].nullable))


def _streamed(source: Source, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The result's rows, in batches. `query` has no parameters: see `_constant`.

    The database works on the next batch while the last one is worked on here.
    """
    result = source.connection.execution_options(stream_results=True).execute(query)
    batches = result.partitions(PARTITION)
    coming = source.ahead.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = source.ahead.submit(next, batches, None)
        yield batch


def _constant(number: int) -> ColumnElement[int]:
    """`number` as a part of the statement.

    pg8000 reads a statement that has parameters letter by letter, and ours are long.
    """
    return literal_column(str(int(number)), Integer)


def _belongs(source: Source, table: Table, file: DataFile) -> ColumnElement[bool] | None:
    """The condition that an archive holds a row of `table`; None when it holds none, or who knows.

    The row is alive, belongs to the event, and privacy shows it.
    """
    if withheld_table(source.privacy, table.name):
        return None
    conditions = [_alive(table), _shown(source, table)]
    if file.event_column is not None:
        if file.event_column not in table.c:
            return None
        conditions.append(table.c[file.event_column] == _constant(source.event.id))
    for parent in file.parents:
        if parent.column not in table.c:
            return None
        conditions.append(_is_held(source, table.c[parent.column], parent.table))
    return and_(*conditions)


def _is_held(source: Source, reference: ColumnElement[Any], table_name: str) -> ColumnElement[bool]:
    """The condition that an archive holds the row of the table `table_name` with that id."""
    table = source.schema.find(table_name)
    condition = None if table is None else _belongs(source, table, FILE_OF_TABLE[table_name])
    if table is None or condition is None or "id" not in table.c:
        return false()
    return reference.in_(select(table.c.id).where(condition))


def _shown(source: Source, table: Table) -> ColumnElement[bool]:
    """The condition that privacy shows a row. Where it cannot be told, it does not."""
    match row_rule(source.privacy, table.name):
        case None:
            return true()
        case Only(column, shown):
            if column not in table.c:
                return false()
            return or_(*(_is(table.c[column], value=value) for value in shown))
        case Linked(through, own, other, table_name):
            links = source.schema.find(through)
            if links is None or not {own, other} <= set(links.c.keys()):
                return false()
            held = _is_held(source, links.c[other], table_name)
            return table.c.id.in_(select(links.c[own]).where(held))


def _is(column: ColumnElement[Any], *, value: str | bool | None) -> ColumnElement[bool]:
    if isinstance(value, str):
        return cast(column, Text) == literal_column(_quoted(value), Text)
    return column.is_(value)


def _seen(source: Source, table: Table) -> dict[str, ColumnElement[Any]]:
    """The table's columns by name, null in place of those that are kept back."""
    withheld = source.withheld(table)
    return {
        column.name: cast(null(), Text) if column.name in withheld else column
        for column in table.columns
    }


def _rules(source: Source, table: Table, file: DataFile) -> dict[str, _Rule]:
    """By column, what its values must be for readers to make sense of them."""
    withheld, parents = source.withheld(table), {parent.column for parent in file.parents}
    rules = {}
    for column in table.columns:
        targets = {key.column.table.name for key in column.foreign_keys} & FILE_OF_TABLE.keys()
        if column.name in withheld or column.name in {file.event_column, *parents}:
            continue
        if isinstance(column.type, Date | DateTime):
            rules[column.name] = _Rule(Change.DATE_DROPPED, _is_readable(column))
        elif len(targets) == 1:
            held = _is_held(source, column, targets.pop())
            rules[column.name] = _Rule(Change.REFERENCE_DROPPED, held)
    return rules


def _is_readable(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that a moment, not null, is one that programs can write and read."""
    return and_(column >= _moment(_FIRST), column < _moment(_AFTER_LAST))


def _moment(text: str) -> ColumnElement[datetime]:
    return literal_column(f"timestamp {_quoted(text)}", DateTime)


def _if_good(good: ColumnElement[bool], column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((good, column), else_=null())


def _alive(table: FromClause) -> ColumnElement[bool]:
    """The condition that a row is not soft-deleted, in either of the ways that tables have."""
    conditions: list[ColumnElement[bool]] = [true()]
    if "deleted_at" in table.c:
        conditions.append(table.c.deleted_at.is_(None))
    if "is_deleted" in table.c:
        conditions.append(table.c.is_deleted.is_not(true()))
    return and_(*conditions)


def _order(table: Table) -> list[ColumnElement[Any]]:
    return list(table.primary_key.columns) or list(table.columns)


def _sorted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return collate(cast(column, Text), "C") if isinstance(column.type, String) else column


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
    return f"coalesce({_known_text(column, source.type, indent)}, 'null')"


def _known_text(column: str, kind: TypeEngine[Any], indent: str) -> str:
    """The JSON of a value of `kind` that is not null, as Python writes it, by SQL."""
    match kind:
        case JSON() | ARRAY():
            return _pretty(f"to_json({column})", indent)
        case Integer() | Boolean():
            return f"{column}::text"  # the same text as to_json's, in less time
        case DateTime():
            return _moment_text(column, with_offset=kind.timezone)
        case Float():
            return _float_text(column, "1e6" if isinstance(kind, REAL) else "1e15")
    return f"to_json({column})::text"


def _moment_text(column: str, *, with_offset: bool) -> str:
    """A moment with six digits of a second's fraction, or none, as Python's `isoformat`.

    PostgreSQL leaves out the zeros at their end, and Python before 3.11 reads no such moment.
    """
    kind, at, offset = (
        ("timestamptz", f"{column} AT TIME ZONE 'UTC'", "+00:00")
        if with_offset
        else ("timestamp", column, "")
    )
    pattern = _quoted(f'\\"YYYY-MM-DD"T"HH24:MI:SS.US"{offset}"\\"')
    return (
        f"CASE WHEN {column}::{kind}(5) <> {column} OR {column}::{kind}(0) = {column}"
        f" THEN to_json({column})::text ELSE to_char({at}, {pattern}) END"
    )


def _float_text(column: str, exponent_from: str) -> str:
    """A float with a fraction, `.0` where it has none, as Python's json writes it.

    From `exponent_from` on PostgreSQL writes an exponent, and needs no fraction.
    """
    return (
        f"CASE WHEN trunc({column}) = {column} AND abs({column}) < {exponent_from}"
        f" THEN to_json({column})::text || '.0' ELSE to_json({column})::text END"
    )


def _pretty(value: str, indent: str) -> str:
    """The JSON that the SQL expression `value` gives, as indented text."""
    pretty = f"jsonb_pretty({value}::jsonb)"
    # What is empty stays on its line. No string holds a line's end as it is.
    pretty = f"regexp_replace({pretty}, '([[{{])\\n\\s*([]}}])', '\\1\\2', 'g')"
    pretty = f"replace({pretty}, {_quoted(NEWLINE)}, {_quoted(NEWLINE + indent)})"
    return f"CASE WHEN {value}::text ~* {_quoted(_NO_JSONB)} THEN {value}::text ELSE {pretty} END"


def _quoted(text: str) -> str:
    """`text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
