"""How an archive's rows become rows of one live database: what each column gets. Pure.

The catalogue says what an archive may set, the shape of the database what there is. A column that
neither names is set from the archive.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from openevent.catalogue.event_tables import RESET_EVERYWHERE, TABLES
from openevent.catalogue.order import INSERTION_ORDER
from openevent.catalogue.settable import (
    DEFAULTS,
    REQUIRED,
    Default,
    Never,
    media_kind,
    never_sets,
)
from openevent.catalogue.shape import Column, ColumnType, LiveTable, Shape
from openevent.catalogue.table import EVENTS, TEAM, Constant, EventTable, Fresh, MediaKind, Missing


@dataclass(frozen=True, slots=True)
class Taken:
    """The archive's value; `default` where it has none.

    `has_default`: whether there is a default, which may be the database's own.
    """

    default: Default = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Numbered:
    """The row's new id."""


@dataclass(frozen=True, slots=True)
class OfEvent:
    """The new event's id."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The new id of the row of `table` that the archive's value refers to.

    `later`: null when the row is inserted, and filled in after `table` is inserted. `is_parent`:
    without that row there is no row.
    """

    table: str
    is_parent: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A value that does not depend on the archive."""

    value: Constant | Fresh


@dataclass(frozen=True, slots=True)
class Importer:
    """The importer's id."""


