"""An event's media: which objects its rows hold, and copies of them within S3."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar
from urllib.parse import urljoin

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.storage import MediaBucket
from openevent.copying.rows import TextInUse
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

# S3 copies at most 5 GiB in one call, and takes parts of an object at once, so that larger objects
# are copied faster in parts. No object has more than 10,000.
PART_BYTES = 256 * 2**20
MAX_PARTS = 10_000

# S3's limits: of a key, in bytes; of a call that deletes, in keys.
MAX_KEY = 1024
MAX_DELETED = 1000

# How long a name may be that is kept, in characters (at most four bytes each).
MAX_NAME = 100

_GONE = frozenset({"404", "NoSuchKey", "NotFound"})
_ABOUT_THE_CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
)


@dataclass(frozen=True, slots=True)
class ObjectCopy:
    """An object to copy, and the key that its copy gets."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class MediaInUse:
    """The media that an event's rows hold.

    `copies`: of each address in our bucket under the event's own keys, where its object goes.
    `foreign`: addresses in our bucket under other keys; the rows' word does not make them the
    event's.
    """

    copies: Mapping[str, ObjectCopy]
    foreign: frozenset[str]


def media_in_use(
    texts: Collection[TextInUse],
    bucket: MediaBucket,
    own: Sequence[str],
    new: str,
    *,
    root_url: str,
) -> MediaInUse:
    """What of `texts` is media.

    `own`: the beginnings of the original's keys; `new`: that of all keys of the copy. `root_url`:
    what relative addresses are relative to. An object that is held twice is copied once.
    """
    copies: dict[str, ObjectCopy] = {}
    targets: dict[str, str] = {}
    foreign = set[str]()
    for address in {address for found in texts for address in _addresses(found)}:
        key = _key_of(address, bucket, root_url)
        if key is None:
            continue
        if _belongs(key, own):
            target = targets.setdefault(key, f"{new}{token_hex(16)}/{safe_name(key)}")
            copies[address] = ObjectCopy(key, target)
        elif bucket.key_of(address) is not None:
            # Not of what was taken for relative: that can be any text.
            foreign.add(address)
    return MediaInUse(copies, frozenset(foreign))


def replaced(found: TextInUse, new: Mapping[str, str]) -> str:
    """The text with each address that is a key of `new` replaced by its value."""
    if not found.is_json:
        return new.get(found.text, found.text)
    if not any(address in new for address in _addresses(found)):
        return found.text
    return json.dumps(_replaced(_decoded(found.text), new))


def safe_name(key: str) -> str:
    """The last piece of a key, without what addresses, file systems or people stumble over."""
    name = re.sub(r"[^\w.-]+", "-", key.rpartition("/")[2]).lstrip(".-")
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) < MAX_NAME // 2:
        return f"{stem[: MAX_NAME - len(extension) - 1] or 'file'}.{extension}"
    return name[:MAX_NAME] or "file"


def _key_of(address: str, bucket: MediaBucket, root_url: str) -> str | None:
    try:
        return bucket.key_of(urljoin(f"{root_url}/", address.strip()))
    except ValueError:
        return None


def _belongs(key: str, own: Sequence[str]) -> bool:
    return (
        key.startswith(tuple(own))
        and len(key.encode(errors="replace")) <= MAX_KEY
        and not {".", ".."} & set(key.split("/"))
    )


def _addresses(found: TextInUse) -> Iterator[str]:
    return _strings(_decoded(found.text)) if found.is_json else iter([found.text])


def _decoded(document: str) -> object:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        # Numbers and depths that Postgres takes and Python does not: no addresses are in there.
        return None


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            yield from _strings(list(value.values()))


def _replaced(value: object, new: Mapping[str, str]) -> object:
    match value:
        case str():
            return new.get(value, value)
        case list():
            return [_replaced(item, new) for item in value]
        case dict():
            return {name: _replaced(item, new) for name, item in value.items()}
    return value


