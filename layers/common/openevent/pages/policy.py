"""The Content Security Policy of a page: nothing is allowed but what the page needs. Pure."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """The abilities that a page needs besides showing text.

    `forms`: it sends forms to its own origin. `pictures`: it shows pictures of its own origin (of
    its own folder, for a file). `requests`: its script asks its own origin. `styles`, `scripts`:
    names of files in `templates/`, which the page contains: the style sheets besides the common
    one, and the scripts.
    """

    forms: bool = False
    pictures: bool = False
    requests: bool = False
    styles: Sequence[str] = ()
    scripts: Sequence[str] = ()


NOTHING = Needs()


def content_policy(needs: Needs, *, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return the policy of a page with these texts in its `style` and `script` elements.

    Both are allowed by their SHA-256 (CSP Level 3, "hash-source"), so that what a person typed can
    never become one. `frame-ancestors` is missing, because a `meta` element cannot set it.
    """
    allowed = {
        "default-src": "'none'",
        "style-src": _hashes(styles),
        "script-src": _hashes(scripts),
        "img-src": "'self'" if needs.pictures else "",
        "connect-src": "'self'" if needs.requests else "",
        "form-action": "'self'" if needs.forms else "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items() if sources)


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
