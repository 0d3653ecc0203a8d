"""Reads the rows of an event, streamed, as values that Python knows."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    String,
    Text,
    cast,
    collate,
    literal_column,
    select,
)

from openevent.export.rows.plan import FilePlan
from openevent.export.rows.queries import EventSnapshot

# Rows fetched at a time: enough that the round trips don't count, few enough that memory doesn't.
PARTITION = 200


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
        .where(literal_column(snapshot.conditions.holds(plan.rows), Boolean))
        .order_by(*(_sorted(table.c[name]) for name in order if name in table.c))
    )
    for batch in _streamed(snapshot, query):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def _streamed(snapshot: EventSnapshot, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """Yield the result's rows in batches; the database works on the next one meanwhile."""
    result = snapshot.session.connection.execution_options(stream_results=True).execute(query)
    batches = result.partitions(PARTITION)
    coming = snapshot.ahead.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = snapshot.ahead.submit(next, batches, None)
        yield batch


def _sorted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return collate(cast(column, Text), "C") if isinstance(column.type, String) else column
