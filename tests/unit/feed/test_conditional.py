"""Conditional requests: what clients send back, and whether their copy is still right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.feed.conditional import etag, http_date, is_unchanged

DIGEST = "0123456789abcdef0123456789abcdef"
SINCE = 1_800_000_000


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (f'W/"{DIGEST}"', True),
        (f'"{DIGEST}"', True),
        (f'"a", W/"{DIGEST}"', True),
        ("*", True),
        (" * ", True),
        ('W/"another"', False),
        (DIGEST, False),
        ("", False),
        ('"', False),
        (f'"{DIGEST}', False),
    ],
)
def test_tags_of_clients(header: str, *, unchanged: bool) -> None:
    assert is_unchanged(DIGEST, SINCE, if_none_match=header, if_since=None) is unchanged


def test_a_client_sends_back_what_it_got() -> None:
    assert etag(DIGEST) == f'W/"{DIGEST}"'
    assert is_unchanged(DIGEST, SINCE, if_none_match=etag(DIGEST), if_since=None)
    assert http_date(SINCE) == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert is_unchanged(DIGEST, SINCE, if_none_match=None, if_since=http_date(SINCE))


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        ("Fri, 15 Jan 2027 08:00:00 GMT", True),
        ("Fri, 15 Jan 2027 08:00:01 GMT", True),
        ("Friday, 15-Jan-27 08:00:00 GMT", True),
        ("Fri, 15 Jan 2027 07:59:59 GMT", False),
        ("yesterday", False),
        ("", False),
        ("Fri, 15 Jan 99999 08:00:00 GMT", False),
        ("0", False),
    ],
)
def test_dates_of_clients(header: str, *, unchanged: bool) -> None:
    assert is_unchanged(DIGEST, SINCE, if_none_match=None, if_since=header) is unchanged


def test_a_tag_is_asked_before_a_date() -> None:
    later = http_date(SINCE + 1)
    assert not is_unchanged(DIGEST, SINCE, if_none_match='"another"', if_since=later)


def test_a_poll_without_conditions_gets_the_content() -> None:
    assert not is_unchanged(DIGEST, SINCE, if_none_match=None, if_since=None)


@given(st.none() | st.text(), st.text())
def test_no_header_raises_an_error(tag: str | None, date: str) -> None:
    assert is_unchanged(DIGEST, SINCE, if_none_match=tag, if_since=date) in (True, False)
