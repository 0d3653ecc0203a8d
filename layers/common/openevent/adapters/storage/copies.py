"""Copies of whole objects within one bucket, with their content type and metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.adapters.storage.faults import storage_faults
from openevent.adapters.storage.objects import StoredObject
from openevent.adapters.storage.uploads import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABOUT_THE_CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
)


@dataclass(frozen=True, slots=True)
class Original:
    """An object to copy. `about`: what S3 says of its content, by boto3's names."""

    seen: StoredObject
    about: Mapping[str, Any]


def find_original(s3: "S3Client", bucket: str, key: str) -> Original:
    """Return the object to copy (HEAD). Raises `Missing`, `Denied`, `Unavailable`."""
    with storage_faults():
        head: Mapping[str, Any] = s3.head_object(Bucket=bucket, Key=key)
    seen = StoredObject(bucket, key, head["ContentLength"], head["ETag"])
    return Original(seen, {name: head[name] for name in _ABOUT_THE_CONTENT if name in head})


def copy_object(s3: "S3Client", original: Original, target: str) -> None:
    """Copy an object of at most 5 GiB in one call.

    Raises `Missing`, `Denied`, `Unavailable`.
    """
    with storage_faults():
        s3.copy_object(
            Bucket=original.seen.bucket,
            Key=target,
            CopySource={"Bucket": original.seen.bucket, "Key": original.seen.key},
        )


def begin_copy(s3: "S3Client", original: Original, target: str) -> Upload:
    """Begin the upload that copies a large object in parts. Raises `Denied`, `Unavailable`."""
    return Upload.begin(s3, original.seen.bucket, target, **original.about)
