"""Plans of an archive's data files, resolved before any row is read. Pure.

The catalogue declares what a file may hold; the shape of the database says what there is; privacy
and the request say what of it goes into the archive. `resolve_file` decides between them once for
each file. `queries` makes statements of the plan, and `findings` writes down what it lacks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from openevent.catalogue.event_tables import (
    DELETED_AT,
    IS_DELETED,
    KNOWN_TABLES,
    tables_of_events,
)
from openevent.catalogue.files import (
    FILE_OF_TABLE,
    FONT_COLOR,
    TEAM,
    DataFile,
    MediaField,
    Purpose,
    imported_objects,
    key_order,
    missing_columns,
)
from openevent.catalogue.privacy import Privacy, row_rule, withheld_columns, withheld_table
from openevent.catalogue.shape import Column, Shape
from openevent.catalogue.table import Kind, Linked, Only
from openevent.export.options import Options


@dataclass(frozen=True, slots=True)
class IsNull:
    """Holds for rows with null in `column`."""

    column: str


@dataclass(frozen=True, slots=True)
class IsNotTrue:
    """Holds for rows with false or null in `column`."""

    column: str


@dataclass(frozen=True, slots=True)
class IsOfEvent:
    """Holds for rows with the event's id in `column`."""

    column: str


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Holds for rows that refer by `column` to one of `rows`."""

    column: str
    rows: "RowRule"


@dataclass(frozen=True, slots=True)
class IsLinked:
    """Holds for rows that the table `through` links by `own` and `other` to one of `rows`."""

    through: str
    own: str
    other: str
    rows: "RowRule"


Condition = IsNull | IsNotTrue | IsOfEvent | RefersTo | IsLinked | Only


@dataclass(frozen=True, slots=True)
class RowRule:
    """The rows of `table` that an archive holds: those for which all conditions hold."""

    table: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ReadableMoment:
    """A check: the value is a date that programs can write and read."""


@dataclass(frozen=True, slots=True)
class HeldReference:
    """A check: the value refers to one of `rows`; None if the archive holds none of that table."""

    rows: RowRule | None


# What a value must be unless it is null. One that is not is set to null where its column allows it.
Check = ReadableMoment | HeldReference


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A plan of one data file.

    `found`: whether the database has its table.
    `keys`: the keys of each row, in their order. `missing`: keys for which there is no column.
    `withheld`: columns whose values privacy keeps back, and why. `withheld_rows`: why privacy keeps
    back all rows, if it does.
    `rows`: the rows that it holds; None if there are none, or if that cannot be decided.
    `media`: the fields whose media files are requested.
    `font_color_of`: the column from which the key `font_color` is computed, if it is.
    `objects`: by key the column with the id that its object has, or null.
    `checks`: by column, what its values must be; `required`: those of them that cannot be null.
    """

    file: DataFile
    found: bool
    keys: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    withheld: Mapping[str, Kind] = field(default_factory=dict)
    withheld_rows: Kind | None = None
    rows: RowRule | None = None
    media: tuple[MediaField, ...] = ()
    font_color_of: str | None = None
    objects: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The keys whose value is not the column's: paths of media files, a computed colour."""
        open_ = {field.column for field in self.media}
        if self.font_color_of is not None:
            open_.add(FONT_COLOR)
        return tuple(key for key in self.keys if key in open_)

    @property
    def has_holes(self) -> bool:
        """Whether rows may have holes, or media files may be requested."""
        return bool(self.media or self.open_keys)


