"""Rows of an archive that its pages are made from, kept on the disk until its media is fetched."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, Any

# Bytes that are copied at a time.
CHUNK = 1 << 16

# Bytes of rows up to which those that were read stay in memory, so that none is read twice.
IN_MEMORY = 2 << 20

Values = dict[str, Any]

# A key with a text, a number of usual length, or a constant.
_MEMBER = re.compile(r'"(\w+)": ("(?:[^"\\]|\\.)*"|-?[0-9.eE+-]{1,40}|true|false|null),?')


@dataclass(frozen=True, slots=True)
class Kept:
    """A row as the archive's file has it, and those of its columns that name a file in the archive.

    `place`: where it is kept.
    """

    values: Values
    placed: Collection[str]
    place: int

    def path(self, column: str) -> str | None:
        """Return the path in the archive of the media file in `column`; None if there is none."""
        value = self.values.get(column)
        if column not in self.placed or not isinstance(value, str):
            return None
        return value.removeprefix("/")


class KeptRows:
    """Keeps rows of files in the order in which they come; reads them by file, or one by place."""

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool`: an empty file."""
        self._spool = spool
        self._places: dict[str, list[int]] = defaultdict(list)
        self._end = 0
        self._read: dict[int, Kept] = {}

    def add(self, file: str, text: bytes | memoryview, placed: Collection[str] = ()) -> None:
        """Keep a row of `file`, given as JSON in UTF-8. `placed`: as of `Kept`."""
        head = json.dumps([len(text), sorted(placed)]).encode() + b"\n"
        self._spool.seek(self._end)
        self._spool.write(head)
        self._spool.write(text)
        self._places[file].append(self._end)
        self._end += len(head) + len(text)

    def rows(self, file: str) -> Iterator[Kept]:
        """Yield the rows of `file`. Others may be read meanwhile."""
        return map(self.at, self._places[file])

    def at(self, place: int) -> Kept:
        """Return the row that is kept at `place`."""
        if place in self._read:
            return self._read[place]
        self._spool.seek(place)
        length, placed = json.loads(self._spool.readline())
        kept = Kept(_values_of(self._spool.read(length).decode()), placed, place)
        if self._end <= IN_MEMORY:
            self._read[place] = kept
        return kept

    def save(self, to: IO[bytes]) -> None:
        """Write the rows, for `restore` in another process."""
        to.write(json.dumps([self._places, self._end]).encode() + b"\n")
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, to, CHUNK)

    def restore(self, saved: IO[bytes]) -> None:
        """Take over the rows of another process; read only its bytes from `saved`."""
        places, self._end = json.loads(saved.readline())
        self._places = defaultdict(list, places)
        left = self._end
        self._spool.seek(0)
        while left:
            data = saved.read(min(left, CHUNK))
            if not data:
                raise EOFError("what was kept of the rows is incomplete")
            self._spool.write(data)
            left -= len(data)


def _values_of(text: str) -> Values:
    """Return the values of a row's text.

    A column of JSON can have numbers that are too long for Python, and be nested too deeply. Then
    only the values are returned that are on one line.
    """
    try:
        values: Values = json.loads(text)
    except (ValueError, RecursionError):
        lines = text.split("\n")[1:-1]
        indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
        of_row = (line for line in lines if line[indent:] == line.lstrip())
        found = (_MEMBER.fullmatch(line, indent) for line in of_row)
        members = (member.groups() for member in found if member is not None)
        values = {key: json.loads(value) for key, value in members}
    return values
