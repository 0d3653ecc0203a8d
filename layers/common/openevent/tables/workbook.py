"""Writes tables as a workbook in XLSX, a row at a time, in memory that does not grow. Pure.

Text is written as text (inline strings), so that no cell is a formula. XlsxWriter takes several
times as long (docs/decisions/0048).
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from html import escape
from typing import IO

from openevent.tables import workbook_parts as parts
from openevent.tables.links import mail_link, web_link
from openevent.tables.model import Cell, Kind
from openevent.tables.zip_package import Package, Part

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# What Excel opens of one sheet: links, and rows.
MOST_LINKS = 65_530
MOST_ROWS = 1_048_576

# Day 0 of spreadsheets, whose calendar is right from 1 March 1900 on: they have a 29 February 1900.
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - clocks at the event
_FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - clocks at the event
_DAY = 86_400

# `_x0041_` in a text is the letter A.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

# Bytes of links that stay in memory.
_MEMORY = 1 << 18

_WIDTHS = {
    Kind.TEXT: 22,
    Kind.HTML: 40,
    Kind.JSON: 22,
    Kind.SLIDES: 30,
    Kind.LINK: 28,
    Kind.EMAIL: 28,
    Kind.MOMENT: 19,
    Kind.ZONE: 18,
}
_NARROW = 11

_LINKS = {Kind.LINK: web_link, Kind.EMAIL: mail_link}


class Sheet:
    """A sheet that grows by a row at a time."""

    def __init__(self, part: Part, headers: Sequence[tuple[str, Kind]]) -> None:
        """`headers`: of the columns, with what they hold."""
        self._write = part.write
        self._columns = [
            (_letters(number), _LINKS.get(kind)) for number, (_, kind) in enumerate(headers)
        ]
        self._row = 1
        self.links = _Links()
        part.write(parts.sheet_head([_width(header, kind) for header, kind in headers]))
        cells = "".join(
            _text(f"{letters}1", header, parts.HEADER)
            for (letters, _), (header, _) in zip(self._columns, headers, strict=True)
        )
        part.write(f'<row r="1">{cells}</row>')

    def add(self, cells: Sequence[Cell]) -> None:
        """Append a row. Rows that no spreadsheet opens are omitted."""
        if self._row >= MOST_ROWS:
            return
        self._row += 1
        row = self._row
        made = [f'<row r="{row}">']
        for (letters, find_link), cell in zip(self._columns, cells, strict=True):
            if cell is None or cell == "":
                continue
            place = f"{letters}{row}"
            if isinstance(cell, str):
                link = None if find_link is None else find_link(cell)
                style = 0 if link is None else self.links.add(place, link)
                made.append(_text(place, cell, style))
            elif isinstance(cell, datetime):
                made.append(_moment(place, cell))
            else:
                made.append(f'<c r="{place}"><v>{cell!r}</v></c>')
        made.append("</row>")
        self._write("".join(made))


class _Links:
    """The links of a sheet, kept on disk until its rows are written."""

    def __init__(self) -> None:
        self.count = 0
        self._places, self._targets = _spool(), _spool()

    def add(self, place: str, target: str) -> int:
        """Keep a link; return the style of its cell. A link that Excel does not open is text."""
        if self.count >= MOST_LINKS:
            return 0
        self.count += 1
        self._places.write(f'<hyperlink ref="{place}" r:id="rId{self.count}"/>'.encode())
        entry = parts.relation(self.count, "hyperlink", escape(target), external=True)
        self._targets.write(entry.encode())
        return parts.LINK

    def write_places(self, part: Part) -> None:
        if self.count:
            part.write("<hyperlinks>")
            _copy(self._places, part)
            part.write("</hyperlinks>")

    def write_targets(self, part: Part) -> None:
        head, end = parts.relations_around()
        part.write(head)
        _copy(self._targets, part)
        part.write(end)

    def close(self) -> None:
        self._places.close()
        self._targets.close()


class Workbook:
    """A workbook in `file`, which is empty and can be read and sought."""

    def __init__(self, file: IO[bytes], modified: datetime) -> None:
        """`modified`: the time of all its parts."""
        self._package = Package(file, modified)
        self._titles: list[str] = []

    @contextmanager
    def sheet(self, title: str, headers: Sequence[tuple[str, Kind]]) -> Iterator[Sheet]:
        """Write a sheet. `title`: plain words of 31 characters at most."""
        self._titles.append(title)
        path = f"xl/worksheets/sheet{len(self._titles)}.xml"
        with self._package.part(path) as part:
            sheet = Sheet(part, headers)
            yield sheet
            part.write("</sheetData>")
            sheet.links.write_places(part)
            part.write("</worksheet>")
        if sheet.links.count:
            name = f"xl/worksheets/_rels/sheet{len(self._titles)}.xml.rels"
            with self._package.part(name) as part:
                sheet.links.write_targets(part)
        sheet.links.close()

    def finish(self) -> None:
        """Write what is about all sheets. Nothing can be added afterwards."""
        count = len(self._titles)
        for name, text in (
            ("xl/styles.xml", parts.styles()),
            ("xl/workbook.xml", parts.workbook(self._titles)),
            ("xl/_rels/workbook.xml.rels", parts.workbook_relations(count)),
            ("_rels/.rels", parts.package_relations()),
            ("[Content_Types].xml", parts.content_types(count)),
        ):
            with self._package.part(name) as part:
                part.write(text)
        self._package.finish()


def _text(place: str, text: str, style: int) -> str:
    if "_x" in text:
        text = _ESCAPE.sub("_x005F_", text)
    if "&" in text or "<" in text or ">" in text:
        text = escape(text, quote=False)
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _moment(place: str, moment: datetime) -> str:
    if moment < _FIRST_DATE:
        return _text(place, str(moment), 0)
    since = moment - _DAY_0
    return f'<c r="{place}" s="{parts.MOMENT}"><v>{since.days + since.seconds / _DAY!r}</v></c>'


def _letters(number: int) -> str:
    """Return the letters of a column, given its number from 0: A to Z, then AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _width(header: str, kind: Kind) -> float:
    return max(_WIDTHS.get(kind, _NARROW), min(len(header) + 2, 40))


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(_MEMORY)


def _copy(spool: IO[bytes], part: Part) -> None:
    spool.seek(0)
    while data := spool.read(_MEMORY):
        # Addresses are in ASCII, so that no character is in two pieces.
        part.write(data.decode("ascii"))
