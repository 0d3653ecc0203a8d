"""Texts of an archive: what the database can hold of them, and how messages show them. Pure."""

import re

_SHOWN = 60

# What PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def shown(value: object) -> str:
    """Return a value for a message: a short text."""
    text = value if isinstance(value, str) else _described(value)
    text = "".join(char if char.isprintable() else "?" for char in text[: _SHOWN + 1])
    return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL's text can hold all characters."""
    if text.isascii():
        return "\x00" not in text
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """Return `text` without characters that PostgreSQL's text cannot hold."""
    return _UNSTORABLE.sub("", text)


def is_short(value: float) -> bool:
    """Return whether a number has few digits, so that its text is short."""
    return not isinstance(value, int) or value.bit_length() < 64  # noqa: PLR2004 (bits of bigint)


def _described(value: object) -> str:
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return repr(value) if is_short(value) else "a very large number"
        case list():
            return "a list"
    return "an object" if isinstance(value, dict) else "a value"
