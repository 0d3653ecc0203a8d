"""Folding of iCalendar's long lines (RFC 5545, 3.1). Pure.

icalendar folds by the same rules, character by character, which takes many times as long.
"""

# Octets of a line, at most, without its end and the space that begins a continuation.
_LIMIT = 74

# The first characters of escapes, which old clients want on the line of what they escape.
_ESCAPES = rb"\^"


def fold(line: str) -> str:
    """Return a line, which has no line feed, folded between characters."""
    octets = line.encode()
    if len(octets) <= _LIMIT:
        return line
    pieces = []
    start = 0
    while len(octets) - start > _LIMIT:
        end = _boundary(octets, start + _LIMIT)
        if octets[end - 1] in _ESCAPES:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces).decode()


def _boundary(octets: bytes, end: int) -> int:
    """Return the place at or before `end` at which a character of UTF-8 begins."""
    while octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 - 10xxxxxx continues a character
        end -= 1
    return end
