"""Identity of what a programme names: the same for ever, and different at every server. Pure.

Ids are UUIDs of a name (RFC 9562, version 5) in a namespace of our own. Nothing in them is made of
a mail address: a UUID of an address tells those who guess it that they are right.
"""

import re
import unicodedata
from uuid import UUID, uuid5

# A random UUID. Another one would give every session of every server another id.
NAMESPACE = UUID("0f6b7c52-3c0e-4a55-9a3e-6d1f1c9be2a7")

# Letters of an acronym at least, of the two parts of a slug at least, and of its title at most.
_SHORTEST, _TITLE = 4, 60

_NO_SLUG = re.compile(r"[^a-z0-9]+")
_NO_ACRONYM = re.compile(r"[^a-z0-9_]+")


def guid(root: str, kind: str, number: int) -> str:
    """Return the id of the row `number` of `kind` at the server whose root address is `root`."""
    return str(uuid5(NAMESPACE, f"{root.rstrip('/')}/{kind}/{number}"))


def acronym(identifier: str, event_id: int) -> str:
    """Return the event's short name: its identifier, as that stays when its name changes."""
    made = _NO_ACRONYM.sub("", identifier.lower())
    return made if len(made) >= _SHORTEST else f"event_{event_id}"


def session_slug(acronym: str, session_id: int, title: str) -> str:
    """Return the name of a session in addresses."""
    tail = slug_of(title)[:_TITLE].strip("-") or "session"
    numbered = f"{session_id}-{tail}"
    return f"{acronym}-{numbered if len(numbered) >= _SHORTEST else f'{session_id}-session-{tail}'}"


def track_slug(track_id: int, name: str) -> str:
    """Return the name of a track in addresses, which begins with a letter."""
    return f"track-{track_id}-{slug_of(name)[:_TITLE]}".strip("-")


def slug_of(text: str) -> str:
    """Return `text` as lower-case letters, digits and hyphens; accents are dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", plain).strip("-")
