"""Addresses on the web that are requested at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.media.skipped import Reason, Skipped
from openevent.media.web import _parsed


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://example.com/a", "file:///etc/passwd", "//example.com/a", "example.com/a", ""),
        *("http://", "http:///a", "http://[::1", "http://a:b/", "http://a:99999/"),
        *("gopher://example.com", "javascript:alert(1)", "data:image/png;base64,AAAA"),
    ],
)
def test_only_http_and_https(address: str) -> None:
    with pytest.raises(Skipped) as caught:
        _parsed(address)
    assert caught.value.reason is Reason.ADDRESS_INVALID


@given(st.text() | st.text().map(lambda rest: f"http://{rest}"))
def test_no_address_breaks_it(address: str) -> None:
    try:
        url = _parsed(address)
    except Skipped:
        return
    assert url.scheme in {"http", "https"}
    assert url.host
