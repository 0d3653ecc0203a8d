"""Fetching media: many at once, streamed, never whole in memory, capped in size and time."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import IO, TYPE_CHECKING, Protocol, TypeVar

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from isal import isal_zlib
from urllib3.exceptions import HTTPError

from openevent.adapters.storage import MediaBucket
from openevent.media.names import HEAD, extension, is_web_page
from openevent.media.places import Place, Places
from openevent.media.skipped import Reason, Skipped
from openevent.media.web import Passing, Web

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

T = TypeVar("T")

CHUNK = 1 << 17

# Bytes of a file after which the room on the disk is looked at again.
ROOM_CHECK = 16 << 20

TRIES = 3

# Seconds before the second try; twice that before the third.
BACKOFF = 0.3

_NOT_THERE = frozenset({"NoSuchKey", "404", "403", "AccessDenied", "InvalidObjectState"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps: bytes and seconds for one file, and bytes for all of an archive."""

    file_bytes: int
    file_seconds: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes of a medium are."""

    size: int
    crc32: int
    sha256: str
    extension: str


@dataclass(frozen=True, slots=True)
class Medium(Facts):
    """A fetched medium: its bytes in `content` (closed by who takes it), and what they are."""

    content: IO[bytes]


class TooLong(Skipped):
    """A medium has more bytes than are held; it can still be streamed."""


class Target(Protocol):
    """What takes a medium as it comes."""

    def begin(self, extension: str, length: int | None) -> None:
        """The medium begins, perhaps once more, after a try that failed.

        `length`: the bytes it is said to have, where anything is said.
        """

    def write(self, data: bytes, /) -> object:
        """The next bytes."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The event that the media belongs to."""

    event_id: int
    identifier: str


