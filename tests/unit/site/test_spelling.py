"""Moments, sizes and names as pages show them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from openevent.site import spelling
from openevent.site.languages import direction_of, known_tag, language_text

EN = spelling.DASH


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2027, 4, 16), date(2027, 4, 16), "16 April 2027"),
        (date(2027, 4, 16), date(2027, 4, 15), "16 April 2027"),
        (date(2027, 4, 16), date(2027, 4, 18), f"16{EN}18 April 2027"),
        (date(2027, 4, 30), date(2027, 5, 2), f"30 April {EN} 2 May 2027"),
        (date(2027, 12, 30), date(2028, 1, 2), f"30 December 2027 {EN} 2 January 2028"),
    ],
)
def test_a_range_of_days(first: date, last: date, text: str) -> None:
    assert spelling.dates_text(first, last) == text


def test_a_moment_has_the_offset_of_its_day_in_whole_minutes() -> None:
    zone = ZoneInfo("Europe/Berlin")
    moment = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert spelling.local(moment, zone).isoformat() == "2027-03-28T03:00:00+02:00"
    assert spelling.moment_text(moment, zone) == "28 March 2027, 03:00 (Europe/Berlin)"
    assert spelling.local(datetime(1850, 1, 1, tzinfo=UTC), zone).isoformat().endswith("+00:53")
    assert spelling.day_text(date(2027, 3, 28)) == "Sunday, 28 March 2027"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (57_123, "57 kB"),
        (3_062_000, "3.1 MB"),
    ],
)
def test_a_size(size: int, text: str) -> None:
    assert spelling.size_text(size) == text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("ada", "A"),
        ('Maja "Mo" Lindqvist', "ML"),
        ("王", "王"),
        ("", ""),
        ("!", "!"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert spelling.initials(name) == letters


def test_prices_and_counts() -> None:
    assert [spelling.price_text(price) for price in (60.0, 7.5)] == ["60", "7.50"]
    assert spelling.count_text(1, "file", "files") == "1 file"
    assert spelling.count_text(1500, "file", "files") == "1,500 files"


def test_the_direction_is_that_of_most_letters() -> None:
    assert direction_of("כנס פייתון 2027", "PyCon") == "rtl"
    assert direction_of("مؤتمر") == "rtl"
    assert direction_of("PyCon ישר", "A conference") == "ltr"
    assert direction_of("2027") == "ltr"


def test_languages_are_named_if_they_are_known() -> None:
    assert (known_tag("English"), language_text("en")) == ("en", "English")
    assert (known_tag("xx"), language_text("xx")) == (None, "xx")
    assert (known_tag("pt_BR"), language_text("pt_BR")) == ("pt-BR", "pt_BR")
    assert (known_tag("all of them"), language_text("")) == (None, "")
