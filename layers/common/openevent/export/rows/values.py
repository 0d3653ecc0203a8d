"""Reads the rows of an event, streamed, as values that Python knows."""

from collections.abc import Iterator, Sequence
from typing import Any

from openevent.adapters.shape import is_text
from openevent.catalogue.sql_text import by_characters, name
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
    table, schema = plan.file.table, snapshot.session.schema
    keys = [key for key in plan.keys if columns is None or key in columns]
    sorted_by = ", ".join(
        by_characters(name(table, key)) if is_text(schema, table, key) else name(table, key)
        for key in order
        if schema.has(table, key)
    )
    select = (
        f"SELECT {', '.join(name(table, key) for key in keys)} FROM {name(table)}"  # noqa: S608 - quoted
        f" WHERE {snapshot.conditions.holds(plan.rows)}"
        + (f" ORDER BY {sorted_by}" if sorted_by else "")
    )
    for batch in _streamed(snapshot, select):
        for row in batch:
            yield dict(zip(keys, row, strict=True))


def _streamed(snapshot: EventSnapshot, select: str) -> Iterator[Sequence[Any]]:
    """Yield the rows in batches; the database works on the next one meanwhile."""
    read = snapshot.session.rows
    read(f"DECLARE streamed NO SCROLL CURSOR FOR {select}")
    fetch = f"FETCH FORWARD {PARTITION} FROM streamed"
    coming = snapshot.ahead.submit(read, fetch)
    while batch := coming.result():
        coming = snapshot.ahead.submit(read, fetch)
        yield batch
    read("CLOSE streamed")
