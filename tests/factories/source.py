"""Archives for imports, made by hand: what reading gives, without a ZIP file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Self

from openevent.catalogue.event_tables import TABLES
from openevent.catalogue.table import MediaKind
from openevent.importing.source import (
    Media,
    MediaFile,
    MediaRefused,
    ProposedInvite,
    Remark,
    RemarkKind,
    SourceRow,
)

STARTS_AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
ENDS_AT = datetime(2027, 3, 3, 18, tzinfo=UTC)


@dataclass
class Remarks:
    """All remarks, in their order."""

    all: list[Remark] = field(default_factory=list)

    def add(self, remark: Remark) -> None:
        self.all.append(remark)

    def of(self, kind: RemarkKind) -> list[tuple[str, str, int | str | None, str | None, int]]:
        """Code, file, id, field and count of the remarks of a kind."""
        return [
            (remark.code, remark.place.file, remark.place.id, remark.place.field, remark.count)
            for remark in self.all
            if remark.kind is kind
        ]


class OpenedBytes:
    """A media file of the archive while it is read; damaged after `good` bytes."""

    def __init__(self, content: bytes, good: int | None) -> None:
        self.size = len(content)
        self.extension = "png"
        self.content_type = "image/png"
        self._content = BytesIO(content[:good])
        self._is_damaged = good is not None

    def read(self, size: int = -1, /) -> bytes:
        found = self._content.read(size)
        if self._is_damaged and (size < 0 or not found):
            raise MediaRefused("media-damaged", "The file is damaged.")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._content.close()


@dataclass
class HandMadeArchive:
    """An archive whose rows and media files a test has chosen."""

    event: SourceRow
    rows_by_table: Mapping[str, Sequence[SourceRow]] = field(default_factory=dict)
    media: Mapping[str, bytes] = field(default_factory=dict)
    dialect: str = "hand-made"
    proposed_invites: Sequence[ProposedInvite] = ()
    withheld: Sequence[str] = ()
    damaged: Mapping[str, int] = field(default_factory=dict)
    """Media files that are damaged after that number of bytes."""
    opened: list[tuple[str, MediaKind]] = field(default_factory=list)

    @property
    def tables(self) -> Collection[str]:
        return self.rows_by_table.keys()

    def rows(self, table: str) -> Iterator[SourceRow]:
        yield from self.rows_by_table[table]

    @property
    def rows_found(self) -> Mapping[str, int]:
        return {"event": 1} | {
            TABLES[table].file.name: len(rows) for table, rows in self.rows_by_table.items()
        }

    def open_media(self, file: MediaFile, kind: MediaKind) -> OpenedBytes:
        self.opened.append((file.path, kind))
        if file.path not in self.media:
            raise MediaRefused("media-unreadable", "The file is no image.")
        return OpenedBytes(self.media[file.path], self.damaged.get(file.path))


def source_row(
    table: str,
    id_: int | None = None,
    *,
    media: Mapping[str, Media] | None = None,
    names: Mapping[str, str] | None = None,
    **values: object,
) -> SourceRow:
    """A row of the archive, with these values and no others."""
    return SourceRow(
        table, TABLES[table].file.name, id_, dict(values), dict(media or {}), dict(names or {})
    )


def source_event(
    *,
    media: Mapping[str, Media] | None = None,
    names: Mapping[str, str] | None = None,
    **values: object,
) -> SourceRow:
    """The event of an archive, with what an event needs."""
    needed = {"name": "Kelantan Summit", "starts_at": STARTS_AT, "ends_at": ENDS_AT}
    return source_row("events", 7, media=media, names=names, **{**needed, **values})


def archive(
    *rows: SourceRow, event: SourceRow | None = None, media: Mapping[str, bytes] | None = None
) -> HandMadeArchive:
    """An archive with these rows, in their order, and media files."""
    by_table: dict[str, list[SourceRow]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    return HandMadeArchive(event or source_event(), by_table, media or {})
