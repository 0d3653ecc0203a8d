"""The page of an export in a browser, in each of its states."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal

import pytest

from openevent.export.page.model import PageView
from openevent.export.page.render import headers_of, page_of
from tests.browser import DESK, PHONE, Browser
from tests.export_pages import STATES

# The states whose pages have, together, all colours; and those that need the most room.
COLOURED = ("assembling", "ready-with-remarks", "failed", "expired", "question")
WIDE = ("assembling", "ready-with-remarks", "ready-with-hostile-name", "question")


def show(
    browser: Browser, state: str, scheme: Literal["light", "dark"] = "light", width: int = DESK
) -> None:
    """Visit the page of the state, which must be sound."""
    view = STATES[state]()
    page = page_of(view)
    visit = browser.visit(
        html=page.html,
        policy=page.policy,
        scheme=scheme,
        width=width,
        # A page that moves would begin to ask for the next one.
        script=view.refresh is None,
        screenshot=f"export-{state}-{scheme}-{width}",
    )
    assert (visit.invalid, visit.violations, visit.errors) == ([], [], [])
    assert (visit.overflow, visit.foreign()) == (0, [])


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_sound(browser: Browser, state: str) -> None:
    show(browser, state)


@pytest.mark.parametrize("state", COLOURED)
def test_it_is_sound_in_the_dark(browser: Browser, state: str) -> None:
    show(browser, state, "dark")


@pytest.mark.parametrize("state", WIDE)
def test_it_is_sound_on_a_phone(browser: Browser, state: str) -> None:
    show(browser, state, width=PHONE)


@contextmanager
def served(views: Sequence[PageView]) -> Iterator[tuple[str, list[str]]]:
    """The address at which each request gets the next page, the last one again and again.

    The list has what each request was for: `document` for a navigation, `empty` for a script.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Sec-Fetch-Dest"])
            view = views[min(len(asked), len(views)) - 1]
            page = page_of(view)
            body = page.html.encode()
            self.send_response(view.status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", page.policy)
            for name, value in headers_of(view).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/page?ticket=t", asked
        finally:
            server.shutdown()


# As it happens, but a second apart.
COURSE = [
    *(replace(STATES[state](), refresh=1) for state in ("fetching", "unavailable")),
    STATES["ready"](),
]


@pytest.mark.parametrize(
    ("script", "requests"),
    [(True, ["document", "empty", "empty"]), (False, ["document"] * 3)],
)
def test_it_moves_by_itself(browser: Browser, *, script: bool, requests: list[str]) -> None:
    with served(COURSE) as (address, asked):
        visit = browser.visit(address, script=script, until="Download the archive", check=False)
    assert asked == requests
    assert visit.title == "The archive is ready \u2013 Paper Boats 2027"
    assert "Download the archive (194.6 MB)" in visit.text
    # Chromium reports the answer 503 to the console.
    assert [error for error in visit.errors if "503" not in error] == []
