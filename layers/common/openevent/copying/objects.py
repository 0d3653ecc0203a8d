"""Copies of objects within the media bucket, and the removal of those that nothing refers to."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from openevent.copying.media import ObjectCopy
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, HeadObjectOutputTypeDef

    class _Named(TypedDict):
        Bucket: str
        Key: str
        UploadId: str


logger = Logger(child=True)
metrics = Metrics()

T = TypeVar("T")

# S3 copies at most 5 GiB in one call, and takes several parts of an object at a time, so that a
# large object is copied faster in parts. An object has at most 10,000 parts.
PART_BYTES = 256 * 2**20
MAX_PARTS = 10_000

# S3's limit of one deletion, in keys.
MAX_DELETED = 1000

_GONE = frozenset({"404", "NoSuchKey", "NotFound"})
_NO_UPLOAD = frozenset({"404", "NoSuchUpload"})
_ABOUT_THE_CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
)


class ObjectCopier:
    """Copies objects within one bucket, many at a time.

    `copy` and `missing` raise `Unavailable` if S3 fails, or does not finish before the deadline.
    """

    def __init__(
        self, client: "S3Client", bucket: str, *, deadline: float, concurrency: int = 32
    ) -> None:
        """`deadline`: on the clock of `time.monotonic`."""
        self._client = client
        self._bucket = bucket
        self._deadline = deadline
        self._concurrency = concurrency

    def missing(self, sources: Collection[str]) -> set[str]:
        """Return those of the keys that have no object."""
        return {key for key, head in self._heads(sources).items() if head is None}

    def copy(self, copies: Collection[ObjectCopy], prefix: str) -> set[str]:
        """Copy the objects to their targets, whose keys all begin with `prefix`.

        Return the sources that have no object, and so no copy.
        """
        heads = self._heads({copy.source for copy in copies})
        small = list[ObjectCopy]()
        large = list[_Upload]()
        for copy in set(copies):
            head = heads[copy.source]
            if head is not None and head["ContentLength"] <= PART_BYTES:
                small.append(copy)
            elif head is not None:
                large.append(_Upload(self._client, self._bucket, copy, head))
        self._all([upload.begin for upload in large])
        calls: list[Callable[[], str | None]] = [
            *(part for upload in large for part in upload.parts()),
            *(partial(self._copy_whole, copy) for copy in small),
        ]
        gone = self._all(calls)
        self._all([upload.complete for upload in large])
        if large:
            # An upload whose beginning was answered too late was begun twice.
            self._all([partial(_abort_uploads, self._client, self._bucket, prefix)])
        return {key for key, head in heads.items() if head is None} | set(filter(None, gone))

    def _heads(self, keys: Collection[str]) -> "dict[str, HeadObjectOutputTypeDef | None]":
        ordered = list(keys)
        heads = self._all([partial(self._head, key) for key in ordered])
        return dict(zip(ordered, heads, strict=True))

    def _head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise

    def _copy_whole(self, copy: ObjectCopy) -> str | None:
        """Copy an object; return its key if it is gone."""
        try:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=copy.target,
                CopySource={"Bucket": self._bucket, "Key": copy.source},
            )
        except ClientError as error:
            if _code(error) in _GONE:
                return copy.source
            raise
        return None

    def _all(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Return what each of `calls` returns, `concurrency` of them at a time.

        If one fails, or the deadline passes, those that have not begun never will, and those that
        have are waited for: this process sends nothing to the bucket after this returns or raises.
        """
        if not calls:
            return []
        with ThreadPoolExecutor(min(self._concurrency, len(calls))) as pool:
            futures = [pool.submit(call) for call in calls]
            timeout = max(0.0, self._deadline - monotonic())
            done, running = wait(futures, timeout, return_when=FIRST_EXCEPTION)
            pool.shutdown(wait=True, cancel_futures=True)
        failure = next((error for future in done if (error := future.exception())), None)
        if isinstance(failure, BotoCoreError | ClientError):
            raise Unavailable(
                "media-unavailable",
                "The event's media files cannot be copied at the moment. Nothing was copied; "
                "please try again in a moment.",
            ) from failure
        if failure is not None:
            raise failure
        if running:
            raise Unavailable(
                "media-not-in-time",
                "The event's media files could not be copied in time. Nothing was copied; please "
                "try again.",
            )
        return [future.result() for future in futures]


