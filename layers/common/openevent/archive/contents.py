"""Contents of an archive, as the archive room knows them: it knows no event and no job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from openevent.archive.writer import Archive, Summary
from openevent.media.places import Places
from openevent.media.requested import MediaOutcome, RequestedMedia


@dataclass(frozen=True, slots=True)
class ArchiveOrder:
    """An archive to be made.

    `key`: of the archive in the export bucket. `workspace`: beginning of the keys under which an
    unfinished archive is kept. `modified`: the time of all files in the archive.
    """

    key: str
    workspace: str
    modified: datetime


class Contents(Protocol):
    """Data files, manifest and requested media files of one archive.

    The calls come in the order `read`, `requested`, `complete`, `save`; or, in another process,
    begin with `restore`. `fill` and `finish` end both.
    """

    def read(self, archive: Archive) -> Places:
        """Write the data files without media, keep the others; return where the media can be."""

    def complete(self) -> None:
        """Write what was read and waits for no media: it can take a while."""

    def save(self, to: IO[bytes]) -> None:
        """Write what was read and is not in the archive yet, for `restore`."""

    def restore(self, archive: Archive, saved: IO[bytes]) -> None:
        """Take over what another process saved, for `archive`."""

    def requested(self) -> Sequence[RequestedMedia]:
        """Return the requested media files, in the order of `fill`."""

    def fill(self, outcomes: Iterable[MediaOutcome]) -> None:
        """Finish the data files with media, given an outcome for each requested file."""

    def finish(self) -> Summary:
        """Write the manifest, and end the archive."""
