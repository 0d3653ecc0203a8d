"""What the database of Open Event Server 1.19 looks like, as data.

`columns.tsv` and `constraints.tsv` were read from the catalog of a running server. Both have a
header line and one line for each column or constraint, fields parted by tabs.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / file).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