Treatment = Taken | Numbered | OfEvent | Mapped | Given | Importer


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How rows of one table are made: what each column gets, in the table's order.

    A column that is not in `columns` gets its default. `never`: columns that the archive does not
    set, and why. `required`: columns without which a row is skipped. `filled`: columns that get a
    default where the archive has nothing, and whether a person should know. `needed`: columns of
    which the database wants no null. `media`: columns of text with media files. `renamed`: columns
    whose texts get other texts, by what they name. `readdressed`: columns with addresses of the
    event's own pages. `integers`: the bits of columns of integers. `lists`: columns that refer to
    lists of the installation, such as the kinds of events.
    """

    table: str
    file: str
    columns: Mapping[str, Treatment]
    never: Mapping[str, Never]
    required: tuple[str, ...]
    filled: Mapping[str, bool]
    needed: frozenset[str]
    media: Mapping[str, MediaKind]
    renamed: Mapping[str, str]
    readdressed: tuple[str, ...]
    integers: Mapping[str, int]
    lists: Mapping[str, str]

    @property
    def has_id(self) -> bool:
        """Whether its rows have ids, by which others can refer to them."""
        return Numbered() in self.columns.values()

    @property
    def taken(self) -> frozenset[str]:
        """The columns that get the archive's values."""
        return frozenset(
            name for name, treatment in self.columns.items() if isinstance(treatment, Taken)
        )

    @property
    def references(self) -> Iterator[tuple[str, Mapped]]:
        """The columns that get another row's new id."""
        return (
            (name, treatment)
            for name, treatment in self.columns.items()
            if isinstance(treatment, Mapped)
        )


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The tables of rows, in the order in which they are inserted; the first is `events`.

    `impossible`: tables whose rows this database cannot hold, and the column or table because of
    which it cannot.
    """

    tables: Mapping[str, TablePlan]
    impossible: Mapping[str, str]


# Values of columns that need one, of which the catalogue knows nothing.
_BLANKS: Mapping[ColumnType, Constant] = {
    ColumnType.BOOLEAN: False,
    ColumnType.INTEGER: 0,
    ColumnType.NUMBER: 0,
    ColumnType.TEXT: "",
}


def resolve(shape: Shape) -> ImportPlan:
    """Return the plan for a database of this `shape`."""
    live = {name: table.settable() for name, table in shape.items()}
    plans: dict[str, TablePlan] = {}
    impossible: dict[str, str] = {}
    for table in INSERTION_ORDER:
        if table.name == TEAM:
            continue
        lacking = _lacking(table, live, plans)
        if lacking is None:
            plans[table.name] = _table_plan(table, live[table.name], {*plans, table.name})
        else:
            impossible[table.name] = lacking
    return ImportPlan(plans, impossible)


def _lacking(table: EventTable, live: Shape, known: Collection[str]) -> str | None:
    """Return what is missing without which no row of `table` can be made."""
    if table.name not in live:
        return table.name
    if table.owner is not None and table.owner[0] not in live[table.name].columns:
        return f"{table.name}.{table.owner[0]}"
    return next((name for name in _parents(table).values() if name not in {*known, EVENTS}), None)


def _parents(table: EventTable) -> dict[str, str]:
    parents = {
        name: reference.table
        for name, reference in table.references.items()
        if reference.missing is Missing.SKIP_ROW
    }
    if table.owner is not None and table.owner[1] != EVENTS:
        parents[table.owner[0]] = table.owner[1]
    return parents


def _table_plan(table: EventTable, live: LiveTable, known: Collection[str]) -> TablePlan:
    never = {
        name: reason
        for name, column in live.columns.items()
        if (reason := never_sets(table.name, name, column)) is not None
    }
    columns: dict[str, Treatment] = {}
    for name, column in live.columns.items():
        treatment = (
            _given(table, name, column, never[name])
            if name in never
            else _treatment(table, name, column, known)
        )
        if treatment is not None:
            columns[name] = treatment
    taken = {name: column for name, column in columns.items() if isinstance(column, Taken)}
    needed = [name for name in taken if not live.columns[name].may_be_omitted]
    return TablePlan(
        table.name,
        table.file.name,
        columns,
        never,
        required=tuple(
            name
            for name in taken
            if name in REQUIRED.get(table.name, ())
            or (name in needed and not taken[name].has_default)
        ),
        filled={
            name: bool(default) or name not in DEFAULTS.get(table.name, {})
            for name in taken
            if (default := taken[name].default) is not None
        },
        needed=frozenset(name for name in taken if not live.columns[name].nullable),
        media={
            name: media_kind(table.name, name)
            for name in table.media
            if name in taken and live.columns[name].type is ColumnType.TEXT
        },
        renamed={name: kind for name, kind in table.names.items() if name in taken},
        readdressed=tuple(name for name in table.addresses if name in taken),
        integers={name: live.columns[name].bits for name in taken if live.columns[name].bits},
        lists={
            name: target
            for name in taken
            if name not in never and (target := live.columns[name].refers_to) is not None
        },
    )


def _treatment(table: EventTable, name: str, column: Column, known: Collection[str]) -> Treatment:
    """Return what a column gets that the archive may set."""
    if table.owner == (name, EVENTS):
        return OfEvent()
    target = table.references[name].table if name in table.references else column.refers_to
    target = _parents(table).get(name, target)
    if target == EVENTS:
        return OfEvent()
    if target is not None and target in TABLES:
        is_parent = name in _parents(table) or not column.may_be_omitted
        return Mapped(target, is_parent=is_parent, later=target not in known)
    if name in DEFAULTS.get(table.name, {}):
        return Taken(DEFAULTS[table.name][name], has_default=True)
    if column.may_be_omitted or name in REQUIRED.get(table.name, ()):
        return Taken(has_default=column.has_default)
    return _blank(column)


def _blank(column: Column) -> Taken:
    """Return what a column gets that needs a value, of which the catalogue knows nothing."""
    blank = None if column.refers_to is not None else _BLANKS.get(column.type)
    return Taken(blank, has_default=blank is not None)


def _given(table: EventTable, name: str, column: Column, reason: Never) -> Treatment | None:
    """Return what a column gets that the archive never sets; None for its default."""
    if reason is Never.ID:
        return Numbered()
    if reason is Never.GROUP and table.name == EVENTS:
        return Taken()  # if the importer may use the group
    reset = {**RESET_EVERYWHERE, **table.reset}.get(name)
    if reset is not None:
        return Given(reset)
    if column.may_be_omitted:
        return None
    if column.refers_to == "users":
        return Importer()
    return Given(_BLANKS.get(column.type))
