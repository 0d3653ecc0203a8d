"""Addresses that programs can follow, of what people typed. Pure."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from openevent.catalogue.links import web_address

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

# Characters that RFC 3986 lets a path have, and the rest of an address.
_PATH, _REST = "/%:@!$&'()*+,;=~", "/?%:@!$&'()*+,;=~"


def absolute_address(value: object, root: str, *, site: str | None = None) -> str | None:
    """Return the address on the web that a person typed, in ASCII (RFC 3986); None if it is none.

    A path belongs to `root`, the server's address. Otherwise, `web_address` says what is one; an
    address with a user name is none. `site`: as there.
    """
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("/") and not text.startswith("//"):
        text = f"{root}{text}"
    address = web_address(text, site=site)
    return None if address is None else _in_ascii(address)


def _in_ascii(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode().lower()
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:  # also UnicodeError
        return None
    if "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    path, query, fragment = (
        quote(_LONE_PERCENT.sub("%25", part), safe=safe)
        for part, safe in ((parts.path, _PATH), (parts.query, _REST), (parts.fragment, _REST))
    )
    return urlunsplit((parts.scheme, f"{host}{port}", path, query, fragment))
