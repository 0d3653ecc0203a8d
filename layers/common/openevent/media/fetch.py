"""Fetching media files: many at once, streamed, never whole in memory, capped in size and time."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from threading import Event, Lock
from typing import IO, TypeVar

from aws_lambda_powertools import Logger

from openevent.adapters.storage import open_object
from openevent.errors import Unavailable
from openevent.media.deadline import Deadline
from openevent.media.hosts import Hosts
from openevent.media.places import Place, Places
from openevent.media.retries import retry
from openevent.media.skipped import Reason, Skip, Skipped, storage_skips
from openevent.media.source import Disk, MediaSource
from openevent.media.transfer import Answer, FileFacts, Spool, Target, transfer

logger = Logger(child=True)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MediaFile(FileFacts):
    """A fetched media file: its bytes in `content` (closed by the receiver), and its facts."""

    content: IO[bytes]


class TooLong(Skipped):
    """A media file has more bytes than are held."""


class TooManyBytes(Exception):
    """The objects of our bucket have more bytes together than may be fetched."""


class LongFile(Skip):
    """A media file of more bytes than are held; it can still be streamed."""


Fetched = MediaFile | Skip


class Fetcher:
    """Fetches the media of one event, from our bucket by key and from elsewhere by HTTP."""

    def __init__(  # noqa: PLR0913 - the limits of all files
        self,
        source: MediaSource,
        places: Places,
        *,
        disk: Disk,
        deadline: Deadline,
        hold: int | None = None,
        stored_bytes: int | None = None,
    ) -> None:
        """`deadline`: of all files together; later ones are skipped as `TIMED_OUT`.

        Files of more than `hold` bytes are not fetched, but can be streamed. `TooManyBytes` is
        raised as soon as S3 has announced more than `stored_bytes` for objects of our bucket.
        """
        self._source = source
        self._places = places
        self._disk = disk
        self._given_up = Event()
        self._deadline = Deadline(deadline.at, ended=self._given_up)
        self._hold = hold
        self._hosts = Hosts()
        self._budget = source.limits.total_bytes
        self._stored_left = stored_bytes
        self._lock = Lock()

    def fetch(self, address: str) -> MediaFile:
        """Fetch the file at `address`.

        Raises `Skipped` if it cannot be had, `TooLong`, and `Unavailable` if S3 does not answer.
        """

        def once(place: Place, deadline: Deadline) -> MediaFile:
            spool = Spool(self._disk.spool, self._disk.require_room)
            try:
                facts = self._fetch_once(place, spool, deadline, hold=self._hold)
            except BaseException:
                spool.close()
                raise
            return MediaFile(
                facts.size, facts.crc32, facts.sha256, facts.extension, spool.content()
            )

        return self._tried(address, once)

    def stream(self, address: str, target: Target) -> FileFacts:
        """Write the file at `address` to `target`.

        Raises `Skipped` if it cannot be had, and `Unavailable` if S3 does not answer.
        """

        def once(place: Place, deadline: Deadline) -> FileFacts:
            return self._fetch_once(place, target, deadline, hold=None)

        return self._tried(address, once)

    def fetch_all(
        self, addresses: Iterable[str], *, concurrency: int
    ) -> Generator[Fetched, None, None]:
        """Yield the outcomes of `fetching`; fetch nothing before the first is asked for."""
        with self.fetching(addresses, concurrency=concurrency) as outcomes:
            yield from outcomes

    @contextmanager
    def fetching(
        self, addresses: Iterable[str], *, concurrency: int
    ) -> Iterator[Iterator[Fetched]]:
        """Begin to fetch; give what `fetch` returns or skips for each of `addresses`, in order.

        Raises `Unavailable` as `fetch` does: a file of our bucket is not lost to a transient error.
        Raises `TooManyBytes`. At most `concurrency` are under way at a time, and a quarter more
        wait to be taken. After an error in the block, those under way are cut off, and the fetcher
        fetches nothing more.
        """
        rest = iter(addresses)
        window: deque[Future[Fetched]] = deque()
        try:
            with ThreadPoolExecutor(concurrency, thread_name_prefix="media") as pool:

                def begin(files: int) -> None:
                    window.extend(pool.submit(self._outcome, one) for one in islice(rest, files))

                def outcomes() -> Iterator[Fetched]:
                    while window:
                        begin(1)
                        yield window.popleft().result()

                try:
                    begin(concurrency + concurrency // 4)
                    yield outcomes()
                except BaseException:
                    self._given_up.set()
                    raise
                finally:
                    for future in window:
                        future.cancel()
        finally:
            for future in window:
                if future.cancelled() or future.exception() is not None:
                    continue
                if isinstance(found := future.result(), MediaFile):
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
        deadline = self._deadline.within(self._source.limits.file_seconds)
        try:
            return retry(lambda: once(place, deadline), deadline)
        except Skipped as skipped:
            if skipped.reason is Reason.TOO_SLOW and self._deadline.is_over():
                raise Skipped(Reason.TIMED_OUT) from skipped
            raise

    def _outcome(self, address: str) -> Fetched:
        try:
            return self.fetch(address)
        except TooLong:
            return LongFile(Reason.TOO_LARGE)
        except Skipped as skipped:
            # It may have been cut off because others were too much.
            self._check_stored()
            return skipped.skip
        except (Unavailable, TooManyBytes):
            raise
        except Exception:
            logger.exception("A media file could not be fetched")
            return Skip(Reason.UNREACHABLE)

    def _fetch_once(
        self, place: Place, target: Target, deadline: Deadline, *, hold: int | None
    ) -> FileFacts:
        web = self._source.web
        with (
            web.get(place.address, self._hosts, deadline)
            if place.key is None
            else self._stored(place.address, place.key)
        ) as answer:
            facts = transfer(answer, target, deadline, lambda size: self._check_size(size, hold))
            self.spend(facts.size)
            return facts

    @contextmanager
    def _stored(self, address: str, key: str) -> Iterator[Answer]:
        with (
            storage_skips(),
            open_object(self._source.s3, self._places.bucket.name, key) as body,
            self._announced(body.size),
        ):
            yield Answer(address, body.content_type, body.size, body.chunks)

    @contextmanager
    def _announced(self, size: int) -> Iterator[None]:
        """Count an object of `size` bytes, unless the block fails: then it is fetched again."""
        self._count_stored(size)
        try:
            yield
        except (Skipped, Unavailable):
            self._count_stored(-size)
            raise

    def _count_stored(self, size: int) -> None:
        with self._lock:
            # Once they are too many, no failure makes them fewer.
            if self._stored_left is not None and self._stored_left >= 0:
                self._stored_left -= size
        self._check_stored()

    def _check_stored(self) -> None:
        if self._stored_left is not None and self._stored_left < 0:
            self._given_up.set()
            raise TooManyBytes

    def _check_size(self, size: int, hold: int | None) -> None:
        self._check_stored()
        if size > self._source.limits.file_bytes:
            raise Skipped(Reason.TOO_LARGE)
        if size > self._budget:
            raise Skipped(Reason.TOTAL_TOO_LARGE)
        if hold is not None and size > hold:
            raise TooLong(Reason.TOO_LARGE)
