"""The page of an export in a browser, in each of its states."""

from typing import Literal

import pytest

from openevent.export.page.render import page_of
from tests.browser import DESK, PHONE, Browser
from tests.export_pages import STATES

# The states whose pages have, together, all parts of the design.
ALL_PARTS = (
    *("assembling", "storing", "ready-with-remarks", "ready-with-hostile-name"),
    *("failed", "expired", "question"),
)


def show(
    browser: Browser, state: str, scheme: Literal["light", "dark"] = "light", width: int = DESK
) -> None:
    """Visit the page of the state, which must be sound."""
    page = page_of(STATES[state]())
    visit = browser.visit(
        html=page.html,
        policy=page.policy,
        scheme=scheme,
        width=width,
        screenshot=f"export-{state}-{scheme}-{width}",
    )
    assert (visit.invalid, visit.violations, visit.errors) == ([], [], [])
    assert (visit.overflow, visit.foreign()) == (0, [])


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_sound(browser: Browser, state: str) -> None:
    show(browser, state)


@pytest.mark.parametrize("state", ALL_PARTS)
def test_it_is_sound_in_the_dark(browser: Browser, state: str) -> None:
    show(browser, state, "dark")


@pytest.mark.parametrize("state", ALL_PARTS)
def test_it_is_sound_on_a_phone(browser: Browser, state: str) -> None:
    show(browser, state, width=PHONE)
