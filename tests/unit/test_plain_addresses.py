"""Addresses without anything that parsers disagree about: all of them read the same parts."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from openevent.adapters.storage import read_plain


@given(
    st.from_regex(
        r"https?://[a-z0-9.-]{1,9}(:[0-9]{1,6})?(/[A-Za-z0-9_.~-]{0,3}){0,4}", fullmatch=True
    )
    | st.text().map(lambda rest: f"http://a.example/{rest}")
)
def test_every_parser_reads_the_same_parts(address: str) -> None:
    plain = read_plain(address)
    if plain is None:
        return
    assert urljoin("http://api.example/media/", address) == address
    split, url = urlsplit(address), parse_url(address)
    assert (split.scheme, split.hostname, split.port, split.path) == plain
    assert (url.scheme, url.host, url.port, url.request_uri) == plain


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("https://media.example/a/B_1.jpg", ("https", "media.example", None, "/a/B_1.jpg")),
        ("http://127.0.0.1:65535/a", ("http", "127.0.0.1", 65535, "/a")),
    ],
)
def test_plain_addresses(address: str, parts: tuple[object, ...]) -> None:
    assert read_plain(address) == parts


@pytest.mark.parametrize(
    "address",
    [
        *("http://a.example", "http://a.example/", "http://a.example//b", "http://a.example/b/"),
        *("http://a.example/.", "http://a.example/../b", "http://a.example/b/./c"),
        *("http://a.example/%61", "http://a.example/b?c", "http://a.example/b#c"),
        *("http://u@a.example/b", "http://a.example\\b/c", "http://a.example:65536/b"),
        *("http://a.example:080/b", "http://a.example:/b", "http://A.example/b", "HTTP://a/b"),
        *("http://[::1]/b", "http://a..example/b", "http://a.example./b", "//a.example/b"),
        *("http://a.example/b\n", " http://a.example/b", "http://a.example/ä", "ftp://a/b", ""),
    ],
)
def test_all_others_need_a_parser(address: str) -> None:
    assert read_plain(address) is None
