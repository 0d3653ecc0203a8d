"""Fetching media files: many at once, streamed, never whole in memory, capped in size and time."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import IO, TYPE_CHECKING, TypeVar

from aws_lambda_powertools import Logger

from openevent.adapters.storage import open_object
from openevent.media.deadline import Deadline
from openevent.media.hosts import Hosts
from openevent.media.places import Place, Places
from openevent.media.skipped import Passing, Reason, Skipped, storage_skips
from openevent.media.transfer import Answer, Facts, Spool, Target, transfer
from openevent.media.web import Web

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

T = TypeVar("T")

TRIES = 3

# Seconds before the second try; twice that before the third.
BACKOFF = 0.3


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes and seconds for one media file, and bytes for all of an archive."""

    file_bytes: int
    file_seconds: float
    total_bytes: int


@dataclass(frozen=True, slots=True)
class MediaFile(Facts):
    """A fetched media file: its bytes in `content` (closed by the receiver), and its facts."""

    content: IO[bytes]


class TooLong(Skipped):
    """A media file has more bytes than are held; it can still be streamed."""


class Fetcher:
    """Fetches the media of one event, from our bucket by key and from elsewhere by HTTP."""

    def __init__(  # noqa: PLR0913 - the sources of media and their limits
        self,
        *,
        s3: "S3Client",
        web: Web,
        places: Places,
        limits: Limits,
        deadline: Deadline,
        spool: Callable[[], IO[bytes]],
        require_room: Callable[[int], None],
        hold: int | None = None,
    ) -> None:
        """`deadline`: of all files together; what has not come by then is skipped as `TIMED_OUT`.

        `spool` makes temporary files; `require_room` raises `Skipped` if its number of bytes does
        not fit on their disk. Files of more than `hold` bytes are not fetched, but can be streamed.
        """
        self._s3 = s3
        self._web = web
        self._places = places
        self._limits = limits
        self._deadline = deadline
        self._hosts = Hosts()
        self._spool = spool
        self._require_room = require_room
        self._hold = hold
        self._budget = limits.total_bytes
        self._lock = Lock()

    def fetch(self, address: str) -> MediaFile:
        """Fetch the file at `address`. Raises `Skipped` if it cannot be had, or `TooLong`."""

        def once(place: Place, deadline: Deadline) -> MediaFile:
            spool = Spool(self._spool(), self._require_room)
            try:
                facts = self._fetch_once(place, spool, deadline, hold=self._hold)
            except BaseException:
                spool.content.close()
                raise
            return MediaFile(facts.size, facts.crc32, facts.sha256, facts.extension, spool.content)

        return self._tried(address, once)

    def stream(self, address: str, target: Target) -> Facts:
        """Write the file at `address` to `target`. Raises `Skipped` if it cannot be had."""

        def once(place: Place, deadline: Deadline) -> Facts:
            return self._fetch_once(place, target, deadline, hold=None)

        return self._tried(address, once)

    def fetch_all(
        self, addresses: Iterable[str], *, concurrency: int
    ) -> Generator[MediaFile | Skipped, None, None]:
        """Give what `fetch` returns or raises for each of `addresses`, in their order.

        At most `concurrency` are under way at a time, and a quarter more wait to be taken.
        """
        window: deque[Future[MediaFile | Skipped]] = deque()
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
                if not future.cancelled() and isinstance(found := future.result(), MediaFile):
                    found.content.close()

    def spend(self, size: int) -> None:
        """Count `size` bytes of the total. Raises `Skipped` if they are too many."""
        with self._lock:
            if size > self._budget:
                raise Skipped(Reason.TOTAL_TOO_LARGE)
            self._budget -= size

    def _tried(self, address: str, once: Callable[[Place, Deadline], T]) -> T:
        """Return what `once` returns, given a deadline; after a transient fault try it again."""
        if self._deadline.is_over():
            raise Skipped(Reason.TIMED_OUT)
        place = self._places.locate(address)
        if place.key is not None:
            return self._repeated(place, once)
        with self._hosts.asked(place.address):
            return self._repeated(place, once)

    def _repeated(self, place: Place, once: Callable[[Place, Deadline], T]) -> T:
        deadline = self._deadline.within(self._limits.file_seconds)
        for attempt in range(1, TRIES + 1):
            try:
                return once(place, deadline)
            except Passing as fault:
                pause = BACKOFF * attempt
                if attempt == TRIES or deadline.left < pause:
                    raise Skipped(fault.reason, fault.detail) from fault
                time.sleep(pause)
            except Skipped as skipped:
                if skipped.reason is Reason.TOO_SLOW and self._deadline.is_over():
                    raise Skipped(Reason.TIMED_OUT) from skipped
                raise
        raise AssertionError("unreachable")

    def _outcome(self, address: str) -> MediaFile | Skipped:
        try:
            return self.fetch(address)
        except Skipped as skipped:
            return skipped
        except Exception:
            logger.exception("A media file could not be fetched")
            return Skipped(Reason.UNREACHABLE)

    def _fetch_once(
        self, place: Place, target: Target, deadline: Deadline, *, hold: int | None
    ) -> Facts:
        with self._answer(place, deadline) as answer:
            facts = transfer(answer, target, deadline, lambda size: self._check_size(size, hold))
            self.spend(facts.size)
            return facts

    @contextmanager
    def _answer(self, place: Place, deadline: Deadline) -> Iterator[Answer]:
        if place.key is None:
            with self._web.get(place.address, self._hosts, deadline) as answer:
                yield answer
            return
        with (
            storage_skips(),
            open_object(self._s3, self._places.bucket.name, place.key) as body,
        ):
            yield Answer(place.address, body.content_type, body.size, body.chunks)

    def _check_size(self, size: int, hold: int | None) -> None:
        if size > self._limits.file_bytes:
            raise Skipped(Reason.TOO_LARGE)
        if size > self._budget:
            raise Skipped(Reason.TOTAL_TOO_LARGE)
        if hold is not None and size > hold:
            raise TooLong(Reason.TOO_LARGE)
