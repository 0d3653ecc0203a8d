"""State of an assembly, which is kept from one invocation to the next."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from openevent.adapters.storage import StoredObject
from openevent.media.requested import RequestedMedia, path_of
from openevent.media.skipped import Reason


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PlannedFile(_Record):
    """An object that is planned for the archive, at the version that was seen.

    `path`: of the file in the archive. The first object has none: it is the archive's beginning,
    with headers. `gone`: why the file is skipped after all.
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
        """Return the plan of the object `found` at `path`."""
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
        """The version of the object that was seen."""
        return StoredObject(self.bucket, self.key, self.size, self.etag, self.crc32)


class PlannedMedia(_Record):
    """A requested media file: one of the planned files, one from elsewhere, or a skipped one.

    `stem`: its path in the archive, without the extension, which has to be one of `extensions`, if
    there are any. `file`: index of the planned file. `reason`, `detail`: why it is skipped.
    """

    stem: str
    address: str
    extensions: frozenset[str] = frozenset()
    file: int | None = None
    reason: Reason | None = None
    detail: str | None = None

    @classmethod
    def of(cls, requested: RequestedMedia) -> Self:
        """Return a requested file that is to be fetched."""
        return cls(
            stem=requested.stem,
            address=requested.address,
            extensions=requested.field.extensions,
        )

    def path(self, extension: str) -> str:
        """Return its path in the archive. Raises `Skipped` if no reader accepts the extension."""
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
    media: tuple[PlannedMedia, ...]
    media_until: float

    @classmethod
    def read(cls, document: object) -> Self | None:
        """Return the plan in `document`, JSON; None for the plan of a release with another format.

        Plans of release 1.0 have neither `prefixes` nor `media_until`.
        """
        try:
            return cls.model_validate(document)
        except ValidationError:
            return None


class FileOutcome(_Record):
    """Outcome of a planned file, or of a media file from elsewhere.

    `file` or `media_file`: its index in the state's list. `offset`: of the local header of a media
    file from elsewhere. A skipped file has a `reason` and `detail` only.
    """

    file: int | None = None
    media_file: int | None = None
    path: str = ""
    size: int = 0
    crc32: int = 0
    sha256: str | None = None
    offset: int = 0
    reason: Reason | None = None
    detail: str | None = None


class Stop(_Record):
    """The end of an invocation behind the planned parts, in the part `number`, which is kept.

    `crc32`: of the kept bytes of the part. `made_of`: fingerprint of what is before it.
    """

    made_of: str
    number: int
    crc32: int
    outcomes: tuple[FileOutcome, ...] = ()


class PartNote(_Record):
    """Note of a part that S3 has.

    `made_of`: fingerprint of what it was made of; if the plan has another one, the part is made
    again. `outcomes`: of the files whose end or header is in it. `is_boundary`: whether the work
    can be resumed behind it.
    """

    size: int
    etag: str
    crc32: int | None
    made_of: str
    outcomes: tuple[FileOutcome, ...] = ()
    is_boundary: bool = False
