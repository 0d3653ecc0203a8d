"""People's HTML on a page: valid wherever it is shown, and it loads nothing."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.site.prose import prose

REL = 'rel="noopener noreferrer nofollow"'
LINK = f'<a href="https://a.example/" {REL}>'

INLINE = {"a", "b", "strong", "em", "i", "code", "sub", "sup"}


class Reader(HTMLParser):
    """Checks that paragraphs and lists have inline elements alone, each closed where it began."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, html

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        parent = self.open[-1] if self.open else None
        if tag in {"p", "ul", "ol"}:
            assert parent is None, (tag, self.open)
        elif tag == "li":
            assert parent in {"ul", "ol"}, self.open
        else:
            assert tag in INLINE | {"br"}, tag
            assert parent in INLINE | {"p", "li"}, (tag, self.open)
            assert tag != "a" or "a" not in self.open
        assert {name for name, _ in attributes} <= ({"href", "rel"} if tag == "a" else set())
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not data.strip() or (self.open and self.open[-1] not in {"ul", "ol"}), data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (None, ""),
        (7, ""),
        (" \n ", ""),
        ("Tom &amp; Jerry <3", "<p>Tom &amp; Jerry &lt;3</p>"),
        ("One\ntwo\n\nthree", "<p>One<br>two</p><p>three</p>"),
        ("<p>One</p><p><br></p><p>two</p>", "<p>One</p><p>two</p>"),
        ("<p>a <b>b</b> <i>c</i></p>", "<p>a <b>b</b> <i>c</i></p>"),
        ("<h1>Head</h1>text", "<p><strong>Head</strong></p><p>text</p>"),
        ("<b><h1>x</h1></b>", "<p><strong>x</strong></p>"),
        ("<ul>x<li>1<ul><li>2</ul></ul>", "<ul><li>x</li><li>1</li><li>2</li></ul>"),
        ("<ol><li>1<li>2</ol>", "<ol><li>1</li><li>2</li></ol>"),
        ("<li>one<li>two", "<p>one</p><p>two</p>"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "<p>1 2</p><p>3</p>"),
        (
            "<a href=https://a.example/><div>1</div><div>2</div></a>",
            f"<p>{LINK}1</a></p><p>{LINK}2</a></p>",
        ),
        ("<p><a href=https://a.example/>x</a></p>", f"<p>{LINK}x</a></p>"),
        ("<a href=https://a.example/><img src=https://b.example/x.png></a>y", "<p>y</p>"),
        ("<p><a href=https://a.example/> <br></a>y</p>", "<p>y</p>"),
        ("<a href='javascript:x()'>z</a>", "<p>z</p>"),
        ("<img src=https://b.example/x.png onerror=x()>", ""),
        ("<script>x()</script><style>p{}</style><p onclick=x() style=a:b>y</p>", "<p>y</p>"),
        ("<p>a\x00\x1fb\u2028c</p>", "<p>ab c</p>"),
    ],
)
def test_what_people_type_becomes_paragraphs_and_lists(typed: object, shown: str) -> None:
    assert prose(typed) == shown


@pytest.mark.parametrize("behind", ["<ul><li>x</li></ul>", "<u>x</u>", "<img src=x>"])
def test_text_before_other_elements_costs_no_more_than_its_length(behind: str) -> None:
    # With a pattern that tries all divisions of the text, 60 characters would take years.
    text = "a" * 1_000
    shown = prose(f"<p>{text}</p>{behind}<p>{text}{behind}</p>")
    assert shown.count(text) == 2


def test_long_texts_take_time_in_proportion_to_their_length() -> None:
    # Where each line break or link is compared with all before it, this takes minutes.
    count = 60_000
    breaks = "<br>" * count
    assert prose(f"<div>a{breaks}b</div>") == f"<p>a{breaks}b</p>"
    assert prose(f"<div>a{breaks}</div>") == "<p>a</p>"
    links = "".join(f"<a href=https://a.example/{number}>x</a>" for number in range(count // 4))
    assert prose(f"<div>{links}</div>").count("</a>") == count // 4


_TAGS = ("p", "b", "i", "h2", "ul", "li", "a href=https://a.example/", "table", "tr", "td", "div")
_pieces = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in (*_TAGS, "br", "img src=x", "pre", "script", "!--")]),
    st.sampled_from([f"</{tag.split()[0]}>" for tag in _TAGS] + ["-->", "</script>"]),
    st.sampled_from(["text", " ", "&lt;", "<", '"', "&", "é", "\n\n"]),
)


@given(st.lists(_pieces, max_size=30).map("".join))
def test_whatever_is_typed_is_valid_and_loads_nothing(typed: str) -> None:
    shown = prose(typed)
    Reader(shown)
    assert "<img" not in shown
    assert "<script" not in shown
