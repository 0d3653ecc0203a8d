"""Reads the rows of an event, streamed: as JSON text that PostgreSQL writes, or as values.

Values that privacy keeps back do not leave the database.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    cast,
    collate,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
)

from openevent.adapters.database import Session
from openevent.catalogue.files import FONT_COLOR, TEAM
from openevent.export.repairs import RepairKind
from openevent.export.rows.conditions import Conditions, constant
from openevent.export.rows.json_text import object_sql, quoted
from openevent.export.rows.plan import Check, FilePlan, ReadableMoment
from openevent.export.rows.row import Row
from openevent.rights.events import Event

# Rows fetched at a time: enough that the round trips don't count, few enough that memory doesn't.
PARTITION = 500


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """One event in one state of the database; made by `opened`.

    `ahead`, of one thread, fetches the batch that is read next.
    """

    session: Session
    event: Event
    ahead: Executor

    @classmethod
    @contextmanager
    def opened(cls, session: Session, event: Event) -> Iterator[Self]:
        """Open a snapshot. When the block ends, for any reason, the connection is not in use.

        Two uses of one connection at a time would wait for each other's answers for ever.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="rows") as ahead:
            yield cls(session, event, ahead)

    @property
    def conditions(self) -> Conditions:
        """The conditions of this event's rows."""
        return Conditions(self.session.schema, self.event.id)


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that fails its check: the row's id, the column, and the kind of repair for it."""

    row_id: int
    column: str
    repair: RepairKind


def find_bad_values(snapshot: EventSnapshot, plan: FilePlan) -> Iterator[BadValue]:
    """Find the values in the plan's rows that fail their checks, in the order of the rows."""
    if plan.rows is None or not plan.checks:
        return
    table = snapshot.session.schema[plan.file.table]
    bad = [
        and_(table.c[name].is_not(None), not_(snapshot.conditions.passes(check, table.c[name])))
        for name, check in plan.checks.items()
    ]
    query = (
        select(table.c.id, *bad)
        .select_from(table)
        .where(snapshot.conditions.holds(plan.rows), or_(*bad))
        .order_by(table.c.id)
    )
    for batch in _streamed(snapshot, query):
        for row_id, *found in batch:
            for (name, check), is_bad in zip(plan.checks.items(), found, strict=True):
                if is_bad:
                    yield BadValue(row_id, name, _repair_of(check))


def rows(
    snapshot: EventSnapshot, plan: FilePlan, *, repaired: Collection[str] = ()
) -> Iterator[list[Row]]:
    """Read the plan's rows, in the order of their primary keys, in batches.

    The values of the plan's `open_keys` are holes; a computed `font_color` has the colour from
    which it is computed. Values in the columns `repaired` are null if they fail their checks.
    """
    if plan.rows is None:
        return
    table = snapshot.session.schema[plan.file.table]
    sources = _sources(snapshot, table, plan, repaired)
    members = {key: None if key in plan.open_keys else sources[key] for key in plan.keys}
    selected: list[ColumnElement[Any]] = [object_sql(members, depth=0 if plan.file.single else 1)]
    if plan.open_keys:
        selected += [_column(table, "id"), _column(table, "name")]
        selected += [cast(sources[key], Text) for key in plan.open_keys]
    query = (
        select(*selected)
        .select_from(table)
        .where(snapshot.conditions.holds(plan.rows))
        .order_by(*(list(table.primary_key.columns) or list(table.columns)))
    )
    for batch in _streamed(snapshot, query):
        if plan.open_keys:
            yield [
                Row(text, dict(zip(plan.open_keys, others, strict=True)), row_id, name)
                for text, row_id, name, *others in batch
            ]
        else:
            yield [Row(text, {}) for (text,) in batch]


def values(
    snapshot: EventSnapshot,
    plan: FilePlan,
    *,
    columns: Sequence[str] | None = None,
    order: Sequence[str] = ("id",),
) -> Iterator[dict[str, object]]:
    """Read the values of the plan's keys, or of those among `columns`, sorted by `order`.

    Text is sorted by the numbers of its characters, which are the same everywhere. Read all rows,
    or none, before the next query.
    """
    if plan.rows is None:
        return
    table = snapshot.session.schema[plan.file.table]
    names = [name for name in plan.keys if columns is None or name in columns]
    query = (
        select(*(table.c[name] for name in names))
        .select_from(table)
        .where(snapshot.conditions.holds(plan.rows))
        .order_by(*(_sorted(table.c[name]) for name in order if name in table.c))
    )
    for batch in _streamed(snapshot, query):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def team(snapshot: EventSnapshot) -> Iterator[list[Row]]:
    """Read the e-mail address and the role of each member of the event's team, in batches."""
    schema = snapshot.session.schema
    given, users, roles = (schema[name] for name in (TEAM.table, "users", "roles"))
    text = object_sql({"email": users.c["_email"], "role": roles.c.name}, depth=1)
    query = (
        select(text)
        .select_from(given)
        .join(users, users.c.id == given.c.user_id)
        .join(roles, roles.c.id == given.c.role_id)
        .where(given.c.event_id == constant(snapshot.event.id), schema.not_deleted("users"))
        .order_by(roles.c.id, users.c.id)
    )
    for batch in _streamed(snapshot, query):
        yield [Row(text, {}) for (text,) in batch]


def _streamed(snapshot: EventSnapshot, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """Yield the result's rows in batches; the database works on the next one meanwhile."""
    result = snapshot.session.connection.execution_options(stream_results=True).execute(query)
    batches = result.partitions(PARTITION)
    coming = snapshot.ahead.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = snapshot.ahead.submit(next, batches, None)
        yield batch


def _sources(
    snapshot: EventSnapshot, table: Table, plan: FilePlan, repaired: Collection[str]
) -> dict[str, ColumnElement[Any]]:
    """Return the SQL of each key's value."""
    sources: dict[str, ColumnElement[Any]] = {
        column.name: cast(null(), Text) if column.name in plan.withheld else column
        for column in table.columns
    }
    for name in repaired:
        passes = snapshot.conditions.passes(plan.checks[name], table.c[name])
        sources[name] = case((passes, table.c[name]), else_=null())
    if plan.font_color_of is not None:
        sources[FONT_COLOR] = sources[plan.font_color_of]
    for key, name in plan.objects.items():
        sources[key] = case(
            (sources[name].is_not(None), _object_of_id(sources[name])),
            else_=null(),
        )
    return sources


def _object_of_id(source: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.json_build_object(literal_column(quoted("id")), source, type_=JSON)


def _repair_of(check: Check) -> RepairKind:
    if isinstance(check, ReadableMoment):
        return RepairKind.DATE_DROPPED
    return RepairKind.REFERENCE_DROPPED


def _sorted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return collate(cast(column, Text), "C") if isinstance(column.type, String) else column


def _column(table: Table, name: str) -> ColumnElement[Any]:
    return table.c[name] if name in table.c else null()
