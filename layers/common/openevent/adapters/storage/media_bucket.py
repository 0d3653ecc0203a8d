"""Open Event's media bucket: its addresses, and the keys that may be read for an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from openevent.adapters.storage.bucket_addresses import default_base_url, key_at
from openevent.adapters.storage.media_keys import MediaKeys


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """The bucket in which Open Event keeps its media, and its addresses.

    `base_urls`: addresses under which its objects are known besides those of AWS, the first for new
    ones. `key_prefixes`, `public_prefixes`: as in `MediaSettings`. `region`: where the bucket is.
    """

    name: str
    base_urls: Sequence[str]
    key_prefixes: Sequence[str]
    public_prefixes: Sequence[str] = ()
    region: str = "us-east-1"

    @property
    def keys(self) -> MediaKeys:
        """The rules for keys."""
        return MediaKeys(self.key_prefixes, self.public_prefixes)

    def key_of(self, address: str) -> str | None:
        """Return the key that `address` names; None if it is not an address of this bucket."""
        return key_at(address, self.name, self.base_urls)

    def address_of(self, key: str) -> str:
        """Return the address of the object `key`."""
        base = self.base_urls[0] if self.base_urls else default_base_url(self.name, self.region)
        return f"{base.rstrip('/')}/{quote(key)}"

    def prefixes_of(self, event_id: int, event_identifier: str) -> tuple[str, ...]:
        """Return the beginnings of all keys that may be read for the event, its own first."""
        return self.keys.prefixes_of(event_id, event_identifier)

    def may_read(self, key: str, prefixes: Sequence[str]) -> bool:
        """Return whether `key` may be read for the event of these `prefixes`."""
        return self.keys.may_read(key, prefixes)