class _Upload:
    """The copy of one large object, in parts."""

    def __init__(
        self, client: "S3Client", bucket: str, copy: ObjectCopy, head: "HeadObjectOutputTypeDef"
    ) -> None:
        self._copy = copy
        self._client = client
        self._bucket = bucket
        self._head = head
        self._id = ""
        self._parts: dict[int, CompletedPartTypeDef] = {}

    def begin(self) -> None:
        """Begin the upload, with the original's content type and metadata."""
        head: Mapping[str, Any] = self._head
        about: dict[str, Any] = {name: head[name] for name in _ABOUT_THE_CONTENT if name in head}
        upload = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=self._copy.target, **about
        )
        self._id = upload["UploadId"]

    def parts(self) -> Iterator[Callable[[], None]]:
        """Return the calls that copy the parts."""
        size = self._head["ContentLength"]
        length = max(PART_BYTES, -(-size // MAX_PARTS))
        for number, first in enumerate(range(0, size, length), start=1):
            yield partial(self._copy_part, number, first, min(first + length, size) - 1)

    def complete(self) -> None:
        """Make one object of the parts.

        If the answer is lost after this took effect, the upload is gone and the object is there.
        """
        try:
            self._client.complete_multipart_upload(
                **self._named(),
                MultipartUpload={"Parts": [part for _, part in sorted(self._parts.items())]},
            )
        except ClientError as error:
            if _code(error) not in _NO_UPLOAD or not self._is_complete():
                raise

    def _is_complete(self) -> bool:
        made = self._client.head_object(Bucket=self._bucket, Key=self._copy.target)
        return made["ContentLength"] == self._head["ContentLength"]

    def _copy_part(self, number: int, first: int, last: int) -> None:
        answer = self._client.upload_part_copy(
            **self._named(),
            PartNumber=number,
            CopySource={"Bucket": self._bucket, "Key": self._copy.source},
            CopySourceIfMatch=self._head["ETag"],
            CopySourceRange=f"bytes={first}-{last}",
        )
        self._parts[number] = {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    def _named(self) -> "_Named":
        return {"Bucket": self._bucket, "Key": self._copy.target, "UploadId": self._id}


def remove_all(client: "S3Client", bucket: str, prefix: str) -> bool:
    """Remove all objects and unfinished uploads whose keys begin with `prefix`.

    Return whether nothing is left. What cannot be removed is logged, and counted as
    `MediaLeftBehind`.
    """
    try:
        _abort_uploads(client, bucket, prefix)
        keys = _keys(client, bucket, prefix)
    except (BotoCoreError, ClientError):
        logger.exception("S3 does not list media files", extra={"prefix": prefix})
        _count(bucket, prefix, [])
        return False
    left = list[str]()
    for first in range(0, len(keys), MAX_DELETED):
        left += _delete(client, bucket, keys[first : first + MAX_DELETED])
    if left:
        _count(bucket, prefix, left)
    return not left


def count_left_behind(client: "S3Client", bucket: str, prefix: str) -> None:
    """Log the objects whose keys begin with `prefix`, and count them as `MediaLeftBehind`."""
    try:
        keys = _keys(client, bucket, prefix)
    except (BotoCoreError, ClientError):
        logger.exception("S3 does not list media files", extra={"prefix": prefix})
        keys = []
    _count(bucket, prefix, keys)


def _count(bucket: str, prefix: str, keys: list[str]) -> None:
    """Log and count objects; at least one, because they are unknown if S3 does not list them."""
    logger.error("Media was left behind", extra={"bucket": bucket, "prefix": prefix, "keys": keys})
    metrics.add_metric("MediaLeftBehind", MetricUnit.Count, max(1, len(keys)))


def _keys(client: "S3Client", bucket: str, prefix: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def _abort_uploads(client: "S3Client", bucket: str, prefix: str) -> None:
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    uploads = [upload for page in pages for upload in page.get("Uploads", [])]
    for upload in uploads:
        try:
            client.abort_multipart_upload(
                Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        except ClientError as error:
            if _code(error) not in _NO_UPLOAD:
                raise


def _delete(client: "S3Client", bucket: str, keys: list[str]) -> list[str]:
    """Remove objects; return the keys of those that were not removed."""
    try:
        deleted = client.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
        )
    except (BotoCoreError, ClientError):
        logger.exception("S3 does not delete media files")
        return keys
    return [error["Key"] for error in deleted.get("Errors", [])]


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
