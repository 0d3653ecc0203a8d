"""Source of media: Open Event's bucket and the web, with the limits that hold for both."""

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from openevent.media.web import Web

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes and seconds for one media file, and bytes for all of an archive."""

    file_bytes: int
    file_seconds: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class MediaSource:
    """Everything that the files of any event are fetched with."""

    s3: "S3Client"
    web: Web
    limits: Limits


class Disk(Protocol):
    """Disk on which fetched files wait."""

    def spool(self) -> IO[bytes]:
        """Return a temporary file."""

    def require_room(self, size: int) -> None:
        """Raise `Skipped` if `size` more bytes do not fit."""
