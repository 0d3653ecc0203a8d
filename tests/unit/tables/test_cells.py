"""Cells of hostile values: none begins another cell, none keeps the others from being shown."""

from zoneinfo import ZoneInfo

import pytest

from openevent.tables.cells import VALUE_UNREADABLE, Cells
from openevent.tables.definitions import SESSIONS
from openevent.tables.model import FormField, Problem

COLUMNS = [column for column in SESSIONS.columns if column.header in {"All Slides", "Level"}]
FIELDS = [FormField("size", "Size"), FormField("more", "More")]


@pytest.mark.parametrize("typed", ["a\t=1", "a&#9;=1", "<p>a&#9;=1</p>", "<p>a\t=1</p>"])
def test_no_tab_in_prose_begins_a_cell(typed: str) -> None:
    columns = [column for column in SESSIONS.columns if column.header == "Session Abstract Long"]
    cells = Cells(
        SESSIONS, columns, (), zone=ZoneInfo("UTC"), note=lambda problem: pytest.fail(str(problem))
    )
    assert cells.row("7", [typed], None) == ["a =1"]


# Python reads the first, and has no room to walk through it; the second, it does not read.
@pytest.mark.parametrize("depth", [800, 5_000])
def test_json_that_is_nested_too_deeply_is_named(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    problems: list[Problem] = []
    cells = Cells(SESSIONS, COLUMNS, FIELDS, zone=ZoneInfo("UTC"), note=problems.append)
    assert cells.row("7", ["Expert", deep], None) == ["Expert", deep, None, None]
    assert problems == [Problem(VALUE_UNREADABLE, "sessions", "7", "All Slides")]
    answers = f'{{"size": {deep}, "more": "x"}}'
    level, slides, size, _ = cells.row("8", ["Expert", "[]"], answers)
    assert (level, slides, size) == ("Expert", "", None)
    assert problems[1:] == [Problem(VALUE_UNREADABLE, "sessions", "8", "Size")]
