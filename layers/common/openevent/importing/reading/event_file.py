"""The file `event`: the event's own values, and what old archives have inside it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openevent.importing.reading import keys
from openevent.importing.reading.json_rows import Document

_EMPTY: tuple[object, ...] = (None, "", 0, [], {})


@dataclass(frozen=True, slots=True)
class EventParts:
    """`own`: the event's keys. `nested`: rows of other tables. `names`: of rows by column."""

    own: Document
    nested: dict[str, Sequence[Document]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def split(document: Document) -> EventParts:
    """Return the parts of the file `event`.

    Of two keys for the same rows, as `copyright` and `event-copyright`, the first that has some
    counts.
    """
    parts = EventParts(document)
    for name, value in document.items():
        folded = keys.fold(name)
        table, column = keys.NESTED.get(folded), keys.NAMES.get(folded)
        if table is not None and not parts.nested.get(table):
            parts.nested[table] = _rows(value)
        if column is not None and (named := _name(value)):
            parts.names.setdefault(column, named)
    return parts


def value_of(document: Document, column: str) -> object:
    """Return the value of the first key that is `column` in any spelling."""
    return next((value for name, value in document.items() if keys.fold(name) == column), None)


def _rows(value: object) -> list[Document]:
    found = value if isinstance(value, list) else [value]
    return [row for row in found if isinstance(row, dict) and _says_something(row)]


def _says_something(row: Mapping[str, object]) -> bool:
    return any(value not in _EMPTY for name, value in row.items() if name != "id")


def _name(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return value.strip()[:200] if isinstance(value, str) else ""
