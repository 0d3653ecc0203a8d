"""Interface between reading an archive and writing an event: rows, media files, remarks. Pure.

`importing.reading` makes a `SourceArchive` of an untrusted ZIP file, `importing.writing` makes an
event of a `SourceArchive`. Neither knows the other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, Self

from openevent.catalogue.table import MediaKind


class ArchiveRefused(Exception):
    """The archive cannot be imported: it is damaged, too large, or no archive of an event.

    A later attempt fails in the same way. It can be raised while rows are read, until the last one:
    what was made by then must not be kept.
    """

    def __init__(self, code: str, detail: str) -> None:
        """`code`: stable, kebab-case. `detail`: sentences for the person who sent the archive."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


class MediaRefused(Exception):
    """A media file of the archive is not what it should be; the rest can be imported without it."""

    def __init__(self, code: str, detail: str) -> None:
        """`code`: stable, kebab-case. `detail`: a sentence for the report."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the archive.

    `file`: name of the file, such as `sessions` (not of the table), or of another entry. `id`: the
    row's id in the archive as the file has it; None if it has none. `field`: column, or key.
    """

    file: str
    id: int | str | None = None
    field: str | None = None


class RemarkKind(StrEnum):
    """Kinds of differences between the archive and what is made of it."""

    # A value was changed so that it can be kept.
    REPAIRED = "repaired"
    # A row is not imported.
    SKIPPED = "skipped"
    # A reference to a row that the archive does not hold is null.
    REFERENCE_DROPPED = "reference-dropped"
    # A file or key for which this installation has no table or column.
    UNKNOWN = "unknown"
    # The archive's manifest says that its privacy withheld it.
    WITHHELD = "withheld"
    MEDIA_MISSING = "media-missing"
    MEDIA_REFUSED = "media-refused"
    # A value that is never taken from an archive.
    NOT_SET = "not-set"
    # Understood, but a person should look at it; nothing was changed.
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report.

    `code`: stable, kebab-case. `detail`: a sentence. `count`: rows that it is about, of which
    `place` is the first.
    """

    kind: RemarkKind
    code: str
    place: Place
    detail: str
    count: int = 1


class RemarkLog(Protocol):
    """The remarks on one import, in the order in which they are made."""

    def add(self, remark: Remark) -> None:
        """Append `remark`."""
        ...


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file that the archive holds.

    `path`: name of the entry, without a leading slash (`images/speakers/Ada_5.png`).
    """

    path: str


@dataclass(frozen=True, slots=True)
class MediaAddress:
    """The address of a media file outside the archive.

    It begins with http:// or https://, or with a slash: then it is relative to the media of the
    installation that made the archive.
    """

    url: str


Media = MediaFile | MediaAddress


@dataclass(slots=True)
class SourceRow:
    """A row of the archive, for a table of the database.

    `table`: the table's name (`speaker`); `file`: the archive's file (`speakers`). `id`: the row's
    id in the archive, or a negative number if the archive has none or another row has it; None if
    the table has no ids. Within a table ids are unique.

    `values`: for columns that the live table has, and with the types of these: str, int, float,
    bool, aware datetime, date, what JSON holds, or None. Text fits into its column. A column of
    which the archive says nothing is absent. References to tables of the event hold ids of the
    archive; a row with that id is among the archive's, unless writing skips it.

    `names`: for references to other tables (`event_type_id`), the name of the row that they refer
    to, where the archive names it.

    `media`: for the columns of text that the catalogue lists as media. They are not in `values`. A
    column whose media is absent, or missing in the archive, is in neither.
    """

    table: str
    file: str
    id: int | None
    values: dict[str, object]
    media: dict[str, Media] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def place(self, column: str | None = None) -> Place:
        """Return the place of the row, or of its `column`."""
        known = self.id if self.id is not None and self.id >= 0 else None
        return Place(self.file, known, column)


@dataclass(frozen=True, slots=True)
class ProposedInvite:
    """A person of the archive's team: mail address and name of a role. Nothing is sent to them."""

    email: str
    role: str


class OpenedMedia(Protocol):
    """A media file of the archive while it is read: bytes from the start, once.

    `size`: bytes. `extension`: by the content, lower case, without a dot. `content_type`: fits it.
    """

    size: int
    extension: str
    content_type: str

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, or all that remain; b"" at the end.

        Raises `MediaRefused` if the bytes are damaged.
        """
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(self, *_: object) -> None:
        """Close it."""
        ...


class SourceArchive(Protocol):
    """An archive, read for one database.

    Every method that reads raises `ArchiveRefused` for what is wrong with the whole archive. What
    is wrong with one row or value is a remark.
    """

    @property
    def dialect(self) -> str:
        """Name of the archive's dialect, for the report: see `importing.reading.dialects`."""
        ...

    @property
    def event(self) -> SourceRow:
        """The row of `events`."""
        ...

    @property
    def tables(self) -> Collection[str]:
        """The catalogue's tables, without `events`, of which the archive can have rows."""
        ...

    def rows(self, table: str) -> Iterator[SourceRow]:
        """Yield the rows of `table`, which is one of `tables`, in the archive's order.

        To be called once for each table; remarks are made while rows are read.
        """
        ...

    @property
    def rows_found(self) -> Mapping[str, int]:
        """For each file the number of its rows, also of skipped ones; grows while rows are read."""
        ...

    @property
    def proposed_invites(self) -> Sequence[ProposedInvite]:
        """The archive's team."""
        ...

    @property
    def withheld(self) -> Sequence[str]:
        """Files, and fields as `file.key`, that the archive's privacy withheld, by its manifest."""
        ...

    def open_media(self, file: MediaFile, kind: MediaKind) -> OpenedMedia:
        """Open a media file.

        Raises `MediaRefused` if it is damaged, too large, or no file of this kind by its content.
        """
        ...
