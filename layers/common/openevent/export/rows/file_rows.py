"""The rows of one data file, and the media files that they request."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openevent.catalogue.files import DataFile, MediaField
from openevent.export.rows.row import Row
from openevent.media.requested import RequestedMedia


@dataclass(frozen=True, slots=True)
class FileTexts:
    """A data file whose rows are finished: their texts in UTF-8, in batches.

    A batch is valid until the next. The batches are read to their end before the next file's, as
    both use one connection.
    """

    file: DataFile
    batches: Iterable[Sequence[bytes | memoryview]]


@dataclass(frozen=True, slots=True)
class FileRows:
    """A data file: its rows, in batches, with holes for the media files of the fields `media`.

    The batches are read to their end before the next file's, as both use one connection.
    """

    file: DataFile
    batches: Iterable[Sequence[Row]]
    media: Sequence[MediaField] = ()


def media_of(file: DataFile, row: Row) -> Iterator[RequestedMedia]:
    """Yield the media files that a row of `file` requests, in the order of its columns."""
    fields = {field.column: field for field in file.media}
    for column, address in row.addresses.items():
        yield RequestedMedia(file.name, fields[column], row.id, row.name, address)
