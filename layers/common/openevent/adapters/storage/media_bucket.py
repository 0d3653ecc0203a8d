"""Open Event's media bucket: its keys, their addresses, and the event that a key belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

# Bytes of a key, at most (Amazon S3 User Guide, "Naming Amazon S3 objects").
MAX_KEY = 1024


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """The bucket in which Open Event keeps its media, and its addresses.

    `base_urls`: the addresses under which its objects are known, the first for new ones.
    `key_prefixes`: as `MediaSettings.media_key_prefixes`.
    """

    name: str
    base_urls: Sequence[str]
    key_prefixes: Sequence[str]

    def key_of(self, address: str) -> str | None:
        """Return the key that `address` names; None if it is not an address of this bucket."""
        try:
            wanted = urlsplit(address)
        except ValueError:
            return None
        for base in map(urlsplit, self.base_urls):
            root = base.path.rstrip("/") + "/"
            if (wanted.scheme, wanted.netloc.lower()) != (base.scheme, base.netloc.lower()):
                continue
            if wanted.path.startswith(root) and len(wanted.path) > len(root):
                return unquote(wanted.path.removeprefix(root))
        return None

    def address_of(self, key: str) -> str:
        """Return the address of the object `key`."""
        return f"{self.base_urls[0].rstrip('/')}/{quote(key)}"

    def prefixes_of(self, event_id: int, event_identifier: str) -> tuple[str, ...]:
        """Return the beginnings of all keys that belong to the event."""
        return tuple(
            prefix.replace("{event_id}", str(event_id)).replace(
                "{event_identifier}", event_identifier
            )
            for prefix in self.key_prefixes
        )


def belongs(key: str, prefixes: Sequence[str]) -> bool:
    """Return whether `key` begins with one of `prefixes` and can be a key of an upload.

    A key with a piece `.` or `..` is refused: servers and browsers read another path out of it.
    """
    return (
        key.startswith(tuple(prefixes))
        and len(key.encode(errors="replace")) <= MAX_KEY
        and not {".", ".."} & set(key.split("/"))
    )
