"""The database schema of Open Event Server 1.19, as data.

`columns.tsv` and `constraints.tsv` were read from the catalog of a running server. Both have a
header line and one line per column or constraint, with fields separated by tabs.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

UNDECLARED_REFERENCES = {
    ("sessions_speakers_links", "event_id"): "events",
    ("sessions_speakers_links", "session_id"): "sessions",
    ("sessions_speakers_links", "speaker_id"): "speaker",
    ("virtual_check_in", "ticket_holder_id"): "ticket_holders",
}
"""References without a foreign key: (table, column) → referenced table."""

_FOREIGN_KEY = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(id\)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: type and default in PostgreSQL's syntax, `""` for no default."""

    table: str
    name: str
    type: str
    nullable: bool
    default: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint.

    `kind` is `primary key`, `foreign key` or `unique`. `definition` is the SQL after the name.
    """

    table: str
    kind: str
    name: str
    definition: str


@cache
def columns() -> tuple[Column, ...]:
    """Return all columns, sorted by table, in the order of each table."""
    return tuple(
        Column(row["table"], row["column"], row["type"], row["nullable"] == "YES", row["default"])
        for row in _rows("columns.tsv")
    )


@cache
def constraints() -> tuple[Constraint, ...]:
    """Return all primary keys, foreign keys and unique constraints."""
    return tuple(
        Constraint(row["table"], row["kind"], row["name"], row["definition"])
        for row in _rows("constraints.tsv")
    )


@cache
def references() -> dict[tuple[str, str], str]:
    """Return all references, declared or not: (table, column) → referenced table."""
    declared = {
        (key.table, column): parent
        for key in constraints()
        if key.kind == "foreign key"
        for column, parent in _FOREIGN_KEY.findall(key.definition)
    }
    return declared | UNDECLARED_REFERENCES


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / file).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
