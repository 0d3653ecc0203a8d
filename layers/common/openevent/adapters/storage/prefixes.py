"""Everything in a bucket whose key begins with a prefix: objects, and unfinished uploads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from openevent.adapters.storage.faults import storage_faults
from openevent.adapters.storage.uploads import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# S3's limit of one deletion, in keys.
MAX_DELETED = 1000


def pages_of(s3: "S3Client", bucket: str, prefix: str) -> Iterator[list[tuple[str, datetime]]]:
    """Yield the keys of all objects under `prefix`, and when each was stored, up to 1,000 a page.

    Raises `Denied`, `Unavailable`.
    """
    with storage_faults():
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield [(found["Key"], found["LastModified"]) for found in page.get("Contents", [])]


def list_keys(s3: "S3Client", bucket: str, prefix: str) -> list[str]:
    """Return the keys of all objects under `prefix`. Raises `Denied`, `Unavailable`."""
    return [key for page in pages_of(s3, bucket, prefix) for key, _ in page]


def delete_keys(s3: "S3Client", bucket: str, keys: Sequence[str]) -> list[str]:
    """Delete objects; return the keys of those that S3 did not delete.

    Raises `Denied`, `Unavailable`; some of them may be deleted then.
    """
    left = list[str]()
    for first in range(0, len(keys), MAX_DELETED):
        some = keys[first : first + MAX_DELETED]
        with storage_faults():
            deleted = s3.delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
            )
        left += [error["Key"] for error in deleted.get("Errors", [])]
    return left


def abort_uploads(s3: "S3Client", bucket: str, prefix: str) -> None:
    """Abort all unfinished uploads under `prefix`. Raises `Denied`, `Unavailable`."""
    with storage_faults():
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
        found = [upload for page in pages for upload in page.get("Uploads", [])]
    for upload in found:
        Upload(s3, bucket, upload["Key"], upload["UploadId"]).abort()
