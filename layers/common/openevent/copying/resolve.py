"""From the catalogue and the tables that a database has today to a plan for a copy. Pure.

Columns are copied by exclusion: a column that the catalogue does not name is copied unchanged,
unless its foreign key says that it refers to a row of the original event.
"""

from collections.abc import Collection, Mapping

from openevent.catalogue.event_tables import (
    DELETED_AT,
    EVENT_TABLES,
    IS_DELETED,
    KNOWN_TABLES,
    RESET_EVERYWHERE,
    TABLES,
    tables_of_events,
)
from openevent.catalogue.order import INSERTION_ORDER
from openevent.catalogue.shape import Column, LiveTable, Shape
from openevent.catalogue.table import EVENTS, EventTable, Missing
from openevent.copying.plan import (
    RENAMED_CHARACTERS,
    CopyPlan,
    Given,
    Kept,
    Mapped,
    Moved,
    Readdressed,
    Remark,
    Renamed,
    Renumbered,
    TablePlan,
    Treatment,
)

EXCLUDABLE = tuple(
    table.name for table in EVENT_TABLES if table.included_with is None and table.owner is not None
)
"""Tables that a caller can exclude, together with all tables that belong to them."""

INCLUDABLE = tuple(
    dict.fromkeys(table.included_with for table in EVENT_TABLES if table.included_with is not None)
)
"""What a caller can include in a copy."""


def resolve(
    shape: Shape, *, include: Collection[str] = (), exclude: Collection[str] = ()
) -> CopyPlan:
    """Return the plan for a database of this `shape`.

    `include`: chosen from `INCLUDABLE`; `exclude`: chosen from `EXCLUDABLE`.
    """
    shape = {name: live.settable() for name, live in shape.items()}
    remarks = [
        Remark("table-unknown", name, lost=True)
        for name, live in shape.items()
        if name not in KNOWN_TABLES and _leads_to_an_event(live)
    ]
    of_events = tables_of_events(_references(shape), KNOWN_TABLES)
    tables: dict[str, TablePlan] = {}
    for table in INSERTION_ORDER:
        wanted = table.included_with is None or table.included_with in include
        if not wanted or table.name in exclude or not _has_its_owners(table, tables):
            continue
        if table.name not in shape:
            remarks.append(Remark("table-missing", table.name))
            continue
        resolver = _TableResolver(table, shape[table.name], tables.keys(), of_events)
        table_plan = resolver.plan()
        remarks += resolver.remarks
        if table_plan is not None:
            tables[table.name] = table_plan
    return CopyPlan(tuple(tables.values()), tuple(remarks))


def _references(shape: Shape) -> dict[str, set[str]]:
    return {
        name: {column.refers_to for column in live.columns.values() if column.refers_to is not None}
        for name, live in shape.items()
    }


def _leads_to_an_event(live: LiveTable) -> bool:
    return "event_id" in live.columns or any(
        column.refers_to in TABLES for column in live.columns.values()
    )


def _has_its_owners(table: EventTable, copied: Collection[str]) -> bool:
    """Return whether the rows of `table` can be copied if those of `copied` are."""
    needed = {
        reference.table
        for reference in table.references.values()
        if reference.missing is Missing.SKIP_ROW
    }
    if table.owner is not None:
        needed.add(table.owner[1])
    return needed <= set(copied)


class _TableResolver:
    """Decides what each column of one table gets, and remarks on what the catalogue lacks."""

    def __init__(
        self,
        table: EventTable,
        live: LiveTable,
        copied: Collection[str],
        of_events: Collection[str],
    ) -> None:
        """`copied`: the tables copied before it; `of_events`: all tables that belong to events."""
        self.table = table
        self.live = live
        self.copied = {*copied, table.name}
        self.of_events = of_events
        self.remarks: list[Remark] = []

    def plan(self) -> TablePlan | None:
        """Return how the table is copied; None, and a remark, if it cannot be."""
        table, columns = self.table, self.live.columns
        self._remark_on_missing_columns()
        if table.owner is not None and table.owner[0] not in columns:
            return None
        treatments = {name: self._treatment(name, column) for name, column in columns.items()}
        stuck = [name for name, treatment in treatments.items() if treatment is None]
        if stuck:
            self._remark("column-not-copyable", stuck[0], lost=True)
            return None
        known = {name: treatment for name, treatment in treatments.items() if treatment is not None}
        for name in sorted(self._forbidden_to_repeat(known)):
            if columns[name].may_be_omitted:
                del known[name]
            elif columns[name].characters >= RENAMED_CHARACTERS:
                known[name] = Renamed(f"{table.name}.{name}")
            else:
                self._remark("column-not-copyable", name, lost=True)
                return None
            self._remark("column-unique", name, lost=True)
        return TablePlan(
            table.name,
            table.owner,
            known,
            media=tuple(name for name in table.media if name in columns),
            dates=tuple(name for name in table.dates if name in columns),
            deleted=tuple(name for name in (DELETED_AT, IS_DELETED) if name in columns),
        )

    def _treatment(self, name: str, column: Column) -> Treatment | None:  # noqa: PLR0911 (a table)
        table = self.table
        if name == "id":
            return Renumbered()
        if table.owner is not None and name == table.owner[0]:
            return Mapped(table.owner[1], Missing.SKIP_ROW)
        if name in table.reset:
            return Given(table.reset[name])
        if name in RESET_EVERYWHERE:
            return Given(RESET_EVERYWHERE[name])
        if name in table.references:
            reference = table.references[name]
            return self._mapped(reference.table, reference.missing)
        if name in table.names:
            gone = table.names[name] not in self.copied and column.nullable
            return Given(None) if gone else Renamed(table.names[name])
        if name in table.dates:
            return Moved()
        if name in table.addresses:
            return Readdressed()
        if column.refers_to is not None and column.refers_to in self.of_events:
            return self._unforeseen_reference(name, column, column.refers_to)
        return Kept()

    def _unforeseen_reference(self, name: str, column: Column, target: str) -> Treatment | None:
        """Return what a column gets that the catalogue does not name, and that may lead back."""
        self._remark("reference-unknown", name, lost=target not in TABLES)
        if target == EVENTS:
            return self._mapped(target, Missing.KEEP_OTHERS)
        if column.nullable:
            return self._mapped(target, Missing.NULL) if target in TABLES else Given(None)
        return Mapped(target, Missing.SKIP_ROW) if target in self.copied else None

    def _mapped(self, target: str, missing: Missing) -> Mapped:
        return Mapped(target, missing, later=target not in self.copied)

    def _forbidden_to_repeat(self, treatments: Mapping[str, Treatment]) -> set[str]:
        """Return the columns of which a unique constraint forbids to repeat the value."""
        return {
            name
            for constraint in self.live.unique
            if all(isinstance(treatments.get(name), _REPEATING) for name in constraint)
            for name in constraint
            if isinstance(treatments[name], Kept)
        }

    def _remark_on_missing_columns(self) -> None:
        table = self.table
        named = [
            *([table.owner[0]] if table.owner else []),
            *table.references,
            *table.names,
            *table.reset,
            *table.media,
            *table.dates,
            *table.addresses,
        ]
        for name in named:
            if name not in self.live.columns:
                is_owner = table.owner is not None and name == table.owner[0]
                self._remark("column-missing", name, lost=is_owner)

    def _remark(self, code: str, column: str, *, lost: bool = False) -> None:
        self.remarks.append(Remark(code, self.table.name, column, lost))


_REPEATING = (Kept, Moved, Readdressed)
