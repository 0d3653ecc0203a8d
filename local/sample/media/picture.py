"""Images of up to sixteen colours, drawn with rectangles and ellipses, and written as PNG."""

import struct
import zlib
from collections.abc import Sequence
from math import sqrt

Colour = tuple[int, int, int]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3
_BITS = 4
_LEFT_PIXEL = bytes((index << _BITS) & 0xFF for index in range(256))
_LARGEST_STORED_BLOCK = 0xFFFF


class Picture:
    """A canvas of `width` (even) by `height` pixels, filled with the first colour."""

    def __init__(self, width: int, height: int, palette: Sequence[Colour]) -> None:
        self.width = width
        self.height = height
        self.palette = palette
        self.pixels = bytearray(width * height)

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: int) -> None:
        """Fill a rectangle, given in shares of width and height and clipped to the canvas."""
        for y in range(
            max(round(top * self.height), 0), min(round(bottom * self.height), self.height)
        ):
            self._span(y, left * self.width, right * self.width, colour)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: int) -> None:
        """Fill an ellipse around (x, y) with radii `across` and `down`, in shares of the size."""
        top, bottom = round((y - down) * self.height), round((y + down) * self.height)
        for row in range(max(top, 0), min(bottom, self.height)):
            distance = ((row + 0.5) / self.height - y) / down
            half = across * sqrt(max(1 - distance * distance, 0))
            self._span(row, (x - half) * self.width, (x + half) * self.width, colour)

    def png(self) -> bytes:
        """Return the picture as a PNG file with four bits per pixel."""
        header = struct.pack(
            ">IIBBBBB",
            self.width,
            self.height,
            _BITS,
            _INDEXED,
            0,  # compression: deflate, the only method
            0,  # filtering: by row
            0,  # not interlaced
        )
        palette = b"".join(bytes(colour) for colour in self.palette)
        return b"".join(
            [
                _SIGNATURE,
                _chunk(b"IHDR", header),
                _chunk(b"PLTE", palette),
                _chunk(b"IDAT", _stored(self._rows())),
                _chunk(b"IEND", b""),
            ]
        )

    def _span(self, y: int, left: float, right: float, colour: int) -> None:
        start, end = max(round(left), 0), min(round(right), self.width)
        if start < end:
            self.pixels[y * self.width + start : y * self.width + end] = bytes([colour]) * (
                end - start
            )

    def _rows(self) -> bytes:
        left = int.from_bytes(self.pixels[::2].translate(_LEFT_PIXEL), "big")
        right = int.from_bytes(self.pixels[1::2], "big")
        stride = self.width // 2
        packed = (left | right).to_bytes(stride * self.height, "big")
        no_filter = b"\x00"
        return b"".join(
            no_filter + packed[start : start + stride] for start in range(0, len(packed), stride)
        )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _stored(data: bytes) -> bytes:
    """Return a zlib stream that stores `data`; unlike a compressed one, it is equal everywhere."""
    blocks = [b"\x78\x01"]
    for start in range(0, len(data), _LARGEST_STORED_BLOCK):
        block = data[start : start + _LARGEST_STORED_BLOCK]
        last = start + len(block) == len(data)
        blocks += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*blocks, struct.pack(">I", zlib.adler32(data))])
