"""Media files that an event's rows refer to, and where their copies go."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urljoin

from openevent.adapters.storage import MediaBucket, split_address
from openevent.making.names import safe_name


@dataclass(frozen=True, slots=True)
class TextInUse:
    """A text in a column that holds media; `is_json`: addresses are somewhere within it."""

    table: str
    column: str
    is_json: bool
    text: str


@dataclass(frozen=True, slots=True)
class ObjectCopy:
    """An object to copy, and the key that its copy gets."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class MediaInUse:
    """Media files to which an event's rows refer.

    `copies`: addresses in the bucket under the event's own keys, each with the copy of its object.
    `foreign`: addresses in the bucket under other keys. A row can hold any address, so this does
    not make the object the event's. `kept`: addresses of files that are not in the bucket, which
    the copy shares with the original: on the server's own disk, in other storage, on the web.
    """

    copies: Mapping[str, ObjectCopy]
    foreign: frozenset[str]
    kept: frozenset[str] = frozenset()

    @property
    def misses_bucket(self) -> bool:
        """Whether there are addresses, and none of them leads to the bucket."""
        return bool(self.kept) and not self.copies and not self.foreign


def media_in_use(
    texts: Collection[TextInUse],
    bucket: MediaBucket,
    own: Sequence[str],
    new: str,
    *,
    root_url: str,
) -> MediaInUse:
    """Find the media files in `texts`.

    `own`: prefixes of the original's keys; `new`: the prefix of all keys of the copy. `root_url`:
    what relative addresses are relative to. An object with several addresses is copied once.
    """
    copies: dict[str, ObjectCopy] = {}
    targets: dict[str, str] = {}
    foreign, kept = set[str](), set[str]()
    for address in {address for found in texts for address in _addresses(found)}:
        key = _key_of(address, bucket, root_url)
        if key is None:
            if split_address(address) is not None or address.startswith("/static/"):
                kept.add(address)
        elif bucket.may_read(key, own):
            target = targets.setdefault(key, f"{new}{token_hex(16)}/{safe_name(key)}")
            copies[address] = ObjectCopy(key, target)
        elif bucket.key_of(address) is not None:
            # A text that is no absolute address can be anything.
            foreign.add(address)
    return MediaInUse(copies, frozenset(foreign), frozenset(kept))


def replaced(found: TextInUse, new: Mapping[str, str]) -> str:
    """Return the text with each address that is a key of `new` replaced by its value."""
    if not found.is_json:
        return new.get(found.text, found.text)
    if not any(address in new for address in _addresses(found)):
        return found.text
    return json.dumps(_replaced(_decoded(found.text), new))


def _key_of(address: str, bucket: MediaBucket, root_url: str) -> str | None:
    try:
        return bucket.key_of(urljoin(f"{root_url}/", address.strip()))
    except ValueError:
        return None


def _addresses(found: TextInUse) -> Iterator[str]:
    return _strings(_decoded(found.text)) if found.is_json else iter([found.text])


def _decoded(document: str) -> object:
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        # PostgreSQL takes numbers and depths that Python does not. They hold no addresses.
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
