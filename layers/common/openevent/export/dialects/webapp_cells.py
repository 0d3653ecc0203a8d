"""Cells of rows, as the `webapp` dialect writes them. Pure.

Rows are mappings of columns, null where the database has no value. Absent text is "", an absent
link null.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from openevent.catalogue.files import DataFile
from openevent.export.repairs import Repair, RepairKind

Values = Mapping[str, object]

_SCRIPT_END = re.compile(r"</script\s*>?", re.IGNORECASE)


class Cells:
    """Reads cells of one event's rows; `repair` gets every repair of its data."""

    def __init__(self, timezone_name: object, repair: Callable[[Repair], None]) -> None:
        """`timezone_name`: the event's time zone, in which all its times are written."""
        zone = _zone(timezone_name)
        self.timezone_known = zone is not None
        self.timezone = str(timezone_name) if self.timezone_known else "UTC"
        self._zone = zone or UTC
        self._repair = repair

    def text(self, file: DataFile, row: Values, column: str) -> str:
        """Return the text of a cell, without what would end a script block."""
        value = row.get(column)
        text = "" if value is None else str(value)
        kept = without_script_end(text)
        if kept != text:
            self.note(RepairKind.MARKUP_STRIPPED, file, row, column)
        return kept

    def link(self, file: DataFile, row: Values, column: str) -> str | None:
        """Return the link of a cell; None if there is none."""
        return self.text(file, row, column).strip() or None

    def moment(self, value: object) -> str | None:
        """Return a moment as clocks at the event show it, to the second, with their offset then.

        None for any other value, and for a moment that cannot be written.
        """
        if not isinstance(value, datetime):
            return None
        try:
            instant = value.replace(tzinfo=value.tzinfo or UTC).replace(microsecond=0)
            offset = instant.astimezone(self._zone).utcoffset() or timedelta()
            # Before there were time zones, clocks differed by seconds, which offsets can't say.
            minutes = timezone(timedelta(minutes=offset // timedelta(minutes=1)))
            return instant.astimezone(minutes).isoformat()
        except OverflowError:
            return None

    def note(self, kind: RepairKind, file: DataFile, row: Values, column: str) -> None:
        """Write down a repair of a cell."""
        self._repair(Repair(kind, file.name, row_id(row), column))


def row_id(row: Values) -> int:
    """Return the row's id; 0 if it has none."""
    return whole(row.get("id"))


def whole(value: object) -> int:
    """Return an integer; 0 for any other value."""
    return value if isinstance(value, int) else 0


def number(value: object) -> int | float | None:
    """Return a finite number; None for any other value."""
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def without_script_end(text: str) -> str:
    """Return `text` without anything that ends a script block, or would do so once it is gone."""
    while (kept := _SCRIPT_END.sub("", text)) != text:
        text = kept
    return kept


def _zone(name: object) -> tzinfo | None:
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