def resolve_file(
    file: DataFile, shape: Shape, options: Options, columns: Sequence[str] | None = None
) -> FilePlan:
    """Decide what `file` holds of a database of this `shape`.

    `columns` are those that the file's dialect reads, in this order; None for all that there are.
    """
    table = shape.get(file.table)
    withheld_rows = withheld_table(options.privacy, file.table)
    if file is TEAM:  # addresses and roles of other tables, not its columns
        return FilePlan(file, found=True, keys=file.first, withheld_rows=withheld_rows)
    if table is None:
        return FilePlan(file, found=False, withheld_rows=withheld_rows)
    live = table.columns
    names = frozenset(live)
    withheld = withheld_columns(
        options.privacy,
        file.table,
        {
            name: column.carries_text
            for name, column in live.items()
            if columns is None or name in columns
        },
    )
    checks = _checks(file, shape, options.privacy, withheld)
    return FilePlan(
        file,
        found=True,
        keys=(
            key_order(file, names, options.purpose)
            if columns is None
            else tuple(name for name in columns if name in names and name not in withheld)
        ),
        missing=(
            missing_columns(file, names)
            if columns is None
            else tuple(name for name in columns if name not in names)
        ),
        withheld=withheld,
        withheld_rows=withheld_rows,
        rows=held_rows(file, shape, options.privacy),
        media=tuple(field for field in file.media if options.wants(field.kind)),
        font_color_of=file.font_color_of if file.computes_font_color(names) else None,
        objects=imported_objects(file, names) if options.purpose is Purpose.IMPORT else {},
        checks=checks,
        required=frozenset(name for name in checks if not live[name].nullable),
    )


def held_rows(file: DataFile, shape: Shape, privacy: Privacy) -> RowRule | None:
    """Decide which rows of the table of `file` an archive holds.

    They belong to the event, are not deleted, and privacy shows them. None if no row does, or if a
    table or a column that decides it is missing.
    """
    live = _columns(shape, file.table)
    if not live or withheld_table(privacy, file.table) is not None:
        return None
    conditions: list[Condition | None] = []
    if DELETED_AT in live:
        conditions.append(IsNull(DELETED_AT))
    if IS_DELETED in live:
        conditions.append(IsNotTrue(IS_DELETED))
    if (rule := row_rule(privacy, file.table)) is not None:
        conditions.append(_shown(rule, live, shape, privacy))
    if file.event_column is not None:
        conditions.append(IsOfEvent(file.event_column) if file.event_column in live else None)
    for parent in file.parents:
        held = _referable_rows(parent.table, shape, privacy) if parent.column in live else None
        conditions.append(None if held is None else RefersTo(parent.column, held))
    known = tuple(condition for condition in conditions if condition is not None)
    return RowRule(file.table, known) if len(known) == len(conditions) else None


def unknown_tables(shape: Shape) -> list[str]:
    """Return the tables of events that the catalogue does not know."""
    references = {
        name: {column.refers_to for column in live.columns.values() if column.refers_to is not None}
        for name, live in shape.items()
    }
    direct = [name for name, live in shape.items() if "event_id" in live.columns]
    of_events = tables_of_events(references, direct)
    return sorted(of_events - KNOWN_TABLES)


def _columns(shape: Shape, table: str) -> Mapping[str, Column]:
    return shape[table].columns if table in shape else {}


def _shown(
    rule: Only | Linked, live: Mapping[str, Column], shape: Shape, privacy: Privacy
) -> Condition | None:
    if isinstance(rule, Only):
        return rule if rule.column in live else None
    links = _columns(shape, rule.through)
    held = _referable_rows(rule.table, shape, privacy)
    if held is None or "id" not in live or not {rule.own, rule.other} <= links.keys():
        return None
    return IsLinked(rule.through, rule.own, rule.other, held)


def _referable_rows(table: str, shape: Shape, privacy: Privacy) -> RowRule | None:
    """Return the rows of `table` that the archive holds and that have an id to refer to."""
    if "id" not in _columns(shape, table):
        return None
    return held_rows(FILE_OF_TABLE[table], shape, privacy)


def _checks(
    file: DataFile, shape: Shape, privacy: Privacy, withheld: Collection[str]
) -> dict[str, Check]:
    """Return by column what its values must be, for tables whose rows have an id to be named by."""
    live = _columns(shape, file.table)
    decided = {*withheld, file.event_column, *(parent.column for parent in file.parents)}
    checks: dict[str, Check] = {}
    if "id" not in live:
        return checks
    for name, column in live.items():
        if name in decided:
            continue
        if column.is_moment:
            checks[name] = ReadableMoment()
        elif column.refers_to is not None and column.refers_to in FILE_OF_TABLE:
            checks[name] = HeldReference(_referable_rows(column.refers_to, shape, privacy))
    return checks
