"""Who may read an archive, and what is kept from them: a class for every column. Pure.

`full` holds everything that `contents` puts into an archive. `team` is for the people who make the
event, and holds no payment and bank details. `public` is for anyone: only what is published with
the event anyway, so neither ways to reach people nor their submissions, notes, rights or secrets.

What nobody has classified yet is withheld from both: a column that carries text and stands on
neither list here, such as one of a later version of Open Event. Numbers, dates and flags say little
of people; those that do are on the list of what is withheld. Text that was written to be published
(a biography, a description) is not searched for addresses that its author put there.
"""

from collections.abc import Mapping
from enum import StrEnum

from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.table import Kind, Linked, Only


class Privacy(StrEnum):
    """Who an archive is for."""

    FULL = "full"
    TEAM = "team"
    PUBLIC = "public"


_WITHHELD: Mapping[Privacy, frozenset[Kind]] = {
    Privacy.FULL: frozenset(),
    Privacy.TEAM: frozenset({Kind.PAYMENT, Kind.UNCLASSIFIED}),
    Privacy.PUBLIC: frozenset(Kind),
}


def withheld_columns(privacy: Privacy, table: str, columns: Mapping[str, bool]) -> dict[str, Kind]:
    """Which of the table's `columns` are withheld, and why.

    `columns` says of each whether it carries text.
    """
    kinds = {column: kind_of(table, column, text=text) for column, text in columns.items()}
    withheld = _WITHHELD[privacy]
    return {column: kind for column, kind in kinds.items() if kind in withheld}


def kind_of(table: str, column: str, *, text: bool) -> Kind | None:
    """Why a column is withheld from some readers; None if anyone may read it."""
    known = TABLES.get(table)
    if known is None:
        return Kind.UNCLASSIFIED if text else None
    return known.kind_of(column, text=text)


def withheld_table(privacy: Privacy, table: str) -> Kind | None:
    """Why no row of the table is held; None when rows are."""
    return TABLES[table].never_public if privacy is Privacy.PUBLIC else None


def row_rule(privacy: Privacy, table: str) -> Only | Linked | None:
    """Which of the table's rows are held; None for all."""
    return TABLES[table].public_rows if privacy is Privacy.PUBLIC else None
