"""The page of an invitation: it says what the mail says, and changes nothing but by its button."""

import html as escapes
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from openevent.adapters import clients
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.invites.words import ABILITIES, TITLES
from openevent.rights.access import Role
from tests.factories import Row, make_event, make_user
from tests.integration.invites.driver import Answer, Function

PAGE = "/v1/role-invites/invitation"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BOB = "bob@example.com"


def show(function: Function, token: str, method: str = "GET") -> Answer:
    return function.call(method, f"{PAGE}?{urlencode({'token': token})}", headers={"Accept": "*/*"})


def decline(function: Function, token: str) -> Answer:
    return function.call("POST", PAGE, body=urlencode({"token": token}), headers=FORM)


def heading(answer: Answer) -> str:
    (found,) = re.findall("<h1>(.*)</h1>", answer.text)
    return escapes.unescape(found)


def words(answer: Answer) -> str:
    """The text of the page, in one line."""
    main = answer.text[answer.text.index("<main>") :]
    return " ".join(escapes.unescape(re.sub("<[^>]*>", " ", main)).split())


def event_of(function: Function, name: str = "Kites & Co") -> tuple[Row, Row]:
    ada = make_user(function.connection, "ada@example.com", first_name="Ada", last_name="Lovelace")
    return ada, make_event(function.connection, ada, name=name)


@pytest.mark.parametrize("role", Role)
def test_the_page_says_what_the_mail_says(function: Function, role: Role) -> None:
    ada, event = event_of(function)
    function.invite(ada, event, BOB, role)
    (mail,) = function.outbox.to(BOB)
    answer = show(function, function.outbox.token(BOB))
    (row,) = function.invites()
    end = row["created_at"] + timedelta(days=7)
    until = f"{end.day} {end:%B %Y, %H:%M} UTC"
    assert answer.status == 200
    assert heading(answer) == f"Join the team of Kites & Co as {TITLES[role]}"
    for said in ("Ada Lovelace (ada@example.com)", TITLES[role], ABILITIES[role], until):
        assert said in words(answer)
        assert said in " ".join(mail["text"].split())
        assert said in escapes.unescape(mail["html"])


def test_the_button_leads_to_the_web_client(function: Function) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    token = function.outbox.token(BOB)
    page = show(function, token).text
    link = f'href="https://events.example.com/role-invites?token={token}" rel="noreferrer">Accept<'
    assert link in page


def test_the_address_is_shortened(function: Function) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    answer = show(function, function.outbox.token(BOB))
    assert "The invitation was sent to b…@example.com ." in words(answer)
    assert BOB not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_page_changes_nothing(function: Function, method: str) -> None:
    ada, event = event_of(function)
    make_user(function.connection, BOB)
    function.invite(ada, event)
    before = (function.invites(), function.roles(event))
    answer = show(function, function.outbox.token(BOB), method)
    assert (answer.status, bool(answer.text)) == (200, method == "GET")
    assert (function.invites(), function.roles(event)) == before


