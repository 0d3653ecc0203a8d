"""The ticket of a mail's link: no token, and no token is a ticket."""

import time
from dataclasses import replace

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.errors import Gone, Unauthenticated
from openevent.export import tickets
from openevent.export.tickets import Ticket
from openevent.rights.identity import verify
from tests.factories import token

KEY = "the key of the tickets, long enough for HS256"
OTHER = "the key of the server, long enough for HS256"
LATER = int(time.time()) + 3600
TICKET = Ticket(7, "b7ca7088-876e-4c29-a0ee-b8029a64849a", LATER)


def changed(**claims: object) -> str:
    text = tickets.issue(TICKET, KEY)
    old = jwt.decode(text, KEY, algorithms=["HS256"], audience=tickets.AUDIENCE)
    kept = {name: value for name, value in {**old, **claims}.items() if value is not None}
    return jwt.encode(kept, KEY, algorithm="HS256")


def test_a_ticket_comes_back() -> None:
    assert tickets.verify(tickets.issue(TICKET, KEY), KEY) == TICKET


def test_an_expired_ticket_is_gone() -> None:
    with pytest.raises(Gone) as caught:
        tickets.verify(tickets.issue(replace(TICKET, expires_at=int(time.time()) - 1), KEY), KEY)
    assert caught.value.code == "export-expired"


INVALID = {
    "signed with another key": tickets.issue(TICKET, OTHER),
    "for another audience": changed(aud="somebody else"),
    "for no audience": changed(aud=None),
    "without a user": changed(sub=None),
    "for a name": changed(sub="root"),
    "for user 0": changed(sub="0"),
    "for no task": changed(task=None),
    "that never expires": changed(exp=None),
    "an access token": token(7, KEY),
    "junk": "junk",
    "nothing": "",
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID.keys())
def test_what_is_no_ticket(text: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        tickets.verify(text, KEY)
    assert caught.value.code == "ticket-invalid"


@given(st.text())
def test_junk_is_no_ticket(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tickets.verify(text, KEY)


def test_a_ticket_is_no_token() -> None:
    with pytest.raises(Unauthenticated):
        verify(f"JWT {tickets.issue(TICKET, KEY)}", KEY)
