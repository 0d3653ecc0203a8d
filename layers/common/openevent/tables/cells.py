"""Cells of the text in which the database gives values. Pure."""

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from openevent.programme.texts import plain_text
from openevent.tables.forms import answer_key
from openevent.tables.model import Cell, Column, FormField, Kind, Problem, Table
from openevent.tables.texts import SURELY_FITS, cell_text, cut, fits, harmless

# What the database gives for a date that no program reads (infinity, before the year 1).
UNREADABLE = ""

# Marks of entries in lists, which would be signs of formulas, and what is written for them.
_BULLETS = re.compile(r"^[-+] (?=\S)", re.MULTILINE)
_BULLET = "• "

Note = Callable[[Problem], None]

CUT = "cell-cut"
DATE_UNREADABLE = "date-unreadable"
VALUE_UNREADABLE = "value-unreadable"


class _Unreadable(Exception):
    """A value that cannot be shown as the column's kind."""

    def __init__(self, code: str, shown: Cell = None) -> None:
        super().__init__(code)
        self.code = code
        self.shown = shown


class Cells:
    """Makes the rows of one table: a cell for each column, then one for each of the form's fields.

    `note` gets each value that is not shown, or not whole. No value makes a row fail.
    """

    def __init__(
        self,
        table: Table,
        columns: Sequence[Column],
        fields: Sequence[FormField],
        *,
        zone: ZoneInfo,
        note: Note,
    ) -> None:
        """`zone`: of the event's clocks."""
        self._table = table
        self._columns = columns
        self._fields = fields
        self._note = note
        kinds: dict[Kind, Callable[[str], Cell]] = {
            Kind.TEXT: cell_text,
            Kind.HTML: _prose,
            Kind.JSON: lambda text: _of_json(text, _listed),
            Kind.SLIDES: lambda text: _of_json(text, _slides),
            Kind.LINK: cell_text,
            Kind.EMAIL: cell_text,
            Kind.FLAG: lambda text: "Yes" if text == "true" else "No",
            Kind.INTEGER: int,
            Kind.NUMBER: _number,
            Kind.MINUTES: _minutes,
            Kind.MOMENT: lambda text: _moment(text, zone),
            Kind.ZONE: lambda _: zone.key,
        }
        self._makers = [kinds[column.kind] for column in columns]

    def row(self, row_id: str, values: Sequence[str | None], answers: str | None) -> list[Cell]:
        """Return the row's cells of its `values` and its `answers`, a JSON object, if any."""
        cells: list[Cell] = []
        for make, value in zip(self._makers, values, strict=True):
            if value is None:
                cells.append(None)
                continue
            try:
                cell = make(value)
            except (_Unreadable, ValueError, OverflowError) as error:
                cell = self._unreadable(row_id, self._columns[len(cells)].header, error)
            if type(cell) is str and len(cell) > SURELY_FITS and not fits(cell):
                self._say(CUT, row_id, self._columns[len(cells)].header)
                cell = cut(cell)
            cells.append(cell)
        if self._fields:
            cells += self._answers(row_id, answers)
        return cells

    def _answers(self, row_id: str, answers: str | None) -> list[Cell]:
        try:
            found = {} if answers is None else json.loads(answers)
        except (ValueError, RecursionError):
            self._say(VALUE_UNREADABLE, row_id, self._fields[0].label)
            found = {}
        known = {answer_key(key): found[key] for key in found} if isinstance(found, dict) else {}
        return [self._answer(row_id, field, known.get(field.key)) for field in self._fields]

    def _answer(self, row_id: str, field: FormField, answer: object) -> Cell:
        if answer is None:
            return None
        try:
            text = cell_text(_listed(answer))
        except RecursionError:
            self._say(VALUE_UNREADABLE, row_id, field.label)
            return None
        if not fits(text):
            self._say(CUT, row_id, field.label)
            return cut(text)
        return text

    def _unreadable(self, row_id: str, header: str, error: Exception) -> Cell:
        if not isinstance(error, _Unreadable):
            error = _Unreadable(VALUE_UNREADABLE)
        self._say(error.code, row_id, header)
        return error.shown

    def _say(self, code: str, row_id: str, header: str) -> None:
        self._note(Problem(code, self._table.name, row_id, header))


def _prose(html: str) -> str:
    text = plain_text(html)
    if "- " in text or "+ " in text:
        text = _BULLETS.sub(_BULLET, text)
    return harmless(text)


def _number(text: str) -> Cell:
    number = float(text)
    if not math.isfinite(number):
        raise _Unreadable(VALUE_UNREADABLE)
    return number


def _minutes(text: str) -> Cell:
    minutes = float(text)
    return int(minutes) if minutes.is_integer() else minutes


def _moment(text: str, zone: ZoneInfo) -> Cell:
    if text == UNREADABLE:
        raise _Unreadable(DATE_UNREADABLE)
    return datetime.fromtimestamp(int(text), zone).replace(tzinfo=None, fold=0)


def _of_json(text: str, show: Callable[[object], str]) -> Cell:
    try:
        return cell_text(show(json.loads(text)))
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or lists in lists in lists.
        raise _Unreadable(VALUE_UNREADABLE, cell_text(text)) from error


def _listed(value: object) -> str:
    """Return the text of a value of JSON; entries of a list follow each other."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "Yes" if value else "No"
        case list():
            return "; ".join(map(_listed, value))
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _slides(value: object) -> str:
    """Return the names and links of the slides that the web client keeps in a list."""
    if not isinstance(value, list):
        return _listed(value)
    return "; ".join(map(_slide, value))


def _slide(entry: object) -> str:
    if not isinstance(entry, dict):
        return _listed(entry)
    name, link = (_listed(entry.get(key)).strip() for key in ("name", "link"))
    return f"{name} ({link})" if name and link else name or link
