"""Pages of invitations: what people typed stays text, in each state."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.delivery.names import shown_name
from openevent.errors import NotFound, Unavailable
from openevent.invites.invitation import Invitation, Stage
from openevent.invites.invitation_page import InvitationPages
from openevent.invites.words import ABILITIES, TITLES, shortened
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

PAGES = InvitationPages("https://events.example.com")
UNTIL = datetime(2026, 12, 2, 18, 30, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "</title><script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "</style>",
]


def elements(html: str) -> list[tuple[str, list[str]]]:
    """The elements, and the names of their attributes."""
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, [name for name, _ in attrs]))

    Parser().feed(html)
    return found


def shown(stage: Stage, text: str) -> str:
    """The page with `text` in each place that holds what a person typed."""
    event = Event(1, text, text, None)
    inviter = User(1, text, text, is_staff=False)
    return PAGES.show(Invitation(stage, event, inviter, Role.OWNER, text, UNTIL), text).html


@pytest.mark.parametrize("stage", Stage)
def test_hostile_text_opens_no_element(stage: Stage) -> None:
    plain = elements(shown(stage, "Kites"))
    for text in HOSTILE:
        assert elements(shown(stage, text)) == plain, text


@given(st.text(), st.sampled_from(list(Stage)))
def test_any_text_opens_no_element(text: str, stage: Stage) -> None:
    assert elements(shown(stage, text)) == elements(shown(stage, "Kites"))


def test_every_role_has_words() -> None:
    assert set(TITLES) == set(ABILITIES) == set(Role)


def test_an_address_is_recognized_by_its_holder() -> None:
    assert shortened(" bob@example.com ") == "b…@example.com"
    assert shortened("b@example.com") == "b…@example.com"
    assert shortened("no address") == "…@no address"


def test_a_long_name_is_cut_and_in_one_line() -> None:
    assert shown_name("a\r\n b") == "a b"
    assert shown_name("x" * 200) == "x" * 99 + "…"


def test_a_link_that_is_not_known_and_one_that_cannot_be_looked_up() -> None:
    unknown = PAGES.refuse(NotFound("invite-not-found", "There is no such invite."))
    assert "<h1>No invitation belongs to this link</h1>" in unknown.html
    away = PAGES.refuse(Unavailable("database-unavailable", "Please try again in a moment."))
    assert "Please try again in a moment." in away.html
