"""The database of Open Event's facts, in the shape that the plan wants to know it."""

import re
from collections.abc import Mapping

from local import schema
from openevent.catalogue.shape import Column, LiveTable

FOREIGN_KEY = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(id\)")


def shape() -> dict[str, LiveTable]:
    """All tables, all columns, all keys; a new object each time, to change as one likes."""
    columns: dict[str, dict[str, Column]] = {}
    unique: dict[str, list[frozenset[str]]] = {}
    references = {(table, column): target for table, column, target in foreign_keys()}
    for column in schema.columns():
        refers_to = references.get((column.table, column.name))
        columns.setdefault(column.table, {})[column.name] = Column(column.nullable, refers_to)
    for key in schema.constraints():
        if key.kind != "foreign key":
            names = key.definition.partition("(")[2].rstrip(")").split(", ")
            unique.setdefault(key.table, []).append(frozenset(names))
    return {
        table: LiveTable(found, tuple(unique.get(table, []))) for table, found in columns.items()
    }


def foreign_keys() -> list[tuple[str, str, str]]:
    """(table, column, table it leads to) of every foreign key."""
    found = []
    for key in schema.constraints():
        if key.kind == "foreign key":
            match = FOREIGN_KEY.match(key.definition)
            assert match, key.definition
            found.append((key.table, match[1], match[2]))
    return found


def references(shape: Mapping[str, LiveTable]) -> dict[str, set[str]]:
    """For each table the tables that its foreign keys refer to."""
    return {
        name: {column.refers_to for column in live.columns.values() if column.refers_to}
        for name, live in shape.items()
    }
