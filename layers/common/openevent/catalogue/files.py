"""Files of an archive, derived from the tables of an event. Pure.

The nine files of the wire contract come first, then one file each for the other tables. A table of
events that the catalogue does not know is skipped and named in the manifest, because it may hold
people's secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openevent.catalogue.event_tables import CONTRACT_TABLES, FURTHER_TABLES, KEPT_BACK, TABLES
from openevent.catalogue.table import EVENTS, EventTable, MediaKind, Missing

FORMAT_VERSION = 1

FONT_COLOR = "font_color"


class Dialect(StrEnum):
    """Dialects of an archive's keys: the wire contract's, or that of the generators of web apps."""

    SERVER = "server"
    WEBAPP = "webapp"


class Purpose(StrEnum):
    """Purposes of an archive, other than being read."""

    # Open Event Server reads the rows that a session refers to from objects, and has no second
    # event of an identifier.
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class MediaField:
    """A column that holds the address of a media file.

    `path` is the file's path in the archive, without its extension; `{name}` and `{id}` are
    replaced by the row's. The values of `keys`, by default the column's own, are `prefix` and that
    path. A file whose extension is not one of `extensions`, if there are any, is skipped. A field
    whose file is skipped keeps its address or has the value `without_file`: the path of a
    `placeholder` that is in the archive, or null.
    """

    column: str
    kind: MediaKind
    path: str
    keys: tuple[str, ...] = ()
    prefix: str = "/"
    extensions: frozenset[str] = frozenset()
    keeps_address: bool = True
    placeholder: str | None = None

    @property
    def without_file(self) -> str | None:
        """The value of a field that has no file in the archive."""
        return None if self.placeholder is None else f"{self.prefix}{self.placeholder}"


@dataclass(frozen=True, slots=True)
class Parent:
    """A column and the table it refers to: a row belongs to the event if the referred row does."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A JSON file of the archive and the table behind it.

    `first` are the keys that lead each row, in this order; the table's other columns follow, sorted
    by name. If the table has a column `font_color_of` and no `font_color`, each row has one more
    key `font_color`, computed from it. The file holds the rows with the event's id in
    `event_column`, if it is not None, whose `parents`, if any, all belong to the event.
    Soft-deleted rows, and rows of soft-deleted parents, are skipped.
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
        """Return whether rows have a computed `font_color`, given the table's columns."""
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


# By the table behind a file, for import: the keys of the objects beside references, and the columns
# without which a second event can be made.
IMPORTED_OBJECTS: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        "track": "track_id",
        "microlocation": "microlocation_id",
        "session_type": "session_type_id",
    }
}
NOT_IMPORTED: Mapping[str, frozenset[str]] = {EVENTS: frozenset({"identifier"})}

# The wire contract's files, except for `meta`, which has no table.
CONTRACT_FILES = tuple(map(_data_file, CONTRACT_TABLES))

FURTHER_FILES = tuple(_data_file(table) for table in FURTHER_TABLES if table.name != _TEAM)

FILES = (*CONTRACT_FILES, *FURTHER_FILES)

FILE_OF_TABLE: Mapping[str, DataFile] = {file.table: file for file in FILES}

# The team: `users_events_roles` with its ids resolved, as ids of users and roles mean nothing
# outside the database.
TEAM = _data_file(TABLES[_TEAM])

# A file without a table.
META = DataFile("meta", "", ("root_url",), single=True)

MANIFEST_FILE = "manifest.json"

# Tables of an event that no archive holds, and why.
SKIPPED_TABLES: Mapping[str, str] = {table.name: table.from_archives for table in KEPT_BACK}


def key_order(
    file: DataFile, columns: frozenset[str], purpose: Purpose | None = None
) -> tuple[str, ...]:
    """Return the keys of a row of `file`, whose table has these `columns`, in the contract's order.

    Keys without a column are omitted. For import, objects beside references are among the sorted
    keys.
    """
    keys = columns | {FONT_COLOR} if file.computes_font_color(columns) else columns
    if purpose is Purpose.IMPORT:
        keys = (keys - NOT_IMPORTED.get(file.table, frozenset())) | frozenset(
            imported_objects(file, columns)
        )
    leading = tuple(key for key in file.first if key in keys)
    return (*leading, *sorted(keys - set(leading)))


def imported_objects(file: DataFile, columns: frozenset[str]) -> Mapping[str, str]:
    """Return by key the columns from which rows of `file` have an object of the id, for import."""
    return {
        key: column
        for key, column in IMPORTED_OBJECTS.get(file.table, {}).items()
        if column in columns and key not in columns
    }


def missing_columns(file: DataFile, columns: frozenset[str]) -> tuple[str, ...]:
    """Return the leading keys of `file` for which its table has no column."""
    return tuple(key for key in file.first if key not in key_order(file, columns))
