"""How the catalogue describes one table of an event: the words that `event_tables` is written in.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

EVENTS = "events"
TEAM = "users_events_roles"


class Missing(StrEnum):
    """Value of a reference to a row that is not carried along."""

    NULL = "null"
    SKIP_ROW = "skip-row"
    # Null, or unchanged if it refers to a row that does not belong to the original event.
    KEEP_OTHERS = "keep-others"


class Fresh(Enum):
    """Values that are generated for each copy."""

    NOW = "the time of the copy"
    IDENTIFIER = "the new event's identifier"
    SECRET = "an unguessable text, different for each row"  # noqa: S105 (a description)


class MediaKind(StrEnum):
    """Kinds of media files, as the flags of an export request name them."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"


class Kind(StrEnum):
    """Why a column is withheld from some readers of an archive."""

    PAYMENT = "payment"
    CONTACT = "contact"
    SECRET = "secret"  # noqa: S105 (the name of a class of columns)
    INTERNAL = "internal"
    UNCLASSIFIED = "unclassified"


Constant = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds ids of rows of `table`, another table of the event."""

    table: str
    missing: Missing = Missing.NULL


@dataclass(frozen=True, slots=True)
class Archived:
    """Where the media files of a column are in an archive.

    `path` has no extension; `{name}` and `{id}` are replaced by the row's.
    """

    kind: MediaKind
    path: str


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """The archive's file with a table's rows.

    `leading`: keys that come first in each row, in this order. `font_color_of`: the column from
    which a key `font_color` is computed if the table has no such column.
    """

    name: str
    leading: tuple[str, ...] = ("id",)
    font_color_of: str | None = None


@dataclass(frozen=True, slots=True)
class Only:
    """A public archive holds only the rows with one of `values` in `column`; None is null."""

    column: str
    values: tuple[str | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A public archive holds only rows that `through` links to a row of `table` in the archive."""

    through: str
    own: str
    other: str
    table: str


@dataclass(frozen=True, slots=True)
class EventTable:
    """A table whose rows are part of an event: copied with it, and held by its archive.

    Identity: `owner` is the column and the table that a row belongs to, None for the event itself.
    `references` are columns with ids of rows of other tables of the event. `names` are columns
    with texts by which rows of another table are found (column → table); equal texts stay equal.

    Copying: `reset` are columns that do not keep their value, and what they get instead. `dates`
    move with the event's start. `addresses` are columns with addresses of the event's own pages,
    which hold its identifier. `included_with` names what a caller includes to get these rows; None
    if they are copied by default.

    Media: `media` are the columns with addresses of media files, or with JSON that holds such
    addresses, each with its place in an archive, or None if no archive holds these files.

    Privacy: `open` are columns of text that anyone may read, `withheld` those that not everyone
    may, of text or not. A column of text in neither is withheld as unclassified. `never_public`
    says why a public archive holds no row, `public_rows` which rows it holds; None for all.
    """

    name: str
    file: ArchiveFile
    owner: tuple[str, str] | None = ("event_id", EVENTS)
    references: Mapping[str, Reference] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    reset: Mapping[str, Constant | Fresh] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    included_with: str | None = None
    media: Mapping[str, Archived | None] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    withheld: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    never_public: Kind | None = None
    public_rows: Only | Linked | None = None

    def kind_of(self, column: str, *, text: bool) -> Kind | None:
        """Why `column` is withheld from some readers; None if anyone may read it.

        `text`: whether the column can carry text.
        """
        for kind, columns in self.withheld.items():
            if column in columns:
                return kind
        return Kind.UNCLASSIFIED if text and column not in self.open else None


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A table of an event that neither copies nor archives hold, and why."""

    name: str
    from_copies: str
    from_archives: str
