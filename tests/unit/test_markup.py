"""HTML and text that people typed: what pages can show of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.markup import clean_html, lost_markup, plain_text, quoted_text

PIECES = [
    *("<", ">", "/", "!--", "-->", "script", "</script", "<!--", "<b>", "</b>", "<p", " ", "\n"),
    *('"', "'", "\\", "&lt;", "&#60;", "&", "=", "href=", "onload=", "javascript:", "\u2028"),
    *("<svg", "<math>", "<style>", "<textarea>", "\x00", "<a href='javascript:x'>", "]]>", "ü"),
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("html", "cleaned", "lost"),
    [
        ("<p>Bring a <b>laptop</b>.</p>", "<p>Bring a <b>laptop</b>.</p>", False),
        ('<p style="x" class="y">Hi<br/></p>', "<p>Hi<br></p>", False),
        ("5 < 6 & 7 > 3", "5 &lt; 6 &amp; 7 &gt; 3", False),
        # D3: these ended the page, or all of its scripts.
        ("a<script>alert(1)</script>b", "ab", True),
        ("a<SCRIPT SRC=//x.example/y>b", "a", True),
        ("a</script>b", "ab", False),
        ("a<!-- b", "a", True),
        ("<iframe src=https://example.org/></iframe>a", "a", True),
        ('<img src="https://example.org/a.png" onerror="alert(1)">',
         '<img src="https://example.org/a.png">', True),
        # D7, in descriptions.
        ('<a href="github.com/x">x</a>',
         '<a href="https://github.com/x" rel="noopener noreferrer">x</a>', False),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>', True),
        ('<a href="jav&#x09;ascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>', True),
        ('<a href="mailto:a@example.org">x</a>',
         '<a href="mailto:a@example.org" rel="noopener noreferrer">x</a>', False),
        # D10: these ended a string of JavaScript.
        ("One\nTwo\r\nThree\u2028Four\x0bFive", "One Two Three Four Five", False),
        (r"C:\users", "C:&#92;users", False),
    ],
)  # fmt: skip
def test_html_is_what_pages_show(html: str, cleaned: str, *, lost: bool) -> None:
    assert clean_html(html) == cleaned
    assert lost_markup(html, cleaned) is lost


@given(hostile)
def test_no_html_breaks_a_page(html: str) -> None:
    cleaned = clean_html(html)
    assert not re.search(r"<(?:/?script|!|\?|style|svg|iframe|textarea)", cleaned, re.IGNORECASE)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]", cleaned)
    assert not re.search(r"<[^>]*(?:javascript:|\son[a-z]+=)", re.sub('"[^"]*"', "", cleaned))


@pytest.mark.parametrize("element", ["div", "b", "ul><li", "i></b"])
def test_of_html_that_no_page_has_the_text_remains(element: str) -> None:
    """A parser takes minutes for some hundred kilobytes of such HTML."""
    deep = f"<{element}>" * 100_000 + "Text &amp; &lt;i&gt;&#92;&#10; <script>"
    assert clean_html(deep) == "Text &amp; &lt;i&gt;&#92;  \u2039script\u203a"
    assert lost_markup(deep, clean_html(deep))


def test_html_as_deep_as_pages_have_it_is_kept() -> None:
    deep = "<div>" * 100 + "<p>a<p>b" + "</div>" * 100
    assert clean_html(deep).count("<div>") == 100
    assert clean_html("<p>a<br>" * 1000 + "<li>b" * 1000).count("<p>") == 1000


@given(hostile)
def test_clean_html_stays_the_same(html: str) -> None:
    cleaned = clean_html(html)
    assert clean_html(cleaned) == cleaned
    assert not lost_markup(cleaned, cleaned)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Rust & Go: 5 < 6 <3", "Rust & Go: 5 < 6 <3"),
        ("The <b>new</b> <span class='x'>web</span>", "The new web"),
        ("One<br/>Two", "One Two"),
        ("One\nTwo\tThree\u2029", "One Two Three"),
        # D4: a title with these stopped all script of the page.
        ("Why <!-- comments", "Why \u2039!-- comments"),
        ("<script>alert(1)</script>", "\u2039script\u203aalert(1)\u2039/script\u203a"),
        ("Vec<T> and <canvas>", "Vec\u2039T\u203a and \u2039canvas\u203a"),
        ("<<b>script>", "\u2039script\u203a"),
        (r"C:\new", "C:\u2216new"),
    ],
)
def test_titles_are_plain_text(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@given(hostile)
def test_plain_text_has_no_markup(text: str) -> None:
    plain = plain_text(text)
    assert not re.search("<[A-Za-z/!?]|[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]", plain)
    assert plain_text(plain) == plain


def test_quotation_marks_end_no_attribute() -> None:
    assert quoted_text('Ada "The Countess" King ("Ada")') == (
        "Ada \u201cThe Countess\u201d King (\u201cAda\u201d)"
    )
