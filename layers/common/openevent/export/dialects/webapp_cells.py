"""Cells of rows, as the `webapp` dialect writes them. Pure.

Rows are mappings of columns, null where the database has no value. Absent text is "", an absent
link null.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from openevent.catalogue.files import DataFile
from openevent.catalogue.links import web_address
from openevent.catalogue.markup import (
    clean_html,
    lost_markup,
    on_one_line,
    plain_text,
    quoted_text,
)
from openevent.catalogue.zones import find_zone
from openevent.export.repairs import Repair, RepairKind

Values = Mapping[str, object]


class Cells:
    """Reads cells of one event's rows; `repair` gets every repair of its data."""

    def __init__(self, timezone_name: object, repair: Callable[[Repair], None]) -> None:
        """`timezone_name`: the event's time zone, in which all its times are written."""
        zone, renamed = find_zone(timezone_name)
        self.timezone = zone.key if zone else "UTC"
        self.timezone_known = zone is not None
        self.timezone_renamed = renamed
        self._zone = zone or UTC
        self._repair = repair

    def html(self, file: DataFile, row: Values, column: str) -> str:
        """Return the HTML of a cell, with what pages can show of it."""
        html = _text(row, column)
        cleaned = clean_html(html)
        if lost_markup(html, cleaned):
            self.note(RepairKind.MARKUP_STRIPPED, file, row, column)
        return cleaned

    def text(self, file: DataFile, row: Values, column: str) -> str:
        """Return the text of a cell, without what pages would read as markup or script."""
        return self._without_markup(plain_text, file, row, column)

    def name(self, file: DataFile, row: Values, column: str) -> str:
        """Return the text of a cell that readers print between quotation marks as well."""
        return self._without_markup(quoted_text, file, row, column)

    def link(
        self,
        file: DataFile,
        row: Values,
        column: str,
        *,
        site: str | None = None,
        server: str | None = None,
    ) -> str | None:
        """Return the link of a cell; None if there is none that a browser opens.

        `site`: where a handle in the cell has its page, see `web_address`. `server`: the address
        at which a path in the cell begins.
        """
        typed = _text(row, column).strip()
        is_path = typed.startswith("/") and not typed.startswith("//")
        link = web_address(f"{server}{typed}" if server and is_path else typed, site=site)
        if link is None and typed:
            self.note(RepairKind.LINK_DROPPED, file, row, column)
        elif link is not None and not typed.lower().startswith("http"):
            self.note(RepairKind.LINK_COMPLETED, file, row, column)
        return link

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

    def _without_markup(
        self, clean: Callable[[str], str], file: DataFile, row: Values, column: str
    ) -> str:
        text = _text(row, column)
        cleaned = clean(text)
        if cleaned != on_one_line(text):
            self.note(RepairKind.MARKUP_STRIPPED, file, row, column)
        return cleaned


def row_id(row: Values) -> int:
    """Return the row's id; 0 if it has none."""
    return whole(row.get("id"))


def whole(value: object) -> int:
    """Return an integer; 0 for any other value."""
    return value if isinstance(value, int) else 0


def number(value: object) -> int | float | None:
    """Return a finite number; None for any other value."""
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _text(row: Values, column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)
