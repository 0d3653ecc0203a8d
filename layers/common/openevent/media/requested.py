"""Media files that an export requests, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass

from openevent.catalogue.files import MediaField
from openevent.catalogue.table import MediaKind
from openevent.media.fetch import Fetched
from openevent.media.names import media_stem
from openevent.media.skipped import Reason, Skipped


@dataclass(frozen=True, slots=True)
class RequestedMedia:
    """A media file that is requested: its address, and the data file, field and row that have it.

    `row_id` is None if the row has no id.
    """

    file: str
    field: MediaField
    row_id: int | None
    row_name: str | None
    address: str

    @property
    def is_image(self) -> bool:
        """Whether it is an image. Other files can be large."""
        return self.field.kind is MediaKind.IMAGE

    @property
    def stem(self) -> str:
        """The path in the archive, without the extension."""
        return media_stem(self.field.path, row_id=self.row_id or 0, name=self.row_name)

    def path(self, extension: str) -> str:
        """Return the path in the archive. Raise `Skipped` if no reader accepts the extension."""
        return path_of(self.stem, extension, self.field.extensions)


@dataclass(frozen=True, slots=True)
class Placed:
    """A media file that is in the archive already, at `path`."""

    path: str


MediaOutcome = Fetched | Placed


def path_of(stem: str, extension: str, extensions: Collection[str]) -> str:
    """Return the path with its extension. Raise `Skipped` if it is not in `extensions`, if any."""
    if extensions and extension not in extensions:
        raise Skipped(Reason.UNREADABLE, extension)
    return f"{stem}.{extension}"
