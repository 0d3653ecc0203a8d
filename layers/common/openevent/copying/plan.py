"""How the tables of one database are copied: what each column of a copy gets. Pure.

`copying.resolve` makes a plan, `copying.statements` turns it into SQL.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openevent.catalogue.event_tables import DELETED_AT
from openevent.catalogue.table import Constant, Fresh, Missing

# What a copy's column gets.


@dataclass(frozen=True, slots=True)
class Kept:
    """The original's value."""


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The row's new id."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The new id of the row that the original's value refers to.

    `later`: null when the row is inserted, and filled in after `table` is copied.
    """

    table: str
    missing: Missing
    later: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A value that does not depend on the original's."""

    value: Constant | Fresh


@dataclass(frozen=True, slots=True)
class Renamed:
    """A new text; equal texts in all columns of the same `kind` get the same one."""

    kind: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The original's date, moved as far as the event's start."""


@dataclass(frozen=True, slots=True)
class Readdressed:
    """The original's text, with the new event's identifier in place of the original's."""


# Characters of the text that `Renamed` makes, a UUID.
RENAMED_CHARACTERS = 36

Treatment = Kept | Renumbered | Mapped | Given | Renamed | Moved | Readdressed


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How one table of a live database is copied: what each column gets, in the table's order.

    A column that is not in `columns` gets its default.
    """

    table: str
    owner: tuple[str, str] | None
    columns: Mapping[str, Treatment]
    media: tuple[str, ...]
    dates: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def has_id(self) -> bool:
        """Whether its rows have an id, by which others can refer to them."""
        return Renumbered() in self.columns.values()

    @property
    def references(self) -> Iterator[tuple[str, Mapped]]:
        """The columns that get another row's new id."""
        return (
            (name, treatment)
            for name, treatment in self.columns.items()
            if isinstance(treatment, Mapped)
        )

    @property
    def reset(self) -> Iterator[str]:
        """The columns that do not keep their value, as `table.column`."""
        return (
            f"{self.table}.{name}"
            for name, treatment in self.columns.items()
            if isinstance(treatment, Given) and name != DELETED_AT
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """A difference between the catalogue and this database.

    `lost`: a part of the event may be missing in the copy, so the answer warns of it.
    """

    code: str
    table: str
    column: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """The tables to copy, in the order in which they are inserted, and remarks on them."""

    tables: tuple[TablePlan, ...]
    remarks: tuple[Remark, ...]
