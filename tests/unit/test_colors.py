"""The colour of text on a track: the contract's formula, and whatever a person typed."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.colors import font_color, rgb

bytes_ = st.integers(0, 255)


@given(bytes_, bytes_, bytes_)
def test_the_contract_s_formula(red: int, green: int, blue: int) -> None:
    weighted = Fraction(299 * red + 587 * green + 114 * blue, 1000)
    expected = "#000000" if 1 - weighted / 255 < Fraction(1, 2) else "#ffffff"
    assert font_color(f"#{red:02x}{green:02x}{blue:02x}") == expected
    assert font_color(f"#{red:02X}{green:02X}{blue:02X}") == expected
    assert font_color(f"rgb({red},{green},{blue})") == expected
    assert font_color(f"rgba( {red} , {green} , {blue} , 0.5 )") == expected


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ("#ffffff", "#000000"),
        ("#000000", "#ffffff"),
        ("#ff0000", "#ffffff"),
        ("#00ff00", "#000000"),
        ("#808080", "#000000"),
        ("#7f7f7f", "#ffffff"),
        ("#fff", "#000000"),
        ("#000", "#ffffff"),
        (" #FFFFFF ", "#000000"),
        ("RGBA(0,0,0,1)", "#ffffff"),
        ("rgba(0,0,0,.5)", "#ffffff"),
    ],
)
def test_colours_people_use(color: str, expected: str) -> None:
    assert font_color(color) == expected


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        # D9: these were grey.
        ("tomato", (255, 99, 71)),
        ("Red", (255, 0, 0)),
        ("rebeccapurple", (102, 51, 153)),
        ("hsl(120, 100%, 25%)", (0, 128, 0)),
        ("HSLA(240,100%,50%,0.3)", (0, 0, 255)),
        ("hsl(-120,100%,50%)", (0, 0, 255)),
        ("hsl(0 300% 50%)", (255, 0, 0)),
        ("hsl(1e400,100%,50%)", (0, 0, 0)),
    ],
)
def test_colours_that_css_reads(color: str, expected: tuple[int, int, int]) -> None:
    assert rgb(color) == expected


@pytest.mark.parametrize(
    "color",
    [
        *(None, "", " ", "reddish", "ffffff", "#ggg", "#12345", "#1234567", "\x00#000000"),
        *("rgb(256,0,0)", "rgb(0,0)", "rgba(0,0,0", "rgb(-1,0,0)", "hsl(0,0%,0%"),
        *("transparent", "currentColor", "inherit", "red;blue", "url(red)"),
        # digits, but not ours
        *("#\u0660\u0660\u0660", "rgb(\u0660,\u0660,\u0660)"),
    ],
)
def test_what_is_no_colour_has_black_text(color: str | None) -> None:
    assert rgb(color) is None
    assert font_color(color) == "#000000"


@given(st.none() | st.text())
def test_export_defect_6_no_colour_fails_an_export(color: str | None) -> None:
    """A track whose color is not `#rrggbb` or `rgba(…)` failed the export."""
    assert font_color(color) in {"#000000", "#ffffff"}


@given(st.from_regex(re.compile(r"rgba?\([0-9 .,%]*\)"), fullmatch=True))
def test_nearly_a_colour(color: str) -> None:
    parts = rgb(color)
    assert parts is None or all(0 <= part <= 255 for part in parts)


@given(st.from_regex(re.compile(r"hsla?\([0-9 .,%a-z/+-]*\)", re.ASCII), fullmatch=True))
def test_nearly_a_colour_by_hue(color: str) -> None:
    parts = rgb(color)
    assert parts is None or all(0 <= part <= 255 for part in parts)
