"""Every page of an invitation in a real browser: light and dark, on a phone and at a desk."""

from datetime import UTC, datetime

import pytest

from openevent.errors import NotFound, TooManyRequests
from openevent.invites.invitation import Invitation, Stage
from openevent.invites.invitation_page import InvitationPages
from openevent.pages.page import Page
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User
from tests.browser import DESK, PHONE, Browser

PAGES = InvitationPages("https://events.example.com")
TOKEN = "x" * 43
ADA = User(1, "ada@example.com", "Ada Lovelace", is_staff=False)
BOATS = Event(1, "b0a7e527", "Paper Boats 2027", None)
LONG = Event(1, "b0a7e527", "Kongress" + "verwaltungsvorschrift" * 4, None)
UNTIL = datetime(2026, 12, 2, 18, 30, tzinfo=UTC)


def page(stage: Stage, role: Role = Role.ORGANIZER, event: Event = BOATS) -> Page:
    return PAGES.show(Invitation(stage, event, ADA, role, "bob@example.com", UNTIL), TOKEN)


def pages() -> dict[str, Page]:
    return {
        **{f"open-{role}": page(Stage.OPEN, role) for role in Role},
        **{stage.value: page(stage) for stage in Stage if stage is not Stage.OPEN},
        "long": page(Stage.OPEN, event=LONG),
        "unknown": PAGES.refuse(NotFound("invite-not-found", "There is no such invite.")),
        "too-many": PAGES.refuse(
            TooManyRequests("too-many-requests", "Wait a minute.", retry_after=60)
        ),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(browser: Browser, scheme: str) -> None:
    for name, shown in pages().items():
        visit = browser.visit(
            html=shown.html,
            policy=shown.policy,
            scheme="dark" if scheme == "dark" else "light",
            width=PHONE,
            screenshot=f"invitation/{name}-{scheme}-phone",
        )
        seen = (visit.invalid, visit.violations, visit.errors, visit.overflow, visit.foreign())
        assert seen == ([], [], [], 0, []), name
    visit = browser.visit(
        html=page(Stage.OPEN).html,
        scheme="dark" if scheme == "dark" else "light",
        width=DESK,
        screenshot=f"invitation/open-{scheme}-desk",
    )
    assert (visit.violations, visit.overflow) == ([], 0)


def test_what_is_folded_opens_without_script(browser: Browser) -> None:
    shown = page(Stage.OPEN)
    closed = browser.visit(html=shown.html, policy=shown.policy, check=False)
    assert "Only the account with this address" not in closed.text
    opened = browser.visit(
        html=shown.html,
        policy=shown.policy,
        width=PHONE,
        clicks=["This is not my account"],
        screenshot="invitation/open-not-my-account",
    )
    assert "Only the account with this address" in opened.text
    assert opened.violations == []


def test_accepting_leads_to_the_web_client_alone(browser: Browser) -> None:
    shown = page(Stage.OPEN)
    visit = browser.visit(html=shown.html, policy=shown.policy, clicks=["Accept"], check=False)
    assert visit.foreign() == [f"https://events.example.com/role-invites?token={TOKEN}"]


def test_on_paper(browser: Browser) -> None:
    shown = page(Stage.OPEN)
    visit = browser.visit(
        html=shown.html, policy=shown.policy, media="print", screenshot="invitation/open-print"
    )
    assert "Decline" not in visit.text
    assert visit.violations == []
