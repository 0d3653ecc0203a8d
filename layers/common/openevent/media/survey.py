"""Survey of an event's media before anything is fetched: objects, their sizes and checksums."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.adapters.storage import StoredObject, find_object, read_range
from openevent.media.deadline import Deadline
from openevent.media.names import HEAD, extension, is_web_page
from openevent.media.places import Places
from openevent.media.retries import retry
from openevent.media.skipped import Reason, Skip, Skipped, storage_skips

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Stored:
    """A media file in our bucket."""

    object: StoredObject
    address: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A media file on another server, at an absolute address; nothing else is known of it."""

    address: str


Found = Stored | Elsewhere | Skip


def survey(
    s3: "S3Client",
    places: Places,
    addresses: Iterable[str],
    *,
    concurrency: int,
    deadline: Deadline,
) -> Iterator[Found]:
    """Give what `find` returns or skips for each of `addresses`, `concurrency` at a time.

    Objects that were not asked for by the `deadline` are skipped. Raises `Unavailable` if S3 does
    not answer, also when asked again.
    """
    with ThreadPoolExecutor(concurrency, thread_name_prefix="survey") as pool:

        def begun(address: str) -> Found | Future[Found]:
            """Begin to ask for an object; what is elsewhere is known at once."""
            try:
                place = places.locate(address)
            except Skipped as skipped:
                return skipped.skip
            if place.key is None:
                return Elsewhere(place.address)
            return pool.submit(_asked, s3, places, address, deadline)

        try:
            found = [begun(address) for address in addresses]
            yield from (one.result() if isinstance(one, Future) else one for one in found)
        finally:
            pool.shutdown(cancel_futures=True)


def find(s3: "S3Client", places: Places, address: str) -> Stored | Elsewhere:
    """Return what there is at `address`. Raises `Skipped` and `Unavailable`."""
    place = places.locate(address)
    if place.key is None:
        return Elsewhere(place.address)
    with storage_skips():
        found = find_object(s3, places.bucket.name, place.key)
    if not found.size:
        raise Skipped(Reason.EMPTY)
    return Stored(found, place.address)


def _asked(s3: "S3Client", places: Places, address: str, deadline: Deadline) -> Found:
    if deadline.is_over():
        return Skip(Reason.TIMED_OUT)
    try:
        return retry(lambda: find(s3, places, address), deadline)
    except Skipped as skipped:
        return skipped.skip


def find_extension(s3: "S3Client", stored: Stored) -> str:
    """Return the extension for a media file, by its first bytes.

    Raises `Skipped`, with `CHANGING` if it is another version by now, and `Unavailable`.
    """
    seen = stored.object
    with storage_skips():
        head = read_range(s3, seen, 0, min(HEAD, seen.size))
    if is_web_page(head, seen.content_type):
        raise Skipped(Reason.WEB_PAGE)
    return extension(head, seen.content_type, stored.address)