def test_the_page_goes_nowhere_else(function: Function) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    headers = show(function, function.outbox.token(BOB)).headers
    policy = headers["Content-Security-Policy"]
    assert re.sub("'sha256-[^']+'", "'hash'", policy) == (
        "default-src 'none'; style-src 'hash' 'hash'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_declining_needs_no_login(function: Function, caplog: pytest.LogCaptureFixture) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    token = function.outbox.token(BOB)
    caplog.clear()
    caplog.set_level("DEBUG")
    for _ in range(2):
        answer = decline(function, token)
        assert (answer.status, heading(answer)) == (200, "You have declined the invitation")
    assert [row["status"] for row in function.invites()] == ["declined"]
    audited = [
        (record.__dict__["action"], record.__dict__["actor_id"], record.__dict__["by"])
        for record in caplog.records
        if record.message == "Audit"
    ]
    assert audited == [("invite-declined", None, "link")]
    assert token not in str([record.__dict__ for record in caplog.records])
    assert heading(show(function, token)) == "You have declined the invitation"


def accepted(function: Function, ada: Row, event: Row) -> str:
    bob = make_user(function.connection, BOB)
    function.invite(ada, event)
    token = function.outbox.token(BOB)
    assert function.accept(bob, token).status == 200
    return token


def expired(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event)
    function.run("UPDATE role_invites SET created_at = created_at - interval '7 days'")
    return function.outbox.token(BOB)


def contradicted(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event)
    function.run("UPDATE role_invites SET role_name = 'owner'")
    return function.outbox.token(BOB)


def in_another_state(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event)
    function.run("UPDATE role_invites SET status = 'lost', role_name = 'treasurer'")
    return function.outbox.token(BOB)


def resent(function: Function, ada: Row, event: Row) -> str:
    made = function.invite(ada, event)
    token = function.outbox.token(BOB)
    assert function.resend(ada, made.id).status == 200
    return token


def invited_again(function: Function, ada: Row, event: Row) -> str:
    token = expired(function, ada, event)
    assert function.invite(ada, event).status == 201
    return token


def readdressed(function: Function, ada: Row, event: Row) -> str:
    make_user(function.connection, BOB)
    made = function.invite(ada, event)
    token = function.outbox.token(BOB)
    assert function.change(ada, made.id, email="kim@example.com").status == 200
    return token


def taken_back(function: Function, ada: Row, event: Row) -> str:
    made = function.invite(ada, event)
    assert function.delete(ada, made.id).status == 200
    return function.outbox.token(BOB)


def replaced(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event, BOB, "owner")
    function.invite(ada, event, "kim@example.com", "owner")
    return function.outbox.token(BOB)


def replaced_by_change(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event, BOB, "owner")
    kim = make_user(function.connection, "kim@example.com")
    made = function.invite(ada, event, kim["_email"], "organizer")
    assert function.change(ada, made.id, role_name="owner").status == 200
    return function.outbox.token(BOB)


def ended_by_a_later_release(function: Function, ada: Row, event: Row) -> str:
    """After a rollback, there are records of reasons that this release does not know."""
    token = taken_back(function, ada, event)
    client = clients.dynamodb()
    found = client.scan(TableName="limits")["Items"]
    (link,) = [one for one in found if one["id"]["S"].startswith("invitation-link#")]
    client.put_item(TableName="limits", Item={**link, "ending": {"S": "withdrawn-by-law"}})
    return token


def without_event(function: Function, ada: Row, event: Row) -> str:
    function.invite(ada, event)
    function.run("UPDATE events SET deleted_at = now()")
    return function.outbox.token(BOB)


def taken_back_without_event(function: Function, ada: Row, event: Row) -> str:
    token = taken_back(function, ada, event)
    function.run("UPDATE events SET deleted_at = now()")
    return token


STATES: list[tuple[Callable[[Function, Row, Row], str], int, str]] = [
    (accepted, 200, "This invitation was accepted"),
    (expired, 410, "This invitation has expired"),
    (contradicted, 409, "This invitation cannot be used"),
    (in_another_state, 409, "This invitation cannot be used"),
    (resent, 410, "There is a newer mail with this invitation"),
    (invited_again, 410, "There is a newer mail with this invitation"),
    (readdressed, 410, "This invitation went to another address"),
    (taken_back, 410, "This invitation was taken back"),
    (replaced, 410, "This invitation has ended"),
    (replaced_by_change, 410, "This invitation has ended"),
    (ended_by_a_later_release, 410, "This link no longer works"),
    (without_event, 410, "The event was deleted"),
    (taken_back_without_event, 410, "The event was deleted"),
]


@pytest.mark.parametrize(
    ("make", "status", "said"), STATES, ids=[make.__name__ for make, _, _ in STATES]
)
def test_what_cannot_be_used_says_why_and_cannot_be_declined(
    function: Function,
    make: Callable[[Function, Row, Row], str],
    status: int,
    said: str,
) -> None:
    token = make(function, *event_of(function))
    before = function.invites()
    shown = show(function, token)
    assert (shown.status, heading(shown)) == (status, said)
    assert ("Kites & Co" in words(shown)) == (said != "The event was deleted")
    assert "<form" not in shown.text
    if make is not contradicted:
        assert heading(decline(function, token)) == said
        assert function.invites() == before


def test_what_contradicts_its_mail_can_be_declined(function: Function) -> None:
    token = contradicted(function, *event_of(function))
    assert heading(decline(function, token)) == "You have declined the invitation"


@pytest.mark.parametrize("token", ["", "x", "ä", "x\x00y", "a" * 43])
def test_an_unknown_link(function: Function, token: str) -> None:
    event_of(function)
    for answer in (show(function, token), decline(function, token)):
        assert (answer.status, heading(answer)) == (404, "No invitation belongs to this link")
        assert "https://events.example.com" in answer.text


def test_unknown_links_are_counted(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    old = resent(function, ada, make_event(function.connection, ada))
    changed = function.app.wiring.settings.model_copy(update={"token_lookups_per_minute": 2})
    monkeypatch.setattr(function.app.wiring, "settings", changed)
    for _ in range(3):
        assert show(function, old).status == 410
    assert show(function, "a").status == 404
    assert decline(function, "b").status == 404
    refused = show(function, "c")
    assert (refused.status, heading(refused)) == (429, "The invitation cannot be shown now")
    assert "Wait a minute and use the link in the mail." in words(refused)
    assert 0 < int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("token=x", "application/json", 415),
        ("token=%ff", FORM["Content-Type"], 400),
        ("&".join(["token=x"] * 9), FORM["Content-Type"], 400),
        ("token=" + "x" * 5000, FORM["Content-Type"], 413),
    ],
)
def test_what_is_no_form_is_refused_with_a_page(
    function: Function, body: str, content_type: str, status: int
) -> None:
    answer = function.call("POST", PAGE, body=body, headers={"Content-Type": content_type})
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_a_database_that_is_away_is_said_on_a_page(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, event = event_of(function)
    function.invite(ada, event)
    nowhere = Database(lambda: Credentials.from_url("postgresql://a:b@127.0.0.1:1/c"))
    monkeypatch.setattr(function.app.wiring, "database", nowhere)
    for answer in (show(function, "x"), decline(function, "x")):
        assert (answer.status, heading(answer)) == (503, "The invitation cannot be shown now")
        assert answer.headers["Retry-After"] == "5"


def test_links_of_earlier_versions_name_the_team(function: Function) -> None:
    """Nothing recorded who sent them."""
    ada, event = event_of(function)
    function.invite(ada, event)
    token = function.outbox.token(BOB)
    client = function.app.wiring.services().links.client
    for item in client.scan(TableName="limits")["Items"]:
        client.delete_item(TableName="limits", Key={"id": item["id"]})
    answer = show(function, token)
    assert "The team of Kites & Co invites you to join it as organizer ." in words(answer)
    assert "ask the team of the event to invite that address" in words(answer)


def test_an_invite_of_the_server_has_a_page(function: Function) -> None:
    """A row without a date has expired, at an unknown time."""
    ada, event = event_of(function)
    function.invite(ada, event)
    function.run("UPDATE role_invites SET created_at = NULL")
    answer = show(function, function.outbox.token(BOB))
    assert (answer.status, heading(answer)) == (410, "This invitation has expired")


HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=y>{{ 7 * 7 }} '&quot;"


def test_names_write_no_page(function: Function) -> None:
    ada = make_user(function.connection, "ada@example.com", first_name=HOSTILE, last_name="")
    event = make_event(function.connection, ada, name=HOSTILE)
    function.invite(ada, event)
    page = show(function, function.outbox.token(BOB)).text
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5
    assert "{{ 7 * 7 }}" in page
