"""The rows of one data file, as they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openevent.catalogue.files import DataFile, MediaField
from openevent.export.rows.row import Row


@dataclass(frozen=True, slots=True)
class FileRows:
    """A data file: its rows, in batches, with holes for the media files of the fields `media`.

    The batches are read to their end before the next file's, as both use one connection.
    """

    file: DataFile
    batches: Iterable[Sequence[Row]]
    media: Sequence[MediaField] = ()
