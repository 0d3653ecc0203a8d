"""Links that people typed."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.links import is_youtube, web_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://example.org", "http://example.org"),
        # D7: 147 links of real events had no scheme.
        ("github.com/x", "https://github.com/x"),
        (" www.example.org ", "https://www.example.org"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("//example.org/a", "https://example.org/a"),
        ("b\u00fccher.example/\u00fc", "https://b\u00fccher.example/\u00fc"),
        ("https://example.org/a b\"c'<d>\\", "https://example.org/a%20b%22c%27%3Cd%3E%5C"),
    ],
)
def test_addresses_of_the_web(text: str, address: str) -> None:
    assert web_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "javascript:alert(1)", "JavaScript:alert(1)//https://example.org", "data:,a"),
        *("ftp://example.org", "mailto:a@example.org", "a@example.org", "/e/1", "#", "../a"),
        *("http://", "https:///a", "https://[::1", "https://a b.example"),
        *("https://exa\nmple.org", "n/a", "1.2.3", "vbscript:x", "java\tscript:alert(1)"),
        *("example", "@ada", "https:example.org"),
    ],
)  # fmt: skip
def test_other_text_is_no_address(text: str) -> None:
    assert web_address(text) is None


@pytest.mark.parametrize(
    ("text", "site", "address"),
    [
        ("@fossasia", "twitter", "https://twitter.com/fossasia"),
        ("fossasia", "github", "https://github.com/fossasia"),
        ("ada-king", "linkedin", "https://www.linkedin.com/in/ada-king"),
        ("github.com/fossasia", "github", "https://github.com/fossasia"),
        ("ada king", "facebook", None),
        ("@ada", "mastodon", None),
    ],
)
def test_handles_are_pages_of_their_site(text: str, site: str, address: str | None) -> None:
    assert web_address(text, site=site) == address


@given(st.text() | st.text().map("https://{}".format))
def test_an_address_has_a_scheme_and_a_host_and_ends_no_attribute(text: str) -> None:
    address = web_address(text)
    if address is not None:
        assert urlsplit(address).scheme in ("http", "https")
        assert urlsplit(address).hostname
        assert not re.search("[\x00-\x20\"'<>\\\\]", address)
        assert web_address(address) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.youtube.com/watch?v=abc", True),
        ("https://youtu.be/abc", True),
        ("https://vimeo.com/1", False),
        ("https://youtube.com.example.org/", False),
        ("https://example.org/youtube.com", False),
    ],
)
def test_videos_of_youtube(address: str, *, expected: bool) -> None:
    assert is_youtube(address) is expected
