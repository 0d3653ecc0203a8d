"""Rows of an untrusted JSON file, one at a time: the memory is that of the largest row.

Python's own decoder takes 0.08 s for 10,000 sessions (24 MB); it only has to be given one row after
another. A streaming parser gives events for each value, for which Python code then runs.
"""

import codecs
import json
import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Protocol

from openevent.importing.reading.limits import Limits
from openevent.importing.source import ArchiveRefused

_CHUNK = 256 * 1024

# Characters of the longest token that is not valid until it is whole, with some to spare.
_LONGEST_TOKEN = 16

_BLANK = re.compile(r"[ \t\r\n]*")

Document = dict[str, object]


class ByteStream(Protocol):
    """Bytes that are read from their start to their end."""

    def read(self, size: int = -1, /) -> bytes | None:
        """Return at most `size` bytes; b"" at the end."""
        ...


class JsonDamaged(Exception):
    """A file cannot be read, or not to its end. `code`, `detail`: as of `ArchiveRefused`."""

    def __init__(self, code: str, file: str, how: str) -> None:
        """`how`: what is wrong with `file`, as the end of a sentence."""
        self.code = code
        self.detail = f'The file "{file}" {how}.'
        super().__init__(self.detail)


class JsonFile:
    """A JSON file: an array, whose elements are read one by one, or one object.

    `repeated`: whether the last element, or one inside it, had a key twice; the last one counts.
    `text`: the last element's own text. Control characters in strings are accepted.
    """

    def __init__(self, name: str, stream: ByteStream, limits: Limits) -> None:
        """`name`: for messages. `stream`: the file's bytes."""
        self.repeated = False
        self.text = ""
        self._name = name
        self._stream = stream
        self._limits = limits
        # It also removes a byte order mark.
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._decoder = JSONDecoder(strict=False, object_pairs_hook=self._object)

    def elements(self) -> Iterator[object]:
        """Yield the elements of the array that the file is; of an object, the object alone.

        Raises `JsonDamaged` where the file cannot be read, `ArchiveRefused` where it is too large.
        """
        if self._next_character() != "[":
            yield self._element()
        else:
            self._at += 1
            if self._next_character() == "]":
                self._at += 1
            else:
                yield from self._rest_of_array()
        if self._next_character():
            raise self._invalid("continues after its end")

    def _rest_of_array(self) -> Iterator[object]:
        while True:
            yield self._element()
            separator = self._next_character()
            self._at += 1
            if separator == "]":
                return
            if separator != ",":
                raise self._invalid("has no comma between two rows")

    def _next_character(self) -> str:
        """Return the next character that is not blank, which is not consumed; "" at the end."""
        while True:
            if (match := _BLANK.match(self._buffer, self._at)) is not None:
                self._at = match.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._ended:
                return ""
            self._refill(_CHUNK)

    def _element(self) -> object:
        """Return the next element."""
        self._next_character()
        more = _CHUNK
        while True:
            self.repeated = False
            try:
                element, end = self._decoder.raw_decode(self._buffer, self._at)
            except JSONDecodeError as invalid:
                if self._ended or not self._may_continue(invalid):
                    raise self._invalid(f"is not valid JSON: {invalid.msg}") from invalid
            except RecursionError as deep:
                raise JsonDamaged("json-too-deep", self._name, "is nested too deeply") from deep
            except ValueError as number:
                # Python reads no integers of more than 4,300 digits.
                raise JsonDamaged(
                    "json-number-too-long", self._name, "has a number with too many digits"
                ) from number
            else:
                # A number at the end of the buffer may continue.
                if end < len(self._buffer) or self._ended:
                    self._check_size(end - self._at)
                    self.text = self._buffer[self._at : end]
                    self._at = end
                    return element
            # The row continues after the buffer. Each attempt has twice as much of it.
            self._check_size(len(self._buffer) - self._at)
            self._refill(more)
            more *= 2

    def _check_size(self, characters: int) -> None:
        if characters > self._limits.row_characters:
            raise ArchiveRefused(
                "row-too-large",
                f'A row of the file "{self._name}" has more than '
                f"{self._limits.row_characters} characters.",
            )

    def _may_continue(self, invalid: JSONDecodeError) -> bool:
        """Whether more characters can make the element valid, which is invalid so far."""
        in_text = invalid.msg.startswith("Unterminated string")
        return in_text or invalid.pos >= len(self._buffer) - _LONGEST_TOKEN

    def _refill(self, size: int) -> None:
        """Append `size` bytes of the stream to what is left of the buffer."""
        data = self._stream.read(size) or b""
        self._ended = not data
        try:
            text = self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError as invalid:
            raise JsonDamaged("json-not-utf-8", self._name, "is not UTF-8") from invalid
        self._buffer = self._buffer[self._at :] + text
        self._at = 0

    def _object(self, pairs: list[tuple[str, object]]) -> Document:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.repeated = True
        return made

    def _invalid(self, how: str) -> JsonDamaged:
        return JsonDamaged("json-invalid", self._name, how)


def read_object(name: str, stream: ByteStream, limits: Limits) -> Document:
    """Return the object that a JSON file is. Raises `JsonDamaged`, also for any other value."""
    elements = list(JsonFile(name, stream, limits).elements())
    if len(elements) == 1 and isinstance(elements[0], dict):
        return elements[0]
    raise JsonDamaged("json-not-an-object", name, "is not one JSON object")


def read_text(text: str) -> object:
    """Return the value of JSON that is a text in a JSON file; None if it is not valid."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
