"""Pages: text stays text, and a page may do what it needs, nothing else."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from openevent.pages.page import direction_of, environment, render, stream
from openevent.pages.policy import Needs

HEADING = "The archive cannot be downloaded"


def elements(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Parser().feed(html)
    return found


def refusal(detail: str = "It expired.", heading: str = HEADING) -> str:
    return render("refusal", {"heading": heading, "detail": detail}).html


@given(st.text())
def test_text_opens_no_element(text: str) -> None:
    assert elements(refusal(text, text)) == elements(refusal())


@pytest.mark.parametrize(
    "hostile",
    ['"><script>alert(1)</script>', "</title><script>", "</style><script>", "{{ 7 * 7 }}", "{% x"],
)
def test_hostile_text_is_shown_as_typed(hostile: str) -> None:
    html = refusal(hostile, hostile)
    assert "<script" not in html
    shown = re.sub("<[^>]*>", "", html[html.index("<main") :])
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown.replace("&#34;", '"').count(escaped) == 2


def test_the_style_is_allowed_by_its_hash() -> None:
    page = render("refusal", {"heading": HEADING, "detail": "x"})
    (style,) = re.findall("<style>(.*?)</style>", page.html, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'"
    )


def test_a_page_may_do_what_it_needs() -> None:
    needs = Needs(forms=True, pictures=True, requests=True, scripts=["pages/style.css"])
    policy = render("refusal", {"heading": HEADING, "detail": "x"}, needs=needs).policy
    style, script = re.findall(r"(?:style|script)-src ('sha256-[^']+')", policy)
    assert style == script
    assert policy.partition(f"script-src {script}; ")[2] == (
        "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
    )


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="detail"):
        render("refusal", {"heading": HEADING})


def test_a_page_can_be_made_piece_by_piece() -> None:
    values = {"heading": HEADING, "detail": "<b>"}
    assert "".join(stream("refusal", values)) == render("refusal", values).html


def test_the_language_gives_the_direction() -> None:
    html = render("refusal", {"heading": HEADING, "detail": "x"}, language="ar-EG").html
    assert elements(html)[0] == ("html", [("lang", "ar-EG"), ("dir", "rtl")])
    assert (direction_of("de"), direction_of("en-US"), direction_of("FA")) == ("ltr", "ltr", "rtl")


def test_all_templates_are_escaped() -> None:
    assert environment().autoescape is True
