"""What an assembly knows, as it is kept from one invocation to the next."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from openevent.adapters.storage import StoredObject
from openevent.media.requested import RequestedMedia, path_of
from openevent.media.skipped import Reason


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PlannedFile(_Record):
    """An object that is to be in the archive, as it was seen; `path`: its place there.

    The first has no path: it is the archive's beginning, headers and all. `gone` says why the file
    is left out after all, if it is.
    """

    path: str
    bucket: str
    key: str
    size: int
    etag: str
    crc32: int | None
    gone: Reason | None = None

    @classmethod
    def of(cls, path: str, found: StoredObject) -> Self:
        """The object `found` at `path`."""
        return cls(
            path=path,
            bucket=found.bucket,
            key=found.key,
            size=found.size,
            etag=found.etag,
            crc32=found.crc32,
        )

    @property
    def seen(self) -> StoredObject:
        """The object as it was seen."""
        return StoredObject(self.bucket, self.key, self.size, self.etag, self.crc32)


class PlannedMedium(_Record):
    """A medium that was asked for: one of the files, one that lies elsewhere, or left out.

    `stem`: where it lies in the archive, without the extension, which has to be one of
    `extensions`, if there are any.
    """

    stem: str
    address: str
    extensions: frozenset[str] = frozenset()
    file: int | None = None
    reason: Reason | None = None
    detail: str | None = None

    @classmethod
    def of(cls, requested: RequestedMedia) -> Self:
        """One that is to be fetched."""
        return cls(
            stem=requested.stem,
            address=requested.address,
            extensions=requested.field.extensions,
        )

    def path(self, extension: str) -> str:
        """Where it lies in the archive. Raises `Skipped` where no reader takes such files."""
        return path_of(self.stem, extension, self.extensions)


class AssemblyState(_Record):
    """The plan: the upload, the files that are copied, and what becomes of each media file.

    `prefixes`: beginnings of the keys that belong to the archive's media. `media_until`: epoch
    seconds until which media from elsewhere may come.
    """

    key: str
    upload_id: str
    prefixes: tuple[str, ...]
    files: tuple[PlannedFile, ...]
    media: tuple[PlannedMedium, ...]
    media_until: float


class Outcome(_Record):
    """What became of a file of the plan, or of a medium from elsewhere.

    `file` or `medium`: its place in the state's list. `offset`: of a medium's local header; that of
    a file is the plan's. A medium that is left out has a `reason` and nothing else.
    """

    file: int | None = None
    medium: int | None = None
    path: str = ""
    size: int = 0
    crc32: int = 0
    sha256: str | None = None
    offset: int = 0
    reason: Reason | None = None
    detail: str | None = None


class Stop(_Record):
    """Where time was up behind the planned parts: in the part `number`, which is kept apart.

    `crc32` is that of what there is of the part; `made_of` stands for what lies before.
    """

    made_of: str
    number: int
    crc32: int
    outcomes: tuple[Outcome, ...] = ()


class PartNote(_Record):
    """The note of a part that S3 has.

    `made_of` stands for what it was made of: a part that should be made of something else is made
    again. `outcomes`: of the files whose end, or header, is in it. `is_boundary`: whether the work
    can be taken up behind it.
    """

    size: int
    etag: str
    crc32: int | None
    made_of: str
    outcomes: tuple[Outcome, ...] = ()
    is_boundary: bool = False
