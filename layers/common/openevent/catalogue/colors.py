"""Colours of tracks, and of text on them. Pure."""

import re

BLACK, WHITE = "#000000", "#ffffff"

_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE | re.ASCII)
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE | re.ASCII)
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*[\d.]+\s*)?\)",
    re.IGNORECASE | re.ASCII,
)


def rgb(color: str | None) -> tuple[int, int, int] | None:
    """Return the red, green and blue (0 to 255) of `color`; None if it is not a known form.

    Known forms are `#rrggbb`, `#rgb`, `rgb(r,g,b)` and `rgba(r,g,b,a)`, whose opacity is ignored.
    """
    text = (color or "").strip()
    if match := _HEX.fullmatch(text):
        return _triple(match, base=16)
    if match := _SHORT_HEX.fullmatch(text):
        red, green, blue = _triple(match, base=16)
        return red * 17, green * 17, blue * 17
    if match := _RGB.fullmatch(text):
        parts = _triple(match, base=10)
        return parts if max(parts) <= 255 else None  # noqa: PLR2004 - a byte's largest value
    return None


def font_color(color: str | None) -> str:
    """Return black for a light or unknown `color`, white for a dark one.

    By the contract a colour is light if 1 - (0.299 R + 0.587 G + 0.114 B)/255 < 0.5. The weights
    are in thousandths, so that the middle is exact.
    """
    parts = rgb(color)
    if parts is None:
        return BLACK
    red, green, blue = parts
    return BLACK if 2 * (299 * red + 587 * green + 114 * blue) > 255_000 else WHITE  # noqa: PLR2004


def _triple(match: re.Match[str], *, base: int) -> tuple[int, int, int]:
    red, green, blue = (int(part, base) for part in match.groups())
    return red, green, blue
