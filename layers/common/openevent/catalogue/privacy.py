"""Privacy levels of archives, and what each of them withholds. Pure.

`full` holds everything that the catalogue puts into an archive. `team` is for the people who make
the event, and holds no payment and bank details. `public` is for anyone: only what is published
with the event anyway, so neither ways to reach people nor their submissions, notes, rights or
secrets.

A column of text that the catalogue does not classify, such as one of a later version of Open Event,
is withheld from both. Numbers, dates and flags say little about people; those that do are listed as
withheld. Text that was written to be published (a biography, a description) is not searched for
addresses in it.
"""

from collections.abc import Mapping
from enum import StrEnum

from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.table import Kind, Linked, Only


class Privacy(StrEnum):
    """Levels of privacy, by the readers of an archive."""

    FULL = "full"
    TEAM = "team"
    PUBLIC = "public"


_WITHHELD: Mapping[Privacy, frozenset[Kind]] = {
    Privacy.FULL: frozenset(),
    Privacy.TEAM: frozenset({Kind.PAYMENT, Kind.UNCLASSIFIED}),
    Privacy.PUBLIC: frozenset(Kind),
}


def withheld_columns(privacy: Privacy, table: str, columns: Mapping[str, bool]) -> dict[str, Kind]:
    """Return the withheld ones of the table's `columns`, and why.

    `columns`: for each whether it can carry text.
    """
    kinds = {column: kind_of(table, column, text=text) for column, text in columns.items()}
    withheld = _WITHHELD[privacy]
    return {column: kind for column, kind in kinds.items() if kind in withheld}


def kind_of(table: str, column: str, *, text: bool) -> Kind | None:
    """Return why a column is withheld from some readers; None if anyone may read it."""
    known = TABLES.get(table)
    if known is None:
        return Kind.UNCLASSIFIED if text else None
    return known.kind_of(column, text=text)


def withheld_table(privacy: Privacy, table: str) -> Kind | None:
    """Return why no row of the table is held; None if rows are."""
    return TABLES[table].never_public if privacy is Privacy.PUBLIC else None


def row_rule(privacy: Privacy, table: str) -> Only | Linked | None:
    """Return the rule for the table's rows that are held; None for all."""
    return TABLES[table].public_rows if privacy is Privacy.PUBLIC else None
