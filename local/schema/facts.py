"""What the database of Open Event Server 1.19 looks like, as data.

`columns.tsv` and `constraints.tsv` were read from the catalog of a running server. Both have a
header line and one line for each column or constraint, fields parted by tabs.
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
"""Columns that hold ids of rows though no foreign key says so: (table, column) → table."""

_FOREIGN_KEY = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(id\)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table: its type and default in Postgres' own words, `""` for no default."""

    table: str
    name: str
    type: str
    nullable: bool
    default: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of one table.

    `kind` is `primary key`, `foreign key` or `unique`; `definition` what follows the name in SQL.
    """

    table: str
    kind: str
    name: str
    definition: str


@cache
def columns() -> tuple[Column, ...]:
    """Every column of every table: tables by name, columns in the order of their table."""
    return tuple(
        Column(row["table"], row["column"], row["type"], row["nullable"] == "YES", row["default"])
        for row in _rows("columns.tsv")
    )


@cache
def constraints() -> tuple[Constraint, ...]:
    """Every primary key, foreign key and unique constraint."""
    return tuple(
        Constraint(row["table"], row["kind"], row["name"], row["definition"])
        for row in _rows("constraints.tsv")
    )


@cache
def references() -> dict[tuple[str, str], str]:
    """Which table's ids a column holds: (table, column) → table."""
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
