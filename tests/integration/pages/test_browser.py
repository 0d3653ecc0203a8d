"""The browser of the tests sees what is wrong with a page; a test of a page could not fail else."""

from pathlib import Path

import pytest

from openevent.pages.page import render
from tests.browser import PHONE, Browser

PAGE = '<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>{}</body></html>'


def test_a_request_to_another_host_is_seen_and_refused(browser: Browser) -> None:
    there = "http://192.0.2.1/x.png"
    visit = browser.visit(html=PAGE.format(f'<main><h1>A</h1><img src="{there}" alt=""></main>'))
    assert visit.foreign() == [there]
    assert visit.errors == ["Failed to load resource: net::ERR_ACCESS_DENIED"]


def test_what_a_policy_forbids_is_an_error(browser: Browser) -> None:
    body = "<main><h1>A</h1></main><style>h1 { color: red }</style>"
    (error,) = browser.visit(html=PAGE.format(body), policy="default-src 'none'").errors
    assert "violates the following Content Security Policy directive" in error


@pytest.mark.parametrize("script", [False, True])
def test_what_some_people_cannot_read_is_a_violation(browser: Browser, *, script: bool) -> None:
    body = '<main><h1>A</h1><p style="color: #ccc; background: #fff">Pale</p></main>'
    (violation,) = browser.visit(html=PAGE.format(body), script=script).violations
    assert violation.startswith("color-contrast: ")


def test_html_that_is_not_valid_is_named(browser: Browser) -> None:
    visit = browser.visit(html=PAGE.format("<main><h1>A</h1><p><div>x</div></p></main>"))
    assert visit.invalid == ["close-order: Stray end tag '</p>' (line 1)"]


def test_a_page_wider_than_the_phone_is_noticed(browser: Browser) -> None:
    body = '<main><h1>A</h1><p style="width: 460px">x</p></main>'
    assert browser.visit(html=PAGE.format(body), width=PHONE).overflow > 0


def test_scripts_run_if_they_may(browser: Browser) -> None:
    html = PAGE.format(
        "<main><h1>A</h1></main>"
        '<script>document.querySelector("h1").textContent = "B"</script>'
        "<noscript><p>No script</p></noscript>"
    )
    assert browser.visit(html=html, check=False).text == "A\n\nNo script"
    assert browser.visit(html=html, script=True, check=False, until="B").text == "B"


def test_a_file_is_opened_and_clicked(browser: Browser, tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    first.write_text(
        PAGE.format(
            '<main><h1>A</h1><a href="b.html">Next</a><a href="http://example.com/">Away</a></main>'
        )
    )
    second.write_text(PAGE.format("<main><h1>B</h1></main>"))
    assert browser.visit(first, clicks=["Next"]).text == "B"
    assert browser.visit(first, clicks=["Away"], check=False).foreign() == ["http://example.com/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_design_is_sound(browser: Browser, scheme: str, language: str) -> None:
    values = {"heading": "The archive cannot be downloaded", "detail": "It expired. " * 9}
    page = render("refusal", values, language=language)
    for width in (320, 1200):
        visit = browser.visit(
            html=page.html,
            policy=page.policy,
            scheme="dark" if scheme == "dark" else "light",
            width=width,
            screenshot=f"refusal-{language}-{scheme}-{width}",
        )
        assert (visit.invalid, visit.violations, visit.errors) == ([], [], [])
        assert (visit.overflow, visit.foreign()) == (0, [])
