"""What there is of an event's media, before anything is fetched: sizes, checksums, kinds."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.errors import Unavailable
from openevent.media import objects as sources
from openevent.media.deadline import Deadline
from openevent.media.names import HEAD, extension, is_web_page
from openevent.media.objects import Source, SourceFault
from openevent.media.places import Places
from openevent.media.skipped import Reason, Skipped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Stored:
    """A medium in our bucket."""

    source: Source
    content_type: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A medium that lies elsewhere: nothing is known of it until it is fetched."""

    address: str


Found = Stored | Elsewhere | Skipped


def survey(
    s3: "S3Client",
    places: Places,
    addresses: Iterable[str],
    *,
    concurrency: int,
    deadline: Deadline,
) -> Iterator[Found]:
    """Find what there is at each of `addresses`, in their order, `concurrency` at a time.

    Objects that were not asked for by the `deadline` are skipped.
    """

    def found(address: str) -> Found:
        if deadline.is_over():
            return Skipped(Reason.TIMED_OUT)
        return find(s3, places, address)

    with ThreadPoolExecutor(concurrency, thread_name_prefix="survey") as pool:
        yield from pool.map(found, addresses)


def find(s3: "S3Client", places: Places, address: str) -> Found:
    """What there is at `address`."""
    try:
        place = places.locate(address)
        if place.key is None:
            return Elsewhere(address)
        source, content_type = sources.look(s3, places.bucket.name, place.key)
    except Skipped as skipped:
        return skipped
    except SourceFault:
        return Skipped(Reason.NOT_FOUND)
    except Unavailable:
        return Skipped(Reason.UNREACHABLE)
    if not source.size:
        return Skipped(Reason.EMPTY)
    return Stored(source, content_type, place.address)


def kind(s3: "S3Client", stored: Stored) -> str | Skipped:
    """The extension for a medium, by its first bytes."""
    try:
        head = sources.read(s3, stored.source, 0, min(HEAD, stored.source.size))
    except SourceFault:
        return Skipped(Reason.NOT_FOUND)
    except Unavailable:
        return Skipped(Reason.UNREACHABLE)
    if is_web_page(head, stored.content_type):
        return Skipped(Reason.WEB_PAGE)
    return extension(head, stored.content_type, stored.address)
