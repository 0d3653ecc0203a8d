"""Shape of a live database: its tables, columns and keys, in the form that plans are made of. Pure.

`adapters.shape` reads it. Exports, copies and imports are planned for it, as Open Event's schema
differs between its versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """Kinds of values that a column takes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"
    """A time of day, or a length of time."""
    JSON = "json"
    UUID = "uuid"
    ARRAY = "array"
    OTHER = "other"
    """A type of the database's own: of an extension, or an enumeration."""


# Types whose values can carry no text.
_WITHOUT_TEXT = frozenset(
    {
        ColumnType.INTEGER,
        ColumnType.NUMBER,
        ColumnType.BOOLEAN,
        ColumnType.TIMESTAMP,
        ColumnType.DATE,
        ColumnType.TIME,
        ColumnType.UUID,
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a live table.

    `refers_to`: the table its foreign key refers to. `has_default`: whether the database has a
    value if it is omitted. `characters`: of the longest text that it takes; 0 if it takes none.
    `is_generated`: whether the database always makes its value itself. `bits`: of an integer; 0
    for other types.
    """

    nullable: bool = True
    refers_to: str | None = None
    has_default: bool = False
    characters: int = 0
    type: ColumnType = ColumnType.INTEGER
    is_generated: bool = False
    bits: int = 0

    @property
    def may_be_omitted(self) -> bool:
        """Whether a row can be inserted without a value for it."""
        return self.nullable or self.has_default

    @property
    def carries_text(self) -> bool:
        """Whether its values can carry text."""
        return self.type not in _WITHOUT_TEXT

    @property
    def is_moment(self) -> bool:
        """Whether its values are dates or times of a date."""
        return self.type in (ColumnType.TIMESTAMP, ColumnType.DATE)


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A live table: its columns in order, and the columns of each of its unique constraints."""

    columns: Mapping[str, Column]
    unique: tuple[frozenset[str], ...] = ()

    def settable(self) -> "LiveTable":
        """Return the table without columns that the database always generates, but for `id`."""
        return LiveTable(
            {
                name: column
                for name, column in self.columns.items()
                if name == "id" or not column.is_generated
            },
            self.unique,
        )


Shape = Mapping[str, LiveTable]