class ObjectCopier:
    """Copies objects within one bucket, many at once, and takes the copies back if need be.

    `copy` and `missing` raise `Unavailable` when S3 fails, or has not done it by the deadline.
    """

    def __init__(
        self, client: "S3Client", bucket: str, *, deadline: float, concurrency: int = 32
    ) -> None:
        """`deadline`: on the clock of `time.monotonic`."""
        self._client = client
        self._bucket = bucket
        self._deadline = deadline
        self._concurrency = concurrency
        self._targets: list[str] = []
        self._uploads: list[_Upload] = []

    def missing(self, sources: Collection[str]) -> set[str]:
        """Those of the keys that have no object."""
        return {key for key, head in self._heads(sources).items() if head is None}

    def copy(self, copies: Collection[ObjectCopy]) -> set[str]:
        """Copy the objects; return the sources that have none, and so no copy either."""
        heads = self._heads({copy.source for copy in copies})
        small = list[ObjectCopy]()
        large = list[_Upload]()
        for copy in set(copies):
            head = heads[copy.source]
            if head is not None and head["ContentLength"] <= PART_BYTES:
                small.append(copy)
            elif head is not None:
                large.append(_Upload(self._client, self._bucket, copy, head))
        self._targets += [copy.target for copy in (*small, *(upload.copy for upload in large))]
        self._uploads += large
        self._all([upload.begin for upload in large])
        calls: list[Callable[[], str | None]] = [
            *(part for upload in large for part in upload.parts()),
            *(partial(self._copy_whole, copy) for copy in small),
        ]
        gone = self._all(calls)
        self._all([upload.complete for upload in large])
        return {key for key, head in heads.items() if head is None} | set(filter(None, gone))

    def remove(self) -> None:
        """Remove whatever `copy` has made, as far as possible; what stays is logged."""
        left = list[str]()
        for upload in self._uploads:
            try:
                upload.abort()
            except (BotoCoreError, ClientError):
                logger.exception("An upload was not aborted", extra={"key": upload.copy.target})
        for first in range(0, len(self._targets), MAX_DELETED):
            left += self._delete(self._targets[first : first + MAX_DELETED])
        if left:
            logger.error("Media was left behind", extra={"bucket": self._bucket, "keys": left})
            metrics.add_metric("MediaLeftBehind", MetricUnit.Count, len(left))

    def _delete(self, keys: list[str]) -> list[str]:
        """Remove objects; the keys of those that were not removed."""
        try:
            deleted = self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        except (BotoCoreError, ClientError):
            logger.exception("S3 does not delete")
            return keys
        return [error["Key"] for error in deleted.get("Errors", [])]

    def _heads(self, keys: Collection[str]) -> "dict[str, HeadObjectOutputTypeDef | None]":
        ordered = list(keys)
        heads = self._all([partial(self._head, key) for key in ordered])
        return dict(zip(ordered, heads, strict=True))

    def _head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _is_gone(error):
                return None
            raise

    def _copy_whole(self, copy: ObjectCopy) -> str | None:
        """Copy an object; its key if it is gone."""
        try:
            self._client.copy_object(
                Bucket=self._bucket,
                Key=copy.target,
                CopySource={"Bucket": self._bucket, "Key": copy.source},
            )
        except ClientError as error:
            if _is_gone(error):
                return copy.source
            raise
        return None

    def _all(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """What each of `calls` returns, so many of them at a time.

        When one fails, or time is up, those that have not begun never will, and those that have are
        waited for: nothing happens in the bucket any more when this returns or raises.
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
                "media-unavailable", "The event's media cannot be copied at the moment."
            ) from failure
        if failure is not None:
            raise failure
        if running:
            raise Unavailable("media-not-in-time", "The event's media could not be copied in time.")
        return [future.result() for future in futures]


class _Upload:
    """The copy of one large object, in parts."""

    def __init__(
        self, client: "S3Client", bucket: str, copy: ObjectCopy, head: "HeadObjectOutputTypeDef"
    ) -> None:
        self.copy = copy
        self._client = client
        self._bucket = bucket
        self._head = head
        self._id: str | None = None
        self._parts: dict[int, CompletedPartTypeDef] = {}

    def begin(self) -> None:
        """Begin the upload, with what the original says of itself."""
        head: Mapping[str, Any] = self._head
        about: dict[str, Any] = {name: head[name] for name in _ABOUT_THE_CONTENT if name in head}
        upload = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=self.copy.target, **about
        )
        self._id = upload["UploadId"]

    def parts(self) -> Iterator[Callable[[], None]]:
        """What copies each part."""
        size = self._head["ContentLength"]
        length = max(PART_BYTES, -(-size // MAX_PARTS))
        for number, first in enumerate(range(0, size, length), start=1):
            yield partial(self._copy_part, number, first, min(first + length, size) - 1)

    def complete(self) -> None:
        """Make one object of the parts."""
        self._client.complete_multipart_upload(
            **self._named(),
            MultipartUpload={"Parts": [part for _, part in sorted(self._parts.items())]},
        )
        self._id = None

    def abort(self) -> None:
        """Give up the upload, unless it is not begun or complete."""
        if self._id is not None:
            self._client.abort_multipart_upload(**self._named())

    def _copy_part(self, number: int, first: int, last: int) -> None:
        answer = self._client.upload_part_copy(
            **self._named(),
            PartNumber=number,
            CopySource={"Bucket": self._bucket, "Key": self.copy.source},
            CopySourceIfMatch=self._head["ETag"],
            CopySourceRange=f"bytes={first}-{last}",
        )
        self._parts[number] = {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    def _named(self) -> "_Named":
        return {"Bucket": self._bucket, "Key": self.copy.target, "UploadId": self._id or ""}


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in _GONE
