"""Ids of an archive's rows, and references to them. Pure."""

import re

_DIGITS = re.compile(r"\d{1,18}", re.ASCII)

# PostgreSQL's largest bigint has 19 digits.
_HIGHEST = 10**18


class NoId(Exception):
    """A value is no id."""


def read_id(value: object) -> int | None:
    """Return an id, which may be a text, or inside an object; None for null and for "".

    Raises `NoId` for anything else.
    """
    if isinstance(value, dict):
        value = value.get("id")
    if value is None or value == "":
        return None
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _HIGHEST:
        raise NoId
    return value


class Numbers:
    """The ids of one table's rows, in the order of the file.

    A row without an id gets a negative number, and so does a row with the id of another one, unless
    the two are equal to the character.
    """

    def __init__(self) -> None:
        """There are no rows yet."""
        self.ids: set[int] = set()
        self._texts: dict[int, int] = {}
        self._lowest = 0

    def number(self, row_id: int | None, text: str) -> int | None:
        """Return the number of the next row; None if it is the same row again.

        `text`: the row's JSON.
        """
        if row_id is None or row_id in self.ids:
            if row_id is not None and self._texts[row_id] == hash(text):
                return None
            self._lowest -= 1
            row_id = self._lowest
        self.ids.add(row_id)
        self._texts[row_id] = hash(text)
        return row_id
