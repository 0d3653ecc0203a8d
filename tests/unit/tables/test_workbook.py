"""Workbooks, read by openpyxl, which shares no code with what writes them."""

import io
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openevent.tables import workbook as written
from openevent.tables.model import Cell, Kind
from openevent.tables.texts import cell_text
from openevent.tables.workbook import Workbook
from tests.tables import decoded

NOW = datetime(2027, 1, 2, 3, 4, 6, tzinfo=UTC)


def made(headers: list[tuple[str, Kind]], *rows: list[Cell]) -> io.BytesIO:
    file = io.BytesIO()
    workbook = Workbook(file, NOW)
    with workbook.sheet("Sessions", headers) as sheet:
        for row in rows:
            sheet.add(row)
    workbook.finish()
    return file


def opened(file: io.BytesIO) -> Any:  # noqa: ANN401 - openpyxl has no types
    return openpyxl.load_workbook(file)["Sessions"]


def test_values_have_their_types() -> None:
    moment = datetime(2027, 3, 28, 9, 30, 1)  # noqa: DTZ001 - clocks at the event
    headers = [("Title", Kind.TEXT), ("At", Kind.MOMENT), ("No", Kind.INTEGER), ("X", Kind.NUMBER)]
    sheet = opened(made(headers, ["A <&> B", moment, 7, 4.25], ["", None, None, 0.0]))
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Title", "At", "No", "X"],
        ["A <&> B", moment, 7, 4.25],
        [None, None, None, 0],
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "d", "n", "n"]
    assert sheet["B2"].number_format == "yyyy\\-mm\\-dd\\ hh:mm:ss"
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["B"].width == 19


def test_before_march_1900_spreadsheets_have_no_dates() -> None:
    early = datetime(1900, 2, 28, 1, 2, 3)  # noqa: DTZ001 - clocks at the event
    first = datetime(1900, 3, 1)  # noqa: DTZ001 - clocks at the event
    last = datetime(9999, 12, 30, 23, 59, 59)  # noqa: DTZ001 - clocks at the event
    sheet = opened(made([("At", Kind.MOMENT)], [early], [first], [last]))
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [
        "1900-02-28 01:02:03",
        first,
        last,
    ]


def test_links_are_links_and_only_those_that_are_safe() -> None:
    headers = [("Slides", Kind.LINK), ("Email", Kind.EMAIL), ("Title", Kind.TEXT)]
    address = "https://example.org/ä?b=<c>&d"
    rows: list[list[Cell]] = [
        [address, "ada@example.org", "https://example.org/"],
        ["javascript:alert(1)", "ada@example.org?subject=x", None],
        ["/static/a.pdf", "'=1@example.org", None],
        ["https://example.org/" + "a" * 2_060, None, None],
        ["https://[::1", None, None],
        ["https://example.org:65536/", None, None],
        [None, "jo\u017fe@example.org", None],
        [None, "ada@\u212aelvin.example", None],
    ]
    sheet = opened(made(headers, *rows))
    assert {
        cell.coordinate: cell.hyperlink.target
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    } == {
        "A2": "https://example.org/%C3%A4?b=%3Cc%3E&d",
        "B2": "mailto:ada@example.org",
    }
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == rows


def test_more_links_than_excel_opens_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_LINKS", 2)
    address: Cell = "https://example.org/"
    rows = [[address] for _ in range(4)]
    sheet = opened(made([("Slides", Kind.LINK)], *rows))
    linked = [cell.hyperlink is not None for (cell,) in sheet.iter_rows(min_row=2)]
    assert linked == [True, True, False, False]
    assert {cell.value for (cell,) in sheet.iter_rows(min_row=2)} == {address}


def test_rows_that_no_program_opens_are_omitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_ROWS", 3)
    sheet = opened(made([("No", Kind.INTEGER)], [1], [2], [3]))
    assert [row[0].value for row in sheet.iter_rows()] == ["No", 1, 2]


def test_columns_after_z_have_two_letters() -> None:
    headers = [(str(number), Kind.INTEGER) for number in range(703)]
    sheet = opened(made(headers, list(range(703))))
    assert [cell.value for cell in sheet[2]] == list(range(703))
    assert sheet["AAA2"].value == 702


def test_the_same_rows_give_the_same_bytes() -> None:
    rows: list[list[Cell]] = [["a", 1], ["b", 2]]
    headers = [("A", Kind.TEXT), ("B", Kind.INTEGER)]
    assert made(headers, *rows).getvalue() == made(headers, *rows).getvalue()
    with ZipFile(made(headers, *rows)) as package:
        assert package.testzip() is None
        assert {info.date_time for info in package.infolist()} == {(2027, 1, 2, 3, 4, 6)}


_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


@given(st.lists(st.text(_characters) | st.just("_x0041_ _x005F_"), max_size=5))
@settings(max_examples=20)
def test_any_text_is_read_unchanged(typed: list[str]) -> None:
    cells: list[Cell] = [cell_text(text) for text in typed]
    sheet = opened(made([(str(n), Kind.TEXT) for n in range(len(cells) + 1)], [*cells, "end"]))
    found = [cell.value for cell in sheet[2]]
    assert [decoded(value) for value in found] == [*cells, "end"]
    assert {cell.data_type for cell in sheet[2] if cell.value is not None} == {"s"}
