"""A short tune as a WAV file."""

import sys
import wave
from array import array
from hashlib import sha256
from io import BytesIO
from math import pi, sin

_RATE = 8000  # samples a second
_NOTES = 6
_NOTE_SECONDS = 0.25
_PENTATONIC = (262.0, 294.0, 330.0, 392.0, 440.0, 524.0)  # Hz; all combinations are consonant


def tune(name: str) -> bytes:
    """Return one and a half seconds of mono sound, with notes that follow from `name`."""
    notes = [
        _PENTATONIC[byte % len(_PENTATONIC)] for byte in sha256(name.encode()).digest()[:_NOTES]
    ]
    samples = array("h", (sample for note in notes for sample in _sounded(note)))
    if sys.byteorder == "big":
        samples.byteswap()
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(samples.itemsize)
        sound.setframerate(_RATE)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def _sounded(frequency: float) -> list[int]:
    length = int(_RATE * _NOTE_SECONDS)
    return [
        round(9000 * (1 - at / length) * sin(2 * pi * frequency * at / _RATE))
        for at in range(length)
    ]
