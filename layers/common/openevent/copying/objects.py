"""Copies of a copy's media files, many at a time, and their removal if the copy fails."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.storage import (
    BucketAcls,
    Changed,
    Denied,
    Missing,
    Original,
    Upload,
    UploadedPart,
    UploadGone,
    abort_uploads,
    begin_copy,
    copy_object,
    find_object,
    find_original,
)
from openevent.copying.media import ObjectCopy
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

T = TypeVar("T")

# Bytes of a part. S3 copies at most 5 GiB in one call, and takes several parts of an object at a
# time, so that a large object is copied faster in parts. An object has at most 10,000 parts.
PART_BYTES = 256 * 2**20
MAX_PARTS = 10_000


class ObjectCopier:
    """Copies objects within one bucket, many at a time.

    `copy` and `missing` raise `Unavailable` if S3 fails, or does not finish before the deadline.
    """

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        acls: BucketAcls,
        *,
        deadline: float,
        concurrency: int = 32,
    ) -> None:
        """`deadline`: on the clock of `time.monotonic`."""
        self._client = client
        self._acls = acls
        self._bucket = bucket
        self._deadline = deadline
        self._concurrency = concurrency

    def missing(self, sources: Collection[str]) -> set[str]:
        """Return those of the keys that have no object."""
        ordered = list(sources)
        found = self._all([partial(self._is_there, key) for key in ordered])
        return {key for key, is_there in zip(ordered, found, strict=True) if not is_there}

    def copy(self, copies: Collection[ObjectCopy], prefix: str) -> set[str]:
        """Copy the objects to their targets, whose keys all begin with `prefix`.

        Return the sources that have no object, and so no copy.
        """
        originals = self._find({copy.source for copy in copies})
        small = list[Callable[[], str | None]]()
        large = list[_CopyInParts]()
        for copy in set(copies):
            original = originals[copy.source]
            if original is not None and original.seen.size <= PART_BYTES:
                small.append(partial(self._copy_whole, original, copy.target))
            elif original is not None:
                large.append(_CopyInParts(self._client, original, copy.target))
        self._all([upload.begin for upload in large])
        gone = self._all([*(part for upload in large for part in upload.parts()), *small])
        self._all([upload.complete for upload in large])
        if large:
            # An upload whose first answer was lost was begun a second time.
            self._all([partial(abort_uploads, self._client, self._bucket, prefix)])
        missing = {key for key, original in originals.items() if original is None}
        return missing | set(filter(None, gone))

    def _find(self, keys: Collection[str]) -> dict[str, Original | None]:
        ordered = list(keys)
        found = self._all([partial(self._find_one, key) for key in ordered])
        return dict(zip(ordered, found, strict=True))

    def _find_one(self, key: str) -> Original | None:
        try:
            with _refusals_logged(key):
                return find_original(self._client, self._bucket, key, self._acls)
        except Missing:
            return None

    def _is_there(self, key: str) -> bool:
        try:
            with _refusals_logged(key):
                find_object(self._client, self._bucket, key)
        except Missing:
            return False
        return True

    def _copy_whole(self, original: Original, target: str) -> str | None:
        """Copy an object; return its key if it is gone."""
        try:
            with _refusals_logged(original.seen.key, target):
                copy_object(self._client, original, target)
        except Missing:
            return original.seen.key
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
        if isinstance(failure, Denied):
            metrics.add_metric("MediaAccessDenied", MetricUnit.Count, 1)
            raise Unavailable(
                "media-access-denied",
                "The event's media files cannot be copied, because the storage of files refuses "
                "access. Nothing was copied. Please tell the operator.",
            ) from failure
        if isinstance(failure, Unavailable | Missing | Changed | UploadGone):
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


class _CopyInParts:
    """The copy of one large object, in parts."""

    def __init__(self, client: "S3Client", original: Original, target: str) -> None:
        self._client = client
        self._original = original
        self._target = target
        self._upload: Upload | None = None
        self._parts: dict[int, UploadedPart] = {}

    def begin(self) -> None:
        """Begin the upload."""
        with _refusals_logged(self._original.seen.key, self._target):
            self._upload = begin_copy(self._client, self._original, self._target)

    def parts(self) -> Iterator[Callable[[], None]]:
        """Return the calls that copy the parts of the upload, which was begun."""
        if self._upload is None:
            return
        size = self._original.seen.size
        length = max(PART_BYTES, -(-size // MAX_PARTS))
        for number, start in enumerate(range(0, size, length), start=1):
            stop = min(start + length, size)
            yield partial(self._copy_part, self._upload, number, start, stop)

    def complete(self) -> None:
        """Make one object of the parts."""
        if self._upload is not None:
            self._upload.complete(self._parts, self._original.seen.size)

    def _copy_part(self, upload: Upload, number: int, start: int, stop: int) -> None:
        with _refusals_logged(self._original.seen.key, self._target):
            self._parts[number] = upload.copy(number, self._original.seen, start, stop)


@contextmanager
def _refusals_logged(*keys: str) -> Iterator[None]:
    """Log the keys to which S3 refuses access."""
    try:
        yield
    except Denied:
        logger.error("S3 refuses access to a media file", extra={"keys": keys})  # noqa: TRY400 (raised on)
        raise
