"""Keys of the media bucket: which of them may be read for an event. Pure.

Open Event stores uploads of all events under the same prefixes, each under an unguessable name, and
readable by everyone. Other keys belong to one event, or hold what no archive may hold: tickets,
invoices, badges, exports. Anyone who may edit an event can write the address of any key into it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Bytes of a key, at most (Amazon S3 User Guide, "Naming Amazon S3 objects").
MAX_KEY = 1024

# Folders of tickets, invoices, badges and exports, of today's server and older ones. They are never
# read, whatever prefixes are set.
PRIVATE_FOLDERS = (
    "attendees",
    "badge-forms",
    "events/organizer",
    "exports",
    "generated",
    "invoices",
    "orders",
    "tickets",
)

# Folder of all events' own folders, even if no prefix mentions it.
EVENTS_FOLDER = "events/"

# Folder of the server's local storage, in buckets to which it was copied with its name.
LOCAL_FOLDER = "static/media/"


@dataclass(frozen=True, slots=True)
class MediaKeys:
    """Prefixes of the keys of an installation.

    `own`: those of an event's own keys, with `{event_id}` or `{event_identifier}`; keys of copies
    begin with the first. `public`: those of public uploads.
    """

    own: Sequence[str]
    public: Sequence[str] = ()

    def folders_of(self, event_id: int, event_identifier: str) -> tuple[str, ...]:
        """Return the beginnings of the event's own keys."""
        return tuple(
            _whole(prefix)
            .replace("{event_id}", str(event_id))
            .replace("{event_identifier}", event_identifier)
            for prefix in self.own
        )

    def prefixes_of(self, event_id: int, event_identifier: str) -> tuple[str, ...]:
        """Return the beginnings of all keys that may be read for the event, its own first."""
        public = tuple(prefix for prefix in map(_folder, self.public) if not self._numbered(prefix))
        return (*self.folders_of(event_id, event_identifier), *public)

    def may_read(self, key: str, prefixes: Sequence[str]) -> bool:
        """Return whether `key` may be read for the event of these `prefixes`.

        A prefix above the events' own folders opens none of these. A key with a piece `.` or `..`
        is refused: servers and browsers read another path out of it.
        """
        return (
            len(key.encode(errors="replace")) <= MAX_KEY
            and not is_private(key)
            and any(self._opens(prefix, key) for prefix in prefixes if key.startswith(prefix))
        )

    def is_of_another_event(self, key: str, prefixes: Sequence[str]) -> bool:
        """Return whether `key` is in an event's folder, and not of the event of `prefixes`."""
        return self._numbered(key) and not key.startswith(tuple(prefixes))

    def _opens(self, prefix: str, key: str) -> bool:
        return not any(
            key.startswith(root) and len(prefix) <= len(root) for root in self._event_roots()
        )

    def _numbered(self, key: str) -> bool:
        """Return whether `key` is in the folder of an event, by its number."""
        return any(
            re.match(r"\d", key.removeprefix(root))
            for root in self._event_roots()
            if key.startswith(root)
        )

    def _event_roots(self) -> Iterator[str]:
        """Yield the beginnings that the own keys of all events share."""
        yield EVENTS_FOLDER
        for prefix in self.own:
            root, placeholder, _ = prefix.partition("{event_")
            if placeholder:
                yield root


def is_private(key: str) -> bool:
    """Return whether `key` is in a folder of which nothing is ever read, or is no plain path."""
    pieces = [piece for piece in key.split("/") if piece]
    path = "/".join(pieces).removeprefix(LOCAL_FOLDER)
    return bool({".", ".."} & set(pieces)) or f"{path}/".startswith(
        tuple(f"{folder}/" for folder in PRIVATE_FOLDERS)
    )


def _folder(prefix: str) -> str:
    return f"{prefix.rstrip('/')}/"


def _whole(prefix: str) -> str:
    """Return `prefix` such that the event 7 has no key of the event 70."""
    return f"{prefix}/" if prefix.endswith("}") else prefix