class Fetcher:
    """Fetches the media of one event, from our bucket by key and from elsewhere by HTTP."""

    def __init__(  # noqa: PLR0913 - the sources of media and their limits
        self,
        *,
        s3: "S3Client",
        web: Web,
        bucket: MediaBucket,
        owner: Owner,
        root_url: str,
        limits: Limits,
        spool: Callable[[], IO[bytes]],
        require_room: Callable[[int], None],
        hold: int | None = None,
    ) -> None:
        """`root_url`: what relative addresses are relative to.

        `spool` makes temporary files; `require_room` raises `Skipped` when so many more bytes do
        not fit on their disk. Media of more than `hold` bytes are not fetched, but for streaming.
        """
        self._s3 = s3
        self._web = web
        self._bucket = bucket
        prefixes = bucket.prefixes_of(owner.event_id, owner.identifier)
        self._places = Places(bucket, prefixes, root_url)
        self._limits = limits
        self._spool = spool
        self._require_room = require_room
        self._hold = hold
        self._budget = limits.total_bytes
        self._lock = Lock()

    def locate(self, address: str) -> Place:
        """Where the medium at `address` lies. Raises `Skipped` where nothing is fetched from."""
        return self._places.locate(address)

    def fetch(self, address: str) -> Medium:
        """The medium at `address`. Raises `Skipped` when it cannot be had, `TooLong`."""
        place = self.locate(address)

        def once(deadline: float) -> Medium:
            spool = _Spool(self._spool(), self._require_room)
            try:
                facts = self._fetch_once(place, spool, deadline, hold=self._hold)
            except BaseException:
                spool.content.close()
                raise
            return Medium(facts.size, facts.crc32, facts.sha256, facts.extension, spool.content)

        return self._tried(once)

    def stream(self, address: str, target: Target) -> Facts:
        """Let `target` have the medium at `address`. Raises `Skipped` when it cannot be had."""
        place = self.locate(address)
        return self._tried(lambda deadline: self._fetch_once(place, target, deadline, hold=None))

    def fetch_all(
        self, addresses: Iterable[str], *, concurrency: int
    ) -> Generator[Medium | Skipped, None, None]:
        """What `fetch` gives or raises for each of `addresses`, in their order.

        At most `concurrency` are under way at a time, and a quarter more wait to be taken.
        """
        window: deque[Future[Medium | Skipped]] = deque()
        try:
            with ThreadPoolExecutor(concurrency, thread_name_prefix="media") as pool:
                try:
                    for address in addresses:
                        window.append(pool.submit(self._outcome, address))
                        if len(window) > concurrency + concurrency // 4:
                            yield window.popleft().result()
                    while window:
                        yield window.popleft().result()
                finally:
                    for future in window:
                        future.cancel()
        finally:
            for future in window:
                if not future.cancelled() and isinstance(found := future.result(), Medium):
                    found.content.close()

    def spend(self, size: int) -> None:
        """Count so many bytes of the total. Raises `Skipped` when they are too many."""
        with self._lock:
            if size > self._budget:
                raise Skipped(Reason.TOTAL_TOO_LARGE)
            self._budget -= size

    def _tried(self, once: Callable[[float], T]) -> T:
        """What `once` returns, given its deadline; after a passing fault it is tried again."""
        deadline = time.monotonic() + self._limits.file_seconds
        for attempt in range(1, TRIES + 1):
            try:
                return once(deadline)
            except Passing as fault:
                pause = BACKOFF * attempt
                if attempt == TRIES or time.monotonic() + pause > deadline:
                    raise Skipped(fault.reason, fault.detail) from fault
                time.sleep(pause)
        raise AssertionError("unreachable")

    def _outcome(self, address: str) -> Medium | Skipped:
        try:
            return self.fetch(address)
        except Skipped as skipped:
            return skipped
        except Exception:
            logger.exception("A medium could not be fetched")
            return Skipped(Reason.UNREACHABLE)

    def _fetch_once(
        self, place: Place, target: Target, deadline: float, *, hold: int | None
    ) -> Facts:
        if place.key is None:
            with self._web.get(place.address) as response:
                chunks = response.stream(CHUNK, decode_content=True)
                content_type = response.headers.get("Content-Type")
                length = _length(response.headers.get("Content-Length", ""))
                answer = _Answer(place.address, content_type, length, chunks)
                with _transport_faults():
                    return self._take(answer, target, deadline, hold)
        with s3_faults():
            found = self._s3.get_object(Bucket=self._bucket.name, Key=place.key)
            with closing(found["Body"]) as body:
                answer = _Answer(
                    place.address,
                    found.get("ContentType"),
                    found["ContentLength"],
                    body.iter_chunks(CHUNK),
                )
                return self._take(answer, target, deadline, hold)

    def _take(self, answer: "_Answer", target: Target, deadline: float, hold: int | None) -> Facts:
        """Let `target` have what is answered, within the limits."""
        self._check_size(answer.length or 0, hold)
        following = iter(answer.chunks)
        head = b""
        while len(head) < HEAD and (chunk := next(following, b"")):
            head += chunk
        if not head:
            raise Skipped(Reason.EMPTY)
        if is_web_page(head[:HEAD], answer.content_type):
            raise Skipped(Reason.WEB_PAGE)
        ending = extension(head[:HEAD], answer.content_type, answer.address)
        target.begin(ending, answer.length)
        digest, crc32, size = hashlib.sha256(), 0, 0
        for chunk in chain([head], following):
            size += len(chunk)
            self._check_size(size, hold)
            if time.monotonic() > deadline:
                raise Skipped(Reason.TOO_SLOW)
            digest.update(chunk)
            crc32 = isal_zlib.crc32(chunk, crc32)
            target.write(chunk)
        self.spend(size)
        return Facts(size, crc32, digest.hexdigest(), ending)

    def _check_size(self, size: int, hold: int | None) -> None:
        if size > self._limits.file_bytes:
            raise Skipped(Reason.TOO_LARGE)
        if size > self._budget:
            raise Skipped(Reason.TOTAL_TOO_LARGE)
        if hold is not None and size > hold:
            raise TooLong(Reason.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server answers: the address, its word on what it is and how long, and the bytes."""

    address: str
    content_type: str | None
    length: int | None
    chunks: Iterable[bytes]


class _Spool:
    """A temporary file that takes a medium, while there is room on its disk."""

    def __init__(self, content: IO[bytes], require_room: Callable[[int], None]) -> None:
        self.content = content
        self._require_room = require_room

    def begin(self, extension: str, length: int | None) -> None:
        del extension
        self._require_room(length or 0)

    def write(self, data: bytes, /) -> None:
        size = self.content.tell()
        if size // ROOM_CHECK != (size + len(data)) // ROOM_CHECK:
            self._require_room(ROOM_CHECK)
        self.content.write(data)


def _length(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


@contextmanager
def _transport_faults() -> Iterator[None]:
    try:
        yield
    except (HTTPError, OSError) as error:
        raise Passing(Reason.UNREACHABLE) from error


@contextmanager
def s3_faults() -> Iterator[None]:
    """S3's errors, as why a medium is not to be had."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NOT_THERE:
            raise Skipped(Reason.NOT_FOUND) from error
        raise Passing(Reason.UNREACHABLE) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise Passing(Reason.UNREACHABLE) from error
