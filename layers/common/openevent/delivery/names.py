"""Names that people typed, as they may be in mails. Pure.

A person who can name an event can write into the mails that invite to it. So names in mails are
short, and contain nothing that mail programs or readers take for an address or a link.
"""

import re
import unicodedata

# Characters of a name in a mail. A longer name is cut, so that it cannot fill the mail.
MAX_NAME = 100

# Characters of a name that are read. The patterns below take time that grows with the square of a
# name's length, and the database limits no name: 16,000 characters would take 20 s.
MAX_READ = 500

# An event without a name, or with nothing but a link as its name.
NAMELESS = "an event"

# An address, or a link with a scheme or `www.`: all up to the next space.
_LINK = re.compile(r"\S*(?:://|\bwww\.)\S*|\S+@\S+", re.IGNORECASE)

# A dot within a word, before what can be a domain. No domain ends with `.js`: names of software do.
_DOT = re.compile(r"(?<=[^\W_])\.(?!js\b)(?=[^\W\d_]{2})", re.IGNORECASE)

# A sign of an address that is left alone: "Party @ Home".
_AT = re.compile(r"\s*@+\s*")

# Characters that mail programs show as the ones that they look for.
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\uff0e\u3002\uff61\ufe52\u2024", "."),
        **dict.fromkeys("\uff20\ufe6b", "@"),
        "\uff1a": ":",
        "\uff0f": "/",
    }
)

# Joiners, which Persian words and emoji need. Other invisible characters are removed.
_JOINERS = "\u200c\u200d"


def mail_name(name: str, *, limit: int = MAX_NAME) -> str:
    """Return `name` as one line of at most `limit` characters, without addresses and links.

    What is clearly an address or a link is removed. A word that could be a domain is broken by a
    space after its dot: "example. com". "St. Gallen", "Node.js" and "2.0" are unchanged.
    """
    read = name[:MAX_READ].translate(_LOOKALIKES)
    text = "".join(char for char in read if _is_shown(char))
    before = None
    # What is left after a removal can join to another address or link.
    while text != before:
        before = text
        text = _AT.sub(" at ", _LINK.sub(" ", text))
        text = " ".join(_DOT.sub(". ", text).split())
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def shown_name(name: str) -> str:
    """Return the name of an event in one line, without addresses and links, cut if it is long."""
    return mail_name(name) or NAMELESS


def _is_shown(char: str) -> bool:
    return (
        char in _JOINERS or char.isspace() or unicodedata.category(char) not in {"Cf", "Cc", "Cs"}
    )
