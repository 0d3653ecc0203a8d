"""Where an event's media is: its addresses, made absolute, and the keys of the media bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import normpath
from urllib.parse import quote, unquote, urljoin, urlsplit

from openevent.adapters.storage import (
    LOCAL_FOLDER,
    MediaBucket,
    Site,
    is_private,
    read_plain,
    split_address,
)
from openevent.media.skipped import Reason, Skipped
from openevent.rights.events import Event

# The server's folder that a web server delivers. Uploads are in `media/`, with the keys they have
# in a bucket, and a second time in `uploads/`, whose subfolders hold archives and calendars.
_STATIC = "static/"
_UPLOADS = "static/uploads/"

# Hosts in the addresses that Open Event writes in a worker, for files on the server's own disk.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Code of the warning that no media address of an event leads to the media bucket, which may be
# another one than the server's.
BUCKET_UNUSED = "media-bucket-unused"

_GOOGLE = Site("storage.googleapis.com", None)


@dataclass(frozen=True, slots=True)
class Place:
    """An absolute address, and its key if that is in the media bucket."""

    address: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Places:
    """Places of one event's media.

    `prefixes`: the beginnings of the keys in the bucket that may be read for the event. `root_url`:
    the server's address, to which addresses without a host are relative.
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
        absolute = self._absolute(address)
        key = self.bucket.key_of(absolute)
        if key is not None:
            if not self.bucket.may_read(key, self.prefixes):
                raise Skipped(Reason.FORBIDDEN_KEY)
            return Place(absolute, key)
        return Place(self._on_the_web(absolute), None)

    def is_in_bucket(self, address: str) -> bool:
        """Return whether `address` leads to the media bucket, whatever its key."""
        try:
            return self.bucket.key_of(self._absolute(address)) is not None
        except Skipped:
            return False

    def _absolute(self, address: str) -> str:
        if read_plain(address) is not None:
            return address
        try:
            absolute = urljoin(f"{self.root_url}/", address.strip())
            scheme = urlsplit(absolute).scheme
        except ValueError as error:
            raise Skipped(Reason.ADDRESS_INVALID) from error
        if scheme not in ("http", "https"):
            raise Skipped(Reason.ADDRESS_INVALID)
        return absolute

    def _on_the_web(self, absolute: str) -> str:
        """Return the address to fetch from.

        A file on the server's disk is fetched from the server, whichever of its names the address
        has. Raises `Skipped` for files that are never read.
        """
        found = split_address(absolute)
        if found is None:
            return absolute
        site, path = found
        if site != _GOOGLE and not self._is_server(site):
            return absolute
        # As the server reads it: "/x/../static//media" is "/static/media".
        plain = normpath(f"/{unquote(path)}").strip("/")
        if site == _GOOGLE:
            if is_private(plain.partition("/")[2]):
                raise Skipped(Reason.FORBIDDEN_KEY)
            return absolute
        if not f"{plain}/".startswith(_STATIC):
            return absolute
        if self._is_withheld(plain):
            raise Skipped(Reason.FORBIDDEN_KEY)
        query = urlsplit(absolute).query
        return urljoin(f"{self.root_url}/", f"/{quote(plain)}" + (f"?{query}" if query else ""))

    def _is_server(self, site: Site) -> bool:
        root = split_address(self.root_url)
        return site.host in _LOOPBACK or (root is not None and site.host == root[0].host)

    def _is_withheld(self, path: str) -> bool:
        """Return whether the path below the server's root is that of a file that is never read."""
        if is_private(path):
            return True
        if path.startswith(_UPLOADS):
            return "/" in path.removeprefix(_UPLOADS)
        if not path.startswith(LOCAL_FOLDER):
            return False
        key = path.removeprefix(LOCAL_FOLDER)
        return self.bucket.keys.is_of_another_event(key, self.prefixes)
