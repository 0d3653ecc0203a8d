"""Plain text and addresses of what people typed."""

import pytest

from openevent.programme.addresses import absolute_address
from openevent.programme.language import language_tag
from openevent.programme.texts import line_of, plain_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (None, ""),
        (7, ""),
        ("  a\r\nb\rc\x85d\u2029e\x0bf  ", "a\nb\nc\nd\ne\nf"),
        ("a\x00\x01\x1b\ufffeb", "ab"),
        ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
        ("&#1;&#8232;a", "a"),
        ("<p>a\n b</p><p>c</p>", "a b\n\nc"),
        ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<a href='https://x.org/?a=1&amp;b=2'>here</a>", "here (https://x.org/?a=1&b=2)"),
        ("<a href='https://x.org'>https://x.org</a>", "https://x.org"),
        ("<a href='javascript:alert(1)'>here</a>", "here"),
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        ("a<script>alert(1)", "a"),
        ("a<!-- secret -->b", "ab"),
        ("<p>1 &lt; 2 &amp;amp; <b>3</b></p>", "1 < 2 &amp; 3"),
        ("<a>here</a> <a name='x'>there</a>", "here there"),
        # The time to read these must not grow with the square of their length.
        ("<a " * 100_000 + ">b", "b"),
        ("<!--" * 100_000, ""),
        ("x<" * 100_000, "x"),
        ("a" + " " * 100_000 + "b\t \n c", "a" + " " * 100_000 + "b\nc"),
    ],
)
def test_plain_text(typed: object, text: str) -> None:
    assert plain_text(typed) == text


def test_one_line() -> None:
    assert line_of(" a\r\n\tb\u2028c\x00 ") == "a b c"
    assert line_of(None) == ""


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (None, None),
        ("", None),
        ("/static/a.png", "https://api.example.org/static/a.png"),
        ("//cdn.example.org/a.png", "https://cdn.example.org/a.png"),
        ("github.com/x", "https://github.com/x"),
        ("https://bücher.example/ä?q=ü#ß", "https://xn--bcher-kva.example/%C3%A4?q=%C3%BC#%C3%9F"),
        ("https://example.org/100%/%41[1]", "https://example.org/100%25/%41%5B1%5D"),
        ("https://example.org:8443/a b", "https://example.org:8443/a%20b"),
        ("HTTPS://Example.org", "https://example.org"),
        ("https://user:word@example.org/", None),
        ("https://example.org:99999999/", None),
        ("https://[::1", None),
        ("javascript:alert(1)", None),
        ("mailto:ada@example.org", None),
        ("not a link", None),
        ("https://", None),
    ],
)
def test_addresses(typed: object, address: str | None) -> None:
    assert absolute_address(typed, "https://api.example.org") == address


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("English", "en"),
        ("DEUTSCH", "de"),
        ("pt_BR", "pt-BR"),
        ("en", "en"),
        ("Klingon-ish", None),
        ("", None),
    ],
)
def test_languages(typed: str, tag: str | None) -> None:
    assert language_tag(typed) == tag
