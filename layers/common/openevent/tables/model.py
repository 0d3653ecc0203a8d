"""Model of a table: its columns, what each holds, and how tables refer to each other. Pure.

A cell is None (empty), text, a number, or a moment as clocks at the event show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

Cell = str | int | float | datetime | None


class Kind(Enum):
    """Kinds of columns.

    `HTML`: text that may be HTML, shown as plain text. `SLIDES`: JSON, a list of names and links.
    `FLAG`: Yes or No. `MINUTES`: a number, whole if it
    can be. `ZONE`: the name of the event's time zone, in each row.
    """

    TEXT = auto()
    HTML = auto()
    JSON = auto()
    SLIDES = auto()
    LINK = auto()
    EMAIL = auto()
    FLAG = auto()
    INTEGER = auto()
    NUMBER = auto()
    MINUTES = auto()
    MOMENT = auto()
    ZONE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `key` says where its values are: `title`, a column of the table's own rows; `tracks.name`, one
    of the row that they refer to; `speakers.name`, one of each row linked to them. `refers_to`: the
    table whose column `ID` has this value too.
    """

    header: str
    kind: Kind
    key: str
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """Rows of `table` that `through` links to a row, by its columns `own` and `other`.

    They are in the order of the columns `order`; text by the numbers of its characters.
    """

    table: str
    through: str
    own: str
    other: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the name of its file, its title, the table of the database that it shows.

    `order`: columns by which its rows are sorted. `references`: by the first part of a key, the
    column with the id of the row that is referred to, and its table. `linked`: by the same, the
    rows that are linked. `form`: the form whose own fields have answers in the rows.
    """

    name: str
    title: str
    source: str
    columns: tuple[Column, ...]
    order: tuple[str, ...] = ("id",)
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    linked: Mapping[str, Linked] = field(default_factory=dict)
    form: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """An own field of a form: the key of its answers (`forms.answer_key`), and its label."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that a table cannot show, or not whole: in which row and column, and why."""

    code: str
    table: str
    row: str
    column: str
