"""Writes a table as CSV (RFC 4180): UTF-8, commas, CRLF, quotes where they are needed. Pure."""

import csv
from collections.abc import Callable, Sequence

from openevent.tables.model import Cell

CONTENT_TYPE = "text/csv; charset=utf-8"

# By it, Excel knows that a file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


class CsvFile:
    """A CSV file that grows by a row at a time.

    Moments are `2027-03-28 09:30:00`, which every spreadsheet reads as a date and sorts.
    """

    def __init__(
        self, write: Callable[[str], object], headers: Sequence[str], *, excel: bool
    ) -> None:
        """`write` receives the text. `excel`: whether it begins with a byte-order mark."""
        if excel:
            write(BYTE_ORDER_MARK)
        self._writer = csv.writer(_Lines(write))
        self._writer.writerow(headers)
        self.rows = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """Append a row."""
        self._writer.writerow(cells)
        self.rows += 1


class _Lines:
    """Receiver of the lines of `csv`."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
