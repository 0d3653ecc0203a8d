"""Rows and columns of an event that its tables show; the caller chooses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from openevent.catalogue.shape import Column


@dataclass(frozen=True, slots=True)
class Shown:
    """A table of the database: the condition of its rows that are shown, as SQL, and its columns.

    The condition has names and literals that are quoted, and no parameters.
    """

    table: str
    rows: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class View:
    """The rows of one event that tables show, by the database's table, and its clocks' time zone.

    A table that is not in `shown` shows no row.
    """

    shown: Mapping[str, Shown]
    zone: ZoneInfo
