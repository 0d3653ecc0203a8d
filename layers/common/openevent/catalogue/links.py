"""Links that people typed, as addresses that a browser opens. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

# A host as people type it without a scheme: `github.com`, `www.example.org:8080`.
_BARE = re.compile(
    r"(?:[\w-]+\.)+[^\W\d_]{2,24}(?::\d{1,5})?(?=[/?#]|$)", re.IGNORECASE | re.UNICODE
)
_WEB = re.compile(r"(https?)://(.+)", re.IGNORECASE)
_HANDLE = re.compile(r"@?([A-Za-z0-9_-]{1,50})", re.ASCII)

# Characters that no address contains (RFC 3986), and the apostrophe, which may end a quoted value.
# Letters of other scripts stay: browsers encode them, in a host by other rules than in a path.
_ENCODED = re.compile("[\x00-\x20\"'<>\\\\^`{|}\x7f-\xa0\u2028\u2029]")

# Addresses of people's pages on sites where a handle (`@ada`) is commonly typed for it.
_PAGES: Mapping[str, str] = {
    "facebook": "https://www.facebook.com/",
    "github": "https://github.com/",
    "instagram": "https://www.instagram.com/",
    "linkedin": "https://www.linkedin.com/in/",
    "twitter": "https://twitter.com/",
}

_YOUTUBE = frozenset(
    {"youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be", "www.youtube-nocookie.com"}
)


def web_address(text: str, *, site: str | None = None) -> str | None:
    """Return the address on the web that `text` means; None if it means none.

    A domain without a scheme gets `https://`. A handle becomes the address of its page on `site`,
    if that is one of `facebook`, `github`, `instagram`, `linkedin` and `twitter`. Other schemes,
    such as `javascript:`, and paths without a host mean none. Characters that may not be in an
    address are percent-encoded.
    """
    text = text.strip()
    if text.startswith("//"):
        text = f"https:{text}"
    elif _BARE.match(text):
        text = f"https://{text}"
    elif site is not None and site in _PAGES and (handle := _HANDLE.fullmatch(text)):
        return _PAGES[site] + handle[1]
    web = _WEB.fullmatch(_ENCODED.sub(lambda match: quote(match[0]), text))
    address = web and f"{web[1].lower()}://{web[2]}"
    return address if address and _has_host(address) else None


def is_youtube(address: str) -> bool:
    """Return whether `address`, of the web, is one of YouTube."""
    return (urlsplit(address).hostname or "") in _YOUTUBE


def _has_host(address: str) -> bool:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    return host is not None and host != "" and "%" not in host
