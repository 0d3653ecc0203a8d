"""Places of an event's media: absolute addresses, and keys in our bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from openevent.adapters.storage import MediaBucket, belongs
from openevent.media.skipped import Reason, Skipped
from openevent.rights.events import Event


@dataclass(frozen=True, slots=True)
class Place:
    """An absolute address, and its key where that is in our bucket."""

    address: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the places of one event's media.

    `prefixes`: the beginnings of the keys in the bucket that belong to the event. `root_url`: what
    relative addresses are relative to.
    """

    bucket: MediaBucket
    prefixes: Sequence[str]
    root_url: str

    @classmethod
    def of_event(cls, bucket: MediaBucket, event: Event, root_url: str) -> "Places":
        """Return the places of the media of `event`."""
        return cls(bucket, bucket.prefixes_of(event.id, event.identifier), root_url)

    def locate(self, address: str) -> Place:
        """Return the place of `address`. Raises `Skipped` if nothing may be fetched from there."""
        try:
            absolute = urljoin(f"{self.root_url}/", address.strip())
            scheme = urlsplit(absolute).scheme
        except ValueError as error:
            raise Skipped(Reason.ADDRESS_INVALID) from error
        if scheme not in ("http", "https"):
            raise Skipped(Reason.ADDRESS_INVALID)
        key = self.bucket.key_of(absolute)
        if key is not None and not belongs(key, self.prefixes):
            raise Skipped(Reason.FORBIDDEN_KEY)
        return Place(absolute, key)
