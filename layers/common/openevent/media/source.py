"""Source of media: Open Event's bucket and the web, with the limits that hold for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from openevent.adapters.storage import MediaBucket
from openevent.media.places import Places
from openevent.media.web import Web
from openevent.rights.events import Event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """Caps: bytes and seconds for one media file, and bytes for all of an archive."""

    file_bytes: int
    file_seconds: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class MediaSource:
    """Everything that the files of any event are fetched with.

    `root_url`: what relative addresses are relative to.
    """

    s3: "S3Client"
    web: Web
    limits: MediaLimits
    bucket: MediaBucket
    root_url: str

    def places(self, prefixes: Sequence[str]) -> Places:
        """Return the places of media whose keys begin with `prefixes`."""
        return Places(self.bucket, prefixes, self.root_url)

    def places_of(self, event: Event) -> Places:
        """Return the places of the media of `event`."""
        return Places.of_event(self.bucket, event, self.root_url)


class Disk(Protocol):
    """Disk on which fetched files wait."""

    def spool(self) -> IO[bytes]:
        """Return a temporary file."""

    def require_room(self, size: int) -> None:
        """Raise `Skipped` if `size` more bytes do not fit."""
