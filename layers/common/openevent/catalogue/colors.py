"""Colours of tracks, and of text on them. Pure."""

import re

from tinycss2.color4 import Color, parse_color

BLACK, WHITE = "#000000", "#ffffff"

_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE | re.ASCII)
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE | re.ASCII)
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*[\d.]+\s*)?\)",
    re.IGNORECASE | re.ASCII,
)


# What CSS reads besides: names, and colours by hue, saturation and lightness.
_NAME_OR_HSL = re.compile(r"[a-z]+|hsla?\([^()]*\)", re.IGNORECASE | re.ASCII)


def rgb(color: str | None) -> tuple[int, int, int] | None:
    """Return the red, green and blue (0 to 255) of `color`; None if it is not a known form.

    Known forms are `#rrggbb`, `#rgb`, `rgb(r,g,b)`, `rgba(r,g,b,a)`, and CSS's names and `hsl()`.
    Opacity is ignored.
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
    css = parse_color(text) if _NAME_OR_HSL.fullmatch(text) else None
    # `currentColor` is no colour of its own, and `transparent` is none that shows.
    if not isinstance(css, Color) or text.lower() == "transparent":
        return None
    red, green, blue = (_byte(part) for part in css.to("srgb").coordinates)
    return red, green, blue


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


def _byte(part: float) -> int:
    """Return a part of a colour, 0 to 1, as 0 to 255. CSS allows others, and takes the nearest."""
    return round(255 * min(max(part, 0.0), 1.0))
