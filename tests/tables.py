"""Tables of archives as foreign readers see them: the csv module, openpyxl, frictionless."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import frictionless
import openpyxl

Table = list[list[str]]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def read_csv(data: bytes) -> Table:
    """Return the rows of a CSV file, its headers first."""
    text = data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    return rows


def tables_in(files: Mapping[str, bytes]) -> dict[str, Table]:
    """Return the tables of an archive's CSV files, by the names of the files."""
    return {
        name.removeprefix("tables/").removesuffix(".csv"): read_csv(data)
        for name, data in files.items()
        if name.startswith("tables/") and name.endswith(".csv")
    }


def sheets_in(files: Mapping[str, bytes]) -> list[list[list[object]]]:
    """Return the values of the sheets of an archive's workbook, in their order."""
    (data,) = (data for name, data in files.items() if name.endswith(".xlsx"))
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    return [
        [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in workbook.worksheets
    ]


def as_in_csv(value: object) -> str:
    """Return a value of a workbook as a CSV file has it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(decoded(value))


def decoded(value: object) -> str | None:
    """Return a text of a workbook with the characters that are escaped in XLSX.

    openpyxl leaves them; Excel and LibreOffice do not.
    """
    if value is None:
        return ""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), str(value))


def assert_equal(table: Table, sheet: list[list[object]]) -> None:
    """Hold a CSV file against its sheet, cell by cell; numbers by their values."""
    assert len(table) == len(sheet)
    for texts, values in zip(table, sheet, strict=True):
        padded = [*values, *([None] * (len(texts) - len(values)))]
        for text, value in zip(texts, padded, strict=True):
            if isinstance(value, int | float):
                assert float(text) == value
            else:
                assert text == as_in_csv(value)


def begun_formulas(table: Table) -> list[str]:
    """Return the cells that a program could take for a formula, whatever separates its cells."""
    cells = [cell for row in table for cell in row if not _NUMBER.fullmatch(cell)]
    return [cell for cell in cells if any(map(begins_formula, re.split("[;\n\t\r]", cell)))]


def begins_formula(cell: str) -> bool:
    """Return whether a program could take a cell for a formula, by rules that are not the code's.

    Unicode says which characters are blank, invisible or compatible with a sign.
    """
    for character in cell:
        if character == '"' or character.isspace() or unicodedata.category(character) == "Cf":
            continue
        return unicodedata.normalize("NFKC", character)[0] in "=+-@\u2212"
    return False


def assert_valid(files: Mapping[str, bytes]) -> None:
    """Let frictionless check an archive's tables against their description."""
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            if name.startswith("tables/") and not name.endswith(".xlsx"):
                Path(folder, name.removeprefix("tables/")).write_bytes(data)
        report = frictionless.validate(str(Path(folder, "datapackage.json")))
        assert report.valid, report.flatten(["name", "type", "message"])
