"""Text of a cell, such that no spreadsheet program takes it for a formula. Pure.

Programs that open a CSV file take a cell for a formula if it begins with one of `=`, `+`, `-` and
`@`, or with a character that they treat as one of these; blanks, quotes and invisible characters
before it do not keep them from it. A program that expects semicolons between cells begins a cell at
each semicolon, and where it reads the quotes of a file differently, at each line. At each of these
places an apostrophe precedes such a character, which makes programs show the text unchanged.

The same text is in CSV and XLSX, where it would be no formula: people save the one as the other.
"""

import re

from openevent.programme.texts import allowed_text

# Code units of UTF-16 that a cell of a spreadsheet holds.
MOST_UNITS = 32_767

# Characters of a text that fits, whatever they are.
SURELY_FITS = MOST_UNITS // 2

# Signs of a formula, and what is compatible with them (Unicode's NFKC) or looked upon as a minus.
_SIGNS = (
    "=\uff1d\ufe66\u207c\u208c+\uff0b\ufe62\u207a\u208a\ufb29"
    "\\-\uff0d\ufe63\u2212\u207b\u208b@\uff20\ufe6b"
)
# Blanks, invisible characters and quotes. (`\s` has all blanks of Unicode.)
_SKIPPED = (
    '\\s"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e'
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
_BEGINS = re.compile(f"[{_SKIPPED}]*[{_SIGNS}]")
_INSIDE = re.compile(f"([;\n])(?=[{_SKIPPED}]*[{_SIGNS}])")

_CUT = "…"


def cell_text(text: str) -> str:
    """Return `text` without forbidden characters, with line feeds alone, that begins no formula."""
    if text.isalnum():
        return text
    return harmless(allowed_text(text).strip())


def harmless(text: str) -> str:
    """Return `text` with an apostrophe wherever a program could begin a formula.

    Tabs, at which programs begin a cell too, become spaces. Text that is harmless is returned
    unchanged.
    """
    text = text.replace("\t", " ")
    if text and not text[0].isalnum() and _BEGINS.match(text):
        text = f"'{text}"
    if ";" in text or "\n" in text:
        text = _INSIDE.sub(r"\1'", text)
    return text


def fits(text: str) -> bool:
    """Return whether a cell of a spreadsheet holds `text`."""
    return len(text) <= SURELY_FITS or _units(text) <= MOST_UNITS


def cut(text: str) -> str:
    """Return the beginning of `text` that fits into a cell, with an ellipsis at its end."""
    kept = text.encode("utf-16-le")[: 2 * (MOST_UNITS - 1)].decode("utf-16-le", errors="ignore")
    return kept + _CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
