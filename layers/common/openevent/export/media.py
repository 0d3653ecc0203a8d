"""Fetching media: many at once, streamed, never whole in memory, capped in size and time."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from isal import isal_zlib
from urllib3.exceptions import HTTPError

from openevent.export.left_out import LeftOut, Reason
from openevent.export.names import HEAD, extension, is_web_page
from openevent.export.web import Passing, Web
from openevent.objects import MediaBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

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
class Medium:
    """A fetched medium: its bytes in `content` (closed by who takes it), and what they are."""

    content: IO[bytes]
    size: int
    crc32: int
    sha256: str
    extension: str


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
    ) -> None:
        """`root_url`: what relative addresses are relative to.

        `spool` makes temporary files; `require_room` raises `LeftOut` when so many more bytes do
        not fit on their disk.
        """
        self._s3 = s3
        self._web = web
        self._bucket = bucket
        self._prefixes = bucket.prefixes_of(owner.event_id, owner.identifier)
        self._root_url = root_url
        self._limits = limits
        self._spool = spool
        self._require_room = require_room
        self._budget = limits.total_bytes
        self._lock = Lock()

    def fetch(self, address: str) -> Medium:
        """The medium at `address`. Raises `LeftOut` when it cannot be had."""
        absolute = self._absolute(address)
        deadline = time.monotonic() + self._limits.file_seconds
        for attempt in range(1, TRIES + 1):
            try:
                return self._fetch_once(absolute, deadline)
            except Passing as fault:
                pause = BACKOFF * attempt
                if attempt == TRIES or time.monotonic() + pause > deadline:
                    raise LeftOut(fault.reason, fault.detail) from fault
                time.sleep(pause)
        raise AssertionError("unreachable")

    def fetch_all(
        self, addresses: Iterable[str], *, concurrency: int
    ) -> Iterator[Medium | LeftOut]:
        """What `fetch` gives or raises for each of `addresses`, in their order.

        At most `concurrency` are under way at a time, and a quarter more wait to be taken.
        """
        with ThreadPoolExecutor(concurrency, thread_name_prefix="media") as pool:
            window: deque[Future[Medium | LeftOut]] = deque()
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

    def _outcome(self, address: str) -> Medium | LeftOut:
        try:
            return self.fetch(address)
        except LeftOut as left_out:
            return left_out
        except Exception:
            logger.exception("A medium could not be fetched")
            return LeftOut(Reason.UNREACHABLE)

    def _absolute(self, address: str) -> str:
        try:
            absolute = urljoin(f"{self._root_url}/", address.strip())
            scheme = urlsplit(absolute).scheme
        except ValueError as error:
            raise LeftOut(Reason.ADDRESS_INVALID) from error
        if scheme not in ("http", "https"):
            raise LeftOut(Reason.ADDRESS_INVALID)
        return absolute

    def _fetch_once(self, address: str, deadline: float) -> Medium:
        key = self._bucket.key_of(address)
        if key is None:
            with self._web.get(address) as response:
                chunks = response.stream(CHUNK, decode_content=False)
                content_type = response.headers.get("Content-Type")
                length = response.headers.get("Content-Length", "")
                with _transport_faults():
                    return self._take(chunks, length, content_type, address, deadline)
        if not key.startswith(self._prefixes) or ".." in key.split("/"):
            raise LeftOut(Reason.FORBIDDEN_KEY)
        with s3_faults():
            found = self._s3.get_object(Bucket=self._bucket.name, Key=key)
            with closing(found["Body"]) as body:
                return self._take(
                    body.iter_chunks(CHUNK),
                    str(found["ContentLength"]),
                    found.get("ContentType"),
                    address,
                    deadline,
                )

    def _take(
        self,
        chunks: Iterable[bytes],
        length: str,
        content_type: str | None,
        address: str,
        deadline: float,
    ) -> Medium:
        """Read `chunks`, `length` bytes if that is a number, into a spool, within the limits."""
        if length.isascii() and length.isdigit():
            self._check_size(int(length))
            self._require_room(int(length))
        spool = self._spool()
        try:
            return self._read(chunks, spool, content_type, address, deadline)
        except BaseException:
            spool.close()
            raise

    def _read(
        self,
        chunks: Iterable[bytes],
        spool: IO[bytes],
        content_type: str | None,
        address: str,
        deadline: float,
    ) -> Medium:
        digest, crc32, size, head = hashlib.sha256(), 0, 0, b""
        for chunk in chunks:
            if len(head) < HEAD:
                head += chunk[:HEAD]
            if size // ROOM_CHECK != (size + len(chunk)) // ROOM_CHECK:
                self._require_room(ROOM_CHECK)
            size += len(chunk)
            self._check_size(size)
            if time.monotonic() > deadline:
                raise LeftOut(Reason.TOO_SLOW)
            digest.update(chunk)
            crc32 = isal_zlib.crc32(chunk, crc32)
            spool.write(chunk)
        if not size:
            raise LeftOut(Reason.EMPTY)
        if is_web_page(head, content_type):
            raise LeftOut(Reason.WEB_PAGE)
        self._spend(size)
        return Medium(
            spool, size, crc32, digest.hexdigest(), extension(head, content_type, address)
        )

    def _check_size(self, size: int) -> None:
        if size > self._limits.file_bytes:
            raise LeftOut(Reason.TOO_LARGE)
        if size > self._budget:
            raise LeftOut(Reason.TOTAL_TOO_LARGE)

    def _spend(self, size: int) -> None:
        with self._lock:
            if size > self._budget:
                raise LeftOut(Reason.TOTAL_TOO_LARGE)
            self._budget -= size


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
            raise LeftOut(Reason.NOT_FOUND) from error
        raise Passing(Reason.UNREACHABLE) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise Passing(Reason.UNREACHABLE) from error
