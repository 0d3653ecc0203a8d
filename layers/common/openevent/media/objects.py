"""Objects that an archive is made from: what S3 knows of them, and their bytes, pinned.

Whoever reads or copies a source names the version that was seen (its ETag): an object that was
changed since is noticed, never mixed.
"""

import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from isal import isal_zlib
from urllib3.exceptions import HTTPError

from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

CHUNK = 1 << 18

# Tries to read a range whose connection breaks, and the seconds before the second.
TRIES = 3
PAUSE = 0.5

_GONE = frozenset({"NoSuchKey", "404", "403", "AccessDenied", "InvalidObjectState"})
_CHANGED = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})


@dataclass(frozen=True, slots=True)
class Source:
    """An object as it was seen: `size` in bytes, and its CRC-32 where S3 has that of all of it."""

    bucket: str
    key: str
    size: int
    etag: str
    crc32: int | None = None


class SourceFault(Exception):
    """The object is not as it was seen."""

    def __init__(self, source: Source) -> None:
        """`source`: as it was seen."""
        super().__init__(source)
        self.source = source


class Changed(SourceFault):
    """It is another one now."""


class Gone(SourceFault):
    """It is not there any more, or not for us."""


def look(s3: "S3Client", bucket: str, key: str) -> tuple[Source, str | None]:
    """The object, and its content type. Raises `Gone`, `Unavailable`."""
    with faults(Source(bucket, key, 0, "")):
        found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    checksum = found.get("ChecksumCRC32", "")
    # A composite one is that of the parts' checksums; S3 ends it with the number of parts.
    whole = checksum and "-" not in checksum and found.get("ChecksumType") != "COMPOSITE"
    crc32 = decoded(checksum) if whole else None
    source = Source(bucket, key, found["ContentLength"], found["ETag"], crc32)
    return source, found.get("ContentType")


def read(s3: "S3Client", source: Source, start: int, stop: int) -> bytes:
    """The bytes from `start` to before `stop`. Raises `Changed`, `Gone`, `Unavailable`."""
    return (
        _tried(lambda: b"".join(_chunks(s3, source, start, stop)), source) if stop > start else b""
    )


def crc32(s3: "S3Client", source: Source, start: int, stop: int) -> int:
    """The CRC-32 of the bytes from `start` to before `stop`, which come by but do not stay.

    Raises as `read`.
    """

    def pass_by() -> int:
        value = 0
        for chunk in _chunks(s3, source, start, stop):
            value = isal_zlib.crc32(chunk, value)
        return value

    return _tried(pass_by, source) if stop > start else 0


@contextmanager
def faults(source: Source) -> Iterator[None]:
    """S3's errors, as what they say of `source`; those that say nothing are `Unavailable`."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code in _CHANGED:
            raise Changed(source) from error
        if code in _GONE:
            raise Gone(source) from error
        raise unavailable() from error
    except BotoCoreError as error:
        raise unavailable() from error


def unavailable() -> Unavailable:
    """S3 is away."""
    return Unavailable("storage-unavailable", "The archive could not be stored.")


def decoded(checksum: str) -> int:
    """A CRC-32 as S3 writes it: base64 of four bytes, the highest first."""
    return int.from_bytes(b64decode(checksum), "big")


def encoded(value: int) -> str:
    """A CRC-32 as S3 writes it."""
    return b64encode(value.to_bytes(4, "big")).decode()


def _chunks(s3: "S3Client", source: Source, start: int, stop: int) -> Iterator[bytes]:
    with faults(source):
        found = s3.get_object(
            Bucket=source.bucket,
            Key=source.key,
            Range=f"bytes={start}-{stop - 1}",
            IfMatch=source.etag,
        )
    with closing(found["Body"]) as body:
        missing = stop - start
        for chunk in body.iter_chunks(CHUNK):
            missing -= len(chunk)
            yield chunk
    if missing:
        raise Changed(source)


def _tried(action: Callable[[], T], source: Source) -> T:
    for attempt in range(1, TRIES):
        try:
            return action()
        except (BotoCoreError, HTTPError, OSError):
            time.sleep(PAUSE * attempt)
    with faults(source):
        return action()
