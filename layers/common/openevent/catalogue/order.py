"""Order in which the tables of an event are inserted. Pure."""

from graphlib import TopologicalSorter

from openevent.catalogue.event_tables import EVENT_TABLES, TABLES
from openevent.catalogue.table import EventTable


def _needed(table: EventTable) -> set[str]:
    if table.owner is None:
        return set()
    references = {reference.table for reference in table.references.values()}
    return {table.owner[1], *references, *table.names.values()}


def _insertion_order() -> tuple[EventTable, ...]:
    """Return all tables, each after those that its rows belong or refer to.

    The event comes first; references of its own are filled in at the end.
    """
    needed = {table.name: _needed(table) - {table.name} for table in EVENT_TABLES}
    return tuple(TABLES[name] for name in TopologicalSorter(needed).static_order())


INSERTION_ORDER = _insertion_order()
