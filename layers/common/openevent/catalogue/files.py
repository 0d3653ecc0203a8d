"""What an archive holds: every table that belongs to an event is named here, with its place. Pure.

The nine files of the wire contract come first, then one file each for what they leave out, then the
tables that no archive holds, with the reason. A table that is on neither list is left out of the
archive and named in its manifest, since nobody has said yet whether it holds people's secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openevent.catalogue.event_tables import CONTRACT_TABLES, FURTHER_TABLES, KEPT_BACK, TABLES
from openevent.catalogue.table import EVENTS, EventTable, MediaKind, Missing

FORMAT_VERSION = 1

FONT_COLOR = "font_color"


class Dialect(StrEnum):
    """Whose keys an archive has: the wire contract's, or those of the generators of web apps."""

    SERVER = "server"
    WEBAPP = "webapp"


@dataclass(frozen=True, slots=True)
class MediaField:
    """A column that holds the address of a medium.

    `path` is where the medium lies in the archive, without its extension; `{name}` and `{id}` stand
    for those of the row. `keys` hold `prefix` and that path; by default that is the column's own.
    A medium with another extension than one of `extensions`, if any, is left out. A field whose
    medium is left out keeps its address, or is null.
    """

    column: str
    medium: MediaKind
    path: str
    keys: tuple[str, ...] = ()
    prefix: str = "/"
    extensions: frozenset[str] = frozenset()
    keeps_address: bool = True


@dataclass(frozen=True, slots=True)
class Parent:
    """A row belongs to the event when the row that its `column` refers to does."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A JSON file of the archive and the table behind it.

    `first` are the keys that lead each row, in this order; the table's other columns follow, sorted
    by name. Where the table has a column `font_color_of`, and no `font_color`, that is one more
    key, computed from it. Rows are those with the event's id in `event_column`, where there is one,
    and whose `parents`, if any, all belong to the event. Soft-deleted rows, and rows of
    soft-deleted parents, stay out.
    """

    name: str
    table: str
    first: tuple[str, ...] = ("id",)
    event_column: str | None = "event_id"
    parents: tuple[Parent, ...] = ()
    media: tuple[MediaField, ...] = ()
    single: bool = False
    font_color_of: str | None = None

    def computes_font_color(self, columns: frozenset[str]) -> bool:
        """Whether rows have a computed `font_color`, given the table's columns."""
        return self.font_color_of in columns and FONT_COLOR not in columns


_TEAM = "users_events_roles"


def _data_file(table: EventTable) -> DataFile:
    parents = [
        Parent(column, reference.table)
        for column, reference in table.references.items()
        if reference.missing is Missing.SKIP_ROW
    ]
    event_column: str | None = "id" if table.owner is None else "event_id"
    if table.owner is not None and table.owner[1] != EVENTS:
        event_column = None
        parents.insert(0, Parent(*table.owner))
    return DataFile(
        table.file.name,
        table.name,
        table.file.leading,
        event_column=event_column,
        parents=tuple(parents),
        media=tuple(
            MediaField(column, archived.kind, archived.path)
            for column, archived in table.media.items()
            if archived is not None
        ),
        single=table.owner is None,
        font_color_of=table.file.font_color_of,
    )


# The wire contract's, but for `meta`, which has no table.
CONTRACT_FILES = tuple(map(_data_file, CONTRACT_TABLES))

FURTHER_FILES = tuple(_data_file(table) for table in FURTHER_TABLES if table.name != _TEAM)

FILES = (*CONTRACT_FILES, *FURTHER_FILES)

FILE_OF_TABLE: Mapping[str, DataFile] = {file.table: file for file in FILES}

# The team: `users_events_roles` with its ids resolved, as ids of users and roles say nothing
# outside.
TEAM = _data_file(TABLES[_TEAM])

# It has no table.
META = DataFile("meta", "", ("root_url",), single=True)

MANIFEST_FILE = "manifest.json"

# Tables of an event that no archive holds, and why.
SKIPPED_TABLES: Mapping[str, str] = {table.name: table.from_archives for table in KEPT_BACK}


def key_order(file: DataFile, columns: frozenset[str]) -> tuple[str, ...]:
    """The keys of a row of `file`, whose table has `columns` today, in the contract's order.

    Keys whose column is missing are left out.
    """
    keys = columns | {FONT_COLOR} if file.computes_font_color(columns) else columns
    leading = tuple(key for key in file.first if key in keys)
    return (*leading, *sorted(keys - set(leading)))


def missing_columns(file: DataFile, columns: frozenset[str]) -> tuple[str, ...]:
    """The keys that are named for `file` and that its rows lack, for want of a column."""
    return tuple(key for key in file.first if key not in key_order(file, columns))
