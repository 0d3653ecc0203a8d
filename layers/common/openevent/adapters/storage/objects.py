"""Objects of S3: their facts, and their bytes.

A reader of a range names the version that was seen (its ETag): an object that was changed since is
noticed, and two versions are never mixed.
"""

import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError
from isal import isal_zlib
from urllib3.exceptions import HTTPError

from openevent.adapters.storage.faults import Changed, storage_faults, unavailable

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

# Bytes of an object that are read at a time: most photos are one piece, which is never copied.
CHUNK = 1 << 18

# Bytes of a range that are read at a time.
RANGE_CHUNK = 1 << 18

# Tries to read a range whose connection breaks, and the seconds before the second.
TRIES = 3
PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A version of an object: `size` in bytes; its CRC-32 if S3 has that of the whole object."""

    bucket: str
    key: str
    size: int
    etag: str
    crc32: int | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of an object, in chunks, and what S3 says of them."""

    size: int
    content_type: str | None
    chunks: Iterator[bytes]


def find_object(s3: "S3Client", bucket: str, key: str) -> StoredObject:
    """Return the facts of the object (HEAD). Raises `Missing`, `Denied`, `Unavailable`."""
    with storage_faults():
        found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    checksum = found.get("ChecksumCRC32", "")
    # A composite one is that of the parts' checksums; S3 ends it with the number of parts.
    whole = checksum and "-" not in checksum and found.get("ChecksumType") != "COMPOSITE"
    return StoredObject(
        bucket,
        key,
        found["ContentLength"],
        found["ETag"],
        decode_crc32(checksum) if whole else None,
        found.get("ContentType"),
    )


@contextmanager
def open_object(s3: "S3Client", bucket: str, key: str) -> Iterator[Body]:
    """Give the bytes of the object. Raises `Missing`, `Denied`, `Unavailable`, its chunks too."""
    with storage_faults():
        found = s3.get_object(Bucket=bucket, Key=key)
    with closing(found["Body"]) as body:
        yield Body(found["ContentLength"], found.get("ContentType"), _chunks(body))


def read_range(s3: "S3Client", seen: StoredObject, start: int, stop: int) -> bytes:
    """Return the bytes from `start` to before `stop`.

    Raises `Missing`, `Changed`, `Denied`, `Unavailable`.
    """
    return _tried(lambda: b"".join(_range(s3, seen, start, stop))) if stop > start else b""


def compute_crc32(s3: "S3Client", seen: StoredObject, start: int, stop: int) -> int:
    """Return the CRC-32 of the bytes from `start` to before `stop`, which are streamed.

    Raises as `read_range`.
    """

    def stream() -> int:
        value = 0
        for chunk in _range(s3, seen, start, stop):
            value = isal_zlib.crc32(chunk, value)
        return value

    return _tried(stream) if stop > start else 0


def decode_crc32(checksum: str) -> int:
    """Return a CRC-32 that S3 writes as base64 of four bytes, the highest first."""
    return int.from_bytes(b64decode(checksum), "big")


def encode_crc32(value: int) -> str:
    """Return a CRC-32 as S3 writes it."""
    return b64encode(value.to_bytes(4, "big")).decode()


def _chunks(body: "StreamingBody") -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(CHUNK)
    except (BotoCoreError, HTTPError, OSError) as error:
        raise unavailable() from error


def _range(s3: "S3Client", seen: StoredObject, start: int, stop: int) -> Iterator[bytes]:
    with storage_faults():
        found = s3.get_object(
            Bucket=seen.bucket,
            Key=seen.key,
            Range=f"bytes={start}-{stop - 1}",
            IfMatch=seen.etag,
        )
    with closing(found["Body"]) as body:
        missing = stop - start
        for chunk in body.iter_chunks(RANGE_CHUNK):
            missing -= len(chunk)
            yield chunk
    if missing:
        raise Changed


def _tried(action: Callable[[], T]) -> T:
    """Return what `action` returns; repeat it after a connection that broke."""
    for attempt in range(1, TRIES + 1):
        try:
            return action()
        except (BotoCoreError, HTTPError, OSError) as error:
            if attempt == TRIES:
                raise unavailable() from error
            time.sleep(PAUSE * attempt)
    raise AssertionError("unreachable")
