"""Portraits, logos and landscapes, whose colours and shapes follow from their words."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

from local.sample.media.picture import Colour, Picture

_T = TypeVar("_T")

_SKIES: Sequence[Colour] = (
    (247, 214, 171),
    (186, 219, 230),
    (214, 201, 235),
    (201, 230, 199),
    (245, 199, 199),
    (250, 236, 170),
)
_SKINS: Sequence[Colour] = (
    (90, 56, 37),
    (124, 79, 50),
    (161, 108, 73),
    (193, 141, 101),
    (222, 178, 140),
    (241, 208, 177),
)
_HAIR: Sequence[Colour] = (
    (28, 24, 22),
    (62, 40, 28),
    (110, 68, 36),
    (168, 120, 60),
    (196, 190, 184),
    (146, 46, 28),
)
_CLOTHES: Sequence[Colour] = (
    (38, 70, 83),
    (42, 120, 110),
    (200, 90, 60),
    (92, 64, 120),
    (150, 40, 70),
    (70, 90, 50),
    (60, 60, 70),
)
_INK: Colour = (32, 30, 40)
_WHITE: Colour = (250, 250, 247)
_MOUTH: Colour = (150, 60, 62)


class _Taste:
    """Pseudo-random choices that are equal for equal words."""

    def __init__(self, words: str) -> None:
        self._bytes = sha256(words.encode()).digest()
        self._next = 0

    def number(self, below: int) -> int:
        self._next = (self._next + 1) % len(self._bytes)
        return self._bytes[self._next] % below

    def one_of(self, choices: Sequence[_T]) -> _T:
        return choices[self.number(len(choices))]


def portrait(name: str, size: int) -> bytes:
    """Return a square portrait of a person with this name, `size` pixels wide, as PNG."""
    taste = _Taste(name)
    _, skin, hair, shirt, ink, white, mouth = range(7)
    colours = [taste.one_of(group) for group in (_SKIES, _SKINS, _HAIR, _CLOTHES)]
    picture = Picture(size, size, [*colours, _INK, _WHITE, _MOUTH])
    long_hair, curls, glasses = (taste.number(2) for _ in range(3))
    if long_hair:
        picture.ellipse(0.5, 0.5, 0.27, 0.36, hair)
    picture.ellipse(0.5, 1.02, 0.38, 0.28, shirt)
    picture.rectangle(0.43, 0.6, 0.57, 0.78, skin)
    picture.ellipse(0.5, 0.78, 0.07, 0.05, skin)
    picture.ellipse(0.5, 0.34, 0.235, 0.22, hair)
    if curls:
        for x in (0.3, 0.4, 0.5, 0.6, 0.7):
            picture.ellipse(x, 0.27 + abs(x - 0.5) / 2, 0.09, 0.09, hair)
    picture.ellipse(0.5, 0.46, 0.195, 0.235, skin)
    for x in (0.42, 0.58):
        if glasses:
            picture.ellipse(x, 0.44, 0.068, 0.06, ink)
            picture.ellipse(x, 0.44, 0.055, 0.047, white)
        picture.ellipse(x, 0.44, 0.022, 0.028, ink)
        picture.rectangle(x - 0.045, 0.365, x + 0.045, 0.38, hair)
    if glasses:
        picture.rectangle(0.48, 0.432, 0.52, 0.444, ink)
    smile = 0.05 + taste.number(4) / 100
    picture.ellipse(0.5, 0.575, smile, 0.03, mouth)
    picture.rectangle(0.4, 0.54, 0.6, 0.572, skin)
    return picture.png()


def logo(name: str, width: int, height: int) -> bytes:
    """Return the logo of an organisation with this name, as PNG."""
    taste = _Taste(name)
    picture = Picture(width, height, [_WHITE, *_CLOTHES, _INK])
    colours = range(1, len(_CLOTHES) + 1)
    first, second = taste.one_of(colours), taste.one_of(colours)
    across, shape = height / width, taste.number(3)
    if shape == 0:
        for step in range(4):
            picture.ellipse(
                0.5, 0.5, (0.4 - step / 10) * across, 0.4 - step / 10, (first, 0)[step % 2]
            )
        picture.rectangle(0.1, 0.47, 0.9, 0.53, second)
    elif shape == 1:
        for step in range(5):
            tall = 0.15 + taste.number(60) / 100
            picture.rectangle(
                0.2 + step * 0.12, 0.88 - tall, 0.29 + step * 0.12, 0.88, (first, second)[step % 2]
            )
    else:
        for x, colour in ((0.36, first), (0.5, second), (0.64, first)):
            picture.ellipse(x, 0.45, 0.3 * across, 0.3, colour)
        picture.rectangle(0.2, 0.84, 0.8, 0.9, len(_CLOTHES) + 1)
    return picture.png()


def backdrop(name: str, width: int, height: int) -> bytes:
    """Return an evening over a lake with hills and paper boats, as PNG."""
    return landscape(name, width, height, boats_at=0.0).png()


def landscape(name: str, width: int, height: int, boats_at: float) -> Picture:
    """Return an evening over a lake; `boats_at` from 0 to 1 moves the boats to the right."""
    taste = _Taste(name)
    bands = [_between((44, 62, 110), (250, 190, 130), step / 7) for step in range(8)]
    hills, water, glint, paper, sun = range(8, 13)
    picture = Picture(
        width,
        height,
        [*bands, (52, 60, 84), (46, 92, 116), (96, 140, 156), _WHITE, (255, 226, 150)],
    )
    for band in range(8):
        picture.rectangle(0, band * 0.09, 1, (band + 1) * 0.09, band)
    picture.ellipse(0.3 + taste.number(40) / 100, 0.5, 0.09 * height / width, 0.09, sun)
    for hill in range(10):
        picture.ellipse(hill / 9, 0.72, 0.12, 0.08 + taste.number(20) / 100, hills)
    picture.rectangle(0, 0.66, 1, 1, water)
    for _ in range(24):
        x, y = taste.number(100) / 100, 0.69 + taste.number(30) / 100
        picture.rectangle(x, y, x + 0.06, y + 0.008, glint)
    for boat in range(4):
        _boat(picture, (0.12 + boat * 0.24 + boats_at) % 1.0, 0.78 + (boat % 2) * 0.1, paper)
    return picture


def _boat(picture: Picture, x: float, y: float, colour: int) -> None:
    unit = picture.height / picture.width
    for step in range(8):
        rise = step / 100
        picture.rectangle(x - (0.1 - rise) * unit, y - rise / 2, x + (0.1 - rise) * unit, y, colour)
        picture.rectangle(
            x - (0.05 - rise / 2) * unit,
            y - 0.03 - rise,
            x + (0.05 - rise / 2) * unit,
            y - 0.03,
            colour,
        )


def _between(first: Colour, last: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
    return red, green, blue
