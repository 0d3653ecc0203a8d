"""Text that no spreadsheet program takes for a formula."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.tables.texts import MOST_UNITS, cell_text, cut, fits
from tests.tables import begins_formula


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+49 30 1234567", "'+49 30 1234567"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("  =1", "'=1"),
        ("\u00a0\u200b\ufeff=1", "'\u200b\ufeff=1"),
        ('"=1', "'\"=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff201", "'\uff201"),
        ("\u22121", "'\u22121"),
        # A program that reads the quotes of a file differently begins a cell here.
        ("a\n=1", "a\n'=1"),
        ("a\r\n -1", "a\n' -1"),
        ("a\u2028=1", "a\n'=1"),
        ("a;=1", "a;'=1"),
        ("Ada; =1", "Ada;' =1"),
        ('a;"=1+1;"', 'a;\'"=1+1;"'),
        ("a\t=1", "a =1"),
        # These are harmless, and unchanged.
        ("1 + 1 = 2", "1 + 1 = 2"),
        ("a-b", "a-b"),
        ("'=1", "'=1"),
        ("C++; C", "C++; C"),
        ("", ""),
        ("a\x00\x01\ud800\ufffeb", "ab"),
        ("王, Ünïcödé", "王, Ünïcödé"),
    ],
)
def test_a_text_as_a_cell_has_it(typed: str, shown: str) -> None:
    assert cell_text(typed) == shown
    assert cell_text(shown) == shown


# Pieces of which hostile cells are made.
PIECES = (
    *("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212", "\ufe62", "\ufe63"),
    *(" ", "\t", "\r", "\n", "\u2028", "\u00a0", "\u200b", "\ufeff", '"', "'", ";", ",", "a", "1"),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=12)


@given(HOSTILE)
def test_no_cell_begins_a_formula_whatever_separates_cells(typed: str) -> None:
    shown = cell_text(typed)
    assert not any(begins_formula(cell) for cell in re.split("[;\n\t\r]", shown))
    assert cell_text(shown) == shown
    # Nothing is added but apostrophes.
    assert "".join(shown.split()).replace("'", "").replace(" ", "") == "".join(
        cell for cell in "".join(_kept(typed).split()).replace("'", "")
    )


def _kept(typed: str) -> str:
    return "".join(
        one for one in typed if one.isspace() or unicodedata.category(one) not in ("Cc", "Cs")
    ).translate(dict.fromkeys((0xFFFE, 0xFFFF)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * MOST_UNITS, None),
        ("a" * (MOST_UNITS + 1), "a" * (MOST_UNITS - 1) + "…"),
        # Of two units each: the last one that begins would not fit.
        ("🦊" * 16_383, None),
        ("🦊" * 16_384, "🦊" * 16_383 + "…"),
        ("a" + "🦊" * 16_384, "a" + "🦊" * 16_382 + "…"),
    ],
)
def test_a_cell_holds_as_much_as_excel_opens(text: str, kept: str | None) -> None:
    assert fits(text) == (kept is None)
    if kept is not None:
        assert cut(text) == kept
        assert fits(kept)
