"""Copies of whole objects within one bucket, which are what their originals are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.adapters.storage.acls import BucketAcls
from openevent.adapters.storage.faults import storage_faults
from openevent.adapters.storage.objects import StoredObject
from openevent.adapters.storage.uploads import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Copied by S3 with a whole object, but not with one that is copied in parts.
_ABOUT_THE_CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
)

# Copied by S3 in neither way: a copy would have the bucket's default encryption.
_ENCRYPTION = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")


@dataclass(frozen=True, slots=True)
class Original:
    """An object to copy.

    `about`: what S3 says of its content; `protection`: its encryption and ACL; both as arguments of
    boto3.
    """

    seen: StoredObject
    about: Mapping[str, Any]
    protection: Mapping[str, Any]


def find_original(s3: "S3Client", bucket: str, key: str, acls: BucketAcls) -> Original:
    """Return the object to copy. Raises `Missing`, `Denied`, `Unavailable`."""
    with storage_faults():
        head: Mapping[str, Any] = s3.head_object(Bucket=bucket, Key=key)
    return Original(
        StoredObject(bucket, key, head["ContentLength"], head["ETag"]),
        {name: head[name] for name in _ABOUT_THE_CONTENT if name in head},
        {
            **{name: head[name] for name in _ENCRYPTION if name in head},
            **acls.find_arguments(key),
        },
    )


def copy_object(s3: "S3Client", original: Original, target: str) -> None:
    """Copy an object of at most 5 GiB in one call.

    Raises `Missing`, `Denied`, `Unavailable`.
    """
    with storage_faults():
        s3.copy_object(
            Bucket=original.seen.bucket,
            Key=target,
            CopySource={"Bucket": original.seen.bucket, "Key": original.seen.key},
            **original.protection,
        )


def begin_copy(s3: "S3Client", original: Original, target: str) -> Upload:
    """Begin the upload that copies a large object in parts. Raises `Denied`, `Unavailable`."""
    return Upload.begin(s3, original.seen.bucket, target, **original.about, **original.protection)
