"""The sample's media are what they say, read by other eyes than those that wrote them."""

import re
import struct
import wave
import zlib
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

import pytest

from local.sample.media import KINDS

NAME = "Łucja Wróblewska (and \\ friends)"
MAGIC = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-1.4",
    "audio/wav": b"RIFF",
    "video/mp4": b"\x00\x00\x00\x1cftypisom",
}
SIZES = {
    "portrait": (240, 240),
    "thumbnail": (60, 60),
    "logo": (320, 160),
    "icon": (96, 96),
    "backdrop": (1200, 480),
    "banner": (600, 240),
}


def png_chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(file):
        (length,) = struct.unpack_from(">I", file, at)
        kind, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", file, at + 8 + length) == (zlib.crc32(kind + body),)
        yield kind, body
        at += length + 12


def mp4_boxes(file: bytes, path: str) -> bytes:
    """The content of the box at `path`."""
    for wanted in path.split("/"):
        at = 0
        while file[at + 4 : at + 8] != wanted.encode():
            at += struct.unpack_from(">I", file, at)[0]
        file = file[at + 8 : at + struct.unpack_from(">I", file, at)[0]]
    return file


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_bytes_tell_the_content_type(kind: str) -> None:
    media = KINDS[kind]
    assert media.make(NAME).startswith(MAGIC[media.content_type])


@pytest.mark.parametrize("kind", KINDS)
def test_another_name_gives_another_media_file(kind: str) -> None:
    make = KINDS[kind].make
    assert make("Paper Boats") == make("Paper Boats")
    assert make("Paper Boats") != make("Tin Boats")


def test_the_same_bytes_on_every_machine() -> None:
    # Archives of the sample are compared to the byte: change this only together with them.
    media = b"".join(kind.make("Paper Boats") for kind in KINDS.values())
    assert sha256(media).hexdigest() == (
        "4f89362cf6320e3f422faecb6e712aa6464fb5dd135773253ce0de7c003ccdc6"
    )


@pytest.mark.parametrize("kind", SIZES)
def test_a_picture_is_whole(kind: str) -> None:
    chunks = list(png_chunks(KINDS[kind].make(NAME)))
    assert [name for name, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    header, palette, data, _ = (body for _, body in chunks)
    width, height = struct.unpack(">II", header[:8])
    assert (width, height) == SIZES[kind]
    pixels = zlib.decompress(data)
    assert len(pixels) == height * (1 + width // 2)
    assert max(max(byte >> 4, byte & 15) for byte in pixels) < len(palette) // 3


def test_slides_have_four_pages_and_a_table_that_finds_them() -> None:
    file = KINDS["slides"].make(NAME)
    table = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", file)[0])
    offsets = [int(line[:10]) for line in file[table:].splitlines()[3:] if line.endswith(b" n ")]
    assert len(offsets) == 11
    for number, at in enumerate(offsets, 1):
        assert file[at:].startswith(b"%d 0 obj\n" % number)
    assert len(re.findall(rb"/Type /Page ", file)) == 4
    for length, stream in re.findall(
        rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", file, re.DOTALL
    ):
        assert len(stream) == int(length)
    assert rb"(?ucja Wr%bblewska \(and \\ friends\))" % b"\xf3" in file


def test_a_tune_lasts_a_second_and_a_half() -> None:
    with wave.open(BytesIO(KINDS["tune"].make(NAME))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 8000)
        assert sound.getnframes() == 12_000


def test_a_film_finds_its_frames() -> None:
    file = KINDS["film"].make(NAME)
    table = "moov/trak/mdia/minf/stbl/"
    sizes = struct.unpack(">12I", mp4_boxes(file, table + "stsz")[12:])
    (start,) = struct.unpack(">I", mp4_boxes(file, table + "stco")[8:])
    assert file[start - 4 : start] == b"mdat"
    assert start + sum(sizes) == len(file)
    for size in sizes:
        (length,) = struct.unpack_from(">I", file, start)
        assert (length, file[start + 4]) == (size - 4, 0x65)  # one key frame
        # A decoder would take three bytes like these for the start of another unit.
        assert not re.search(rb"\0\0[\0-\3]", file[start + 4 : start + size])
        start += size
