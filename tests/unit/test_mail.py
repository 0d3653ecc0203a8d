"""Mails: text from outside ends no header and opens no tag."""

import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError, meta
from markupsafe import escape

from openevent.adapters import mail
from openevent.pages.page import TEMPLATES, environment

MAILS = TEMPLATES / "mails"
NAMES = ("event", "link", "size", "expires", "skipped", "frontend", "failure", "reference")
SUBJECT = "The export of $event is ready"


def rendered(template: str = "export_ready", **values: str) -> mail.Message:
    return mail.render(template, SUBJECT, dict.fromkeys(NAMES, "x") | values)


def tags(page: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Parser().feed(page)
    return found


def test_an_event_s_name_is_in_the_subject_and_in_both_texts() -> None:
    message = rendered(event="PyCon “Zürich” & friends")
    assert message.subject == "The export of PyCon “Zürich” & friends is ready"
    assert "the archive of PyCon “Zürich” & friends is ready" in message.text
    assert "<strong>PyCon “Zürich” &amp; friends</strong>" in message.html


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: victim@example.com",
        "a\nBcc: victim@example.com",
        "a\rBcc: victim@example.com",
        "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r\n\r\nBcc: victim@example.com",
        "a\x00Bcc: victim@example.com",
    ],
)
def test_header_injection_is_impossible(name: str) -> None:
    subject = rendered(event=name).subject
    assert subject == "The export of a Bcc: victim@example.com is ready"
    assert subject.splitlines() == [subject]


@given(st.text())
def test_any_name_makes_one_printable_line(name: str) -> None:
    subject = rendered(event=name).subject
    assert subject.splitlines() == [subject]
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in subject)
    assert len(subject) <= 200
    EmailMessage()["Subject"] = subject


def test_a_long_name_is_cut() -> None:
    subject = rendered(event="x" * 1000).subject
    assert (len(subject), subject[-2:]) == (200, "x…")


@given(st.text(), st.sampled_from(NAMES))
def test_html_is_escaped(value: str, name: str) -> None:
    plain, hostile = rendered(**{name: "x"}).html, rendered(**{name: value}).html
    expected = [tag for tag, _ in tags(plain)]
    breaks = hostile.count("<br>") - plain.count("<br>")
    assert [tag for tag, _ in tags(hostile) if tag != "br"] == expected
    assert breaks in {0, value.count("\n"), 2 * value.count("\n")}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_in_any_value_is_text(name: str) -> None:
    for template in ("export_ready", "export_failed"):
        page = rendered(template, **{name: '"><script>alert(1)</script>'}).html
        assert "<script" not in page


def test_values_are_put_in_once() -> None:
    message = rendered(event="$link ${size} $$")
    assert message.subject == "The export of $link ${size} $$ is ready"
    assert "$link ${size} $$" in message.text


def test_lines_are_kept_in_html() -> None:
    assert "one<br>\ntwo &lt;b&gt;" in rendered(skipped="one\ntwo <b>").html


def test_a_name_without_a_value_is_an_error() -> None:
    values = {"event": "", "failure": "", "link": "", "reference": ""}
    with pytest.raises(UndefinedError, match="frontend"):
        mail.render("export_failed", "x", values)


def names_of(file: str) -> set[str]:
    source = (MAILS / file).read_text()
    return meta.find_undeclared_variables(environment().parse(source)) - {"parts"}


def test_templates_come_in_pairs_with_the_same_names() -> None:
    names = {entry.name for entry in MAILS.iterdir()} - {"base.html", "parts.html"}
    stems = {name.removesuffix(".txt").removesuffix(".html") for name in names}
    assert names == {f"{stem}.{ending}" for stem in stems for ending in ("txt", "html")}
    for stem in stems:
        assert names_of(f"{stem}.txt") == names_of(f"{stem}.html"), stem


def test_mails_have_the_colours_of_the_pages() -> None:
    style = (TEMPLATES / "pages" / "style.css").read_text()
    used = re.findall("#[0-9a-f]{6}", (MAILS / "base.html").read_text())
    used += re.findall("#[0-9a-f]{6}", (MAILS / "parts.html").read_text())
    assert set(used) <= set(re.findall("#[0-9a-f]{6}", style))


def test_what_is_escaped_reads_the_same() -> None:
    link = "https://api.example.com/v1/events/1/exports/zip/a/event1.zip?ticket=a.b&x='y'"
    (attributes,) = [
        attrs
        for tag, attrs in tags(rendered(link=link).html)
        if tag == "a" and "background" in str(attrs)
    ]
    assert dict(attributes)["href"] == link
    assert escape(link) in rendered(link=link).html
