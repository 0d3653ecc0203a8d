"""Uploads of an import's media files, many at once, with few of them in memory."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from secrets import token_hex
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Protocol, Self

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.storage import (
    BucketAcls,
    Denied,
    MediaBucket,
    Upload,
    UploadedPart,
    UploadGone,
    abort_uploads,
    delete_keys,
    storage_faults,
)
from openevent.errors import Unavailable
from openevent.making.names import safe_name
from openevent.media.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

# Bytes of a part of a large file, and of the largest file that is uploaded whole. S3 takes parts
# from 5 MiB, and at most 10,000 of them.
PART_BYTES = 8 * 2**20
MAX_PARTS = 10_000


class File(Protocol):
    """A file to upload. `size`: bytes; `extension`, `content_type`: by its content."""

    @property
    def size(self) -> int:
        """See the class."""

    @property
    def extension(self) -> str:
        """See the class."""

    @property
    def content_type(self) -> str:
        """See the class."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, or all that remain."""


class MediaUploads:
    """Uploads to keys that begin with `prefix`. To be used in a `with` block.

    Methods raise `Unavailable` if S3 does not take the files, or the deadline passes, and what a
    file raises while it is read; then the file is not uploaded.
    """

    def __init__(  # noqa: PLR0913 - what uploads need
        self,
        s3: "S3Client",
        bucket: MediaBucket,
        acls: BucketAcls,
        *,
        prefix: str,
        deadline: Deadline,
        concurrency: int = 16,
    ) -> None:
        """`concurrency`: files that are uploaded, and in memory, at a time."""
        self._s3 = s3
        self._bucket = bucket
        self._acls = acls
        self._prefix = prefix
        self._deadline = deadline
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="uploads")
        self._room = BoundedSemaphore(concurrency)
        self._running = set[Future[None]]()
        self._protection: Mapping[str, Any] | None = None
        self._has_large = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until nothing is uploaded any more: what comes after a removal would stay."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def put(self, file: File, name: str) -> str:
        """Begin to upload a file; return its address. `name`: without an extension."""
        self._require_time()
        key = f"{self._prefix}{token_hex(16)}/{safe_name(f'{name}.{file.extension}')}"
        about = {
            "ContentType": file.content_type,
            # As the server stores media.
            "ContentDisposition": f"attachment; filename={key.rpartition('/')[2]}",
        }
        if file.size <= PART_BYTES:
            self._begin(key, file.read(), about)
        else:
            self._stream(key, file, about)
        return self._bucket.address_of(key)

    def finish(self) -> None:
        """Wait until all files are uploaded."""
        for future in list(self._running):
            self._take(future)
        if self._has_large:
            # An upload whose first answer was lost was begun a second time.
            try:
                abort_uploads(self._s3, self._bucket.name, self._prefix)
            except Unavailable as error:
                raise _unavailable() from error

    def remove(self, addresses: Sequence[str]) -> None:
        """Remove files that were uploaded."""
        keys = [key for address in addresses if (key := self._bucket.key_of(address)) is not None]
        try:
            left = delete_keys(self._s3, self._bucket.name, keys)
        except Unavailable as error:
            raise _unavailable() from error
        if left:
            raise _unavailable()

    def _begin(self, key: str, body: bytes, about: Mapping[str, Any]) -> None:
        while not self._room.acquire(timeout=1):
            self._require_time()
        future = self._pool.submit(self._put, key, body, about)
        future.add_done_callback(lambda _: self._room.release())
        for done in [future for future in self._running if future.done()]:
            self._take(done)
        self._running.add(future)

    def _take(self, future: Future[None]) -> None:
        self._running.discard(future)
        try:
            future.result(max(0.0, self._deadline.left))
        except TimeoutError as error:
            raise _late() from error
        except Denied as error:
            raise _denied() from error
        except Unavailable as error:
            raise _unavailable() from error

    def _put(self, key: str, body: bytes, about: Mapping[str, Any]) -> None:
        self._protected(
            lambda protection: self._s3.put_object(
                Bucket=self._bucket.name, Key=key, Body=body, **about, **protection
            )
        )

    def _stream(self, key: str, file: File, about: Mapping[str, Any]) -> None:
        """Upload a large file in parts, one in memory at a time."""
        self._has_large = True
        try:
            upload = self._protected(
                lambda protection: Upload.begin(
                    self._s3, self._bucket.name, key, **about, **protection
                )
            )
            try:
                self._stream_parts(upload, file)
            except BaseException:
                upload.abort()
                raise
        except Denied as error:
            raise _denied() from error
        except (Unavailable, UploadGone) as error:
            raise error if isinstance(error, Unavailable) else _unavailable() from error

    def _stream_parts(self, upload: Upload, file: File) -> None:
        length = max(PART_BYTES, -(-file.size // MAX_PARTS))
        parts: dict[int, UploadedPart] = {}
        size = 0
        while body := _read_exactly(file, length):
            self._require_time()
            parts[len(parts) + 1] = upload.put(len(parts) + 1, body)
            size += len(body)
        upload.complete(parts, size)

    def _protected(self, put: Callable[[Mapping[str, Any]], Any]) -> Any:  # noqa: ANN401 - what `put` returns
        """Call `put` with the ACL of the installation's media.

        A bucket may have ACLs and block those that are public; its policy opens it then.
        """
        protection: Mapping[str, Any] = (
            self._acls.for_uploads() if self._protection is None else self._protection
        )
        try:
            with storage_faults():
                return put(protection)
        except Denied:
            if not protection:
                raise
            with storage_faults():
                done = put({})
            self._protection = {}
            logger.warning("The bucket takes no public ACL; media is stored without one")
            return done

    def _require_time(self) -> None:
        if self._deadline.is_over():
            raise _late()


def _read_exactly(file: File, size: int) -> bytes:
    """Return `size` bytes, or fewer at the end."""
    pieces = []
    while size and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _late() -> Unavailable:
    return Unavailable(
        "import-not-in-time",
        "The archive could not be imported in time. Nothing was imported; please try again.",
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "media-unavailable",
        "The archive's media files cannot be stored at the moment. Nothing was imported; please "
        "try again in a moment.",
    )


def _denied() -> Unavailable:
    metrics.add_metric("MediaAccessDenied", MetricUnit.Count, 1)
    return Unavailable(
        "media-access-denied",
        "The archive's media files cannot be stored, because the storage of files refuses access. "
        "Nothing was imported. Please tell the operator.",
    )
