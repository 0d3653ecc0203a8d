"""Defect 13: callers do not get in each other's way, nor learn which invites there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from openevent.adapters.credentials import Credentials
from tests.counting import before_database_statements
from tests.factories import Row, give_role, make_event, make_role_invite, make_user
from tests.integration.invites.driver import Answer, Function

PROXY = "198.51.100.1"

BY_ID: dict[str, Callable[[Function, Row, object], Answer]] = {
    "read": lambda function, user, id_: function.read(user, str(id_)),
    "read the event": lambda function, user, id_: function.call(
        "GET", f"/v1/role-invites/{id_}/event", user=user
    ),
    "read the role's relationship": lambda function, user, id_: function.call(
        "GET", f"/v1/role-invites/{id_}/relationships/role", user=user
    ),
    "resend": lambda function, user, id_: function.resend(user, str(id_)),
    "delete": lambda function, user, id_: function.delete(user, str(id_)),
    "change the role": lambda function, user, id_: function.change(
        user, str(id_), role_name="moderator"
    ),
    "change the address": lambda function, user, id_: function.change(
        user, str(id_), email="eve@example.com"
    ),
    "accept": lambda function, user, id_: function.change(user, str(id_), status="accepted"),
}


@pytest.fixture
def three_a_minute(function: Function, monkeypatch: pytest.MonkeyPatch) -> Function:
    changed = function.app.wiring.settings.model_copy(update={"token_lookups_per_minute": 3})
    monkeypatch.setattr(function.app.wiring, "settings", changed)
    return function


def test_defect_13_known_tokens_use_up_no_limit(three_a_minute: Function) -> None:
    function = three_a_minute
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    function.invite(ada, make_event(function.connection, ada))
    token = function.outbox.token("bob@example.com")
    answers = [function.whose(token, source_ip=PROXY) for _ in range(10)]
    answers += [function.accept(bob, token) for _ in range(10)]
    assert [answer.status for answer in answers] == [200] * 20


def test_defect_13_who_guesses_is_refused_and_the_logged_in_are_not(
    three_a_minute: Function,
) -> None:
    function = three_a_minute
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    function.invite(ada, make_event(function.connection, ada))
    token = function.outbox.token("bob@example.com")
    # A minute may end meanwhile, but not two.
    guesses = [function.whose("guessed", source_ip=PROXY) for _ in range(7)]
    late = next(answer for answer in guesses if answer.status == 429)
    assert late.code == "too-many-requests"
    assert function.whose(token, bob, source_ip=PROXY).status == 200
    assert function.accept(bob, token).status == 200
    assert function.whose(token, source_ip="198.51.100.2").status == 200


def test_defect_13_a_logged_in_caller_is_counted_wherever_they_are(
    three_a_minute: Function,
) -> None:
    function = three_a_minute
    eve = make_user(function.connection)
    guesses = [
        function.whose("guessed", eve, source_ip=f"198.51.100.{number}") for number in range(7)
    ]
    assert {answer.status for answer in guesses} == {404, 429}


@pytest.mark.parametrize("call", BY_ID)
def test_defect_13_an_invite_of_others_answers_as_a_missing_one(
    function: Function, call: str
) -> None:
    ada, eve = make_user(function.connection), make_user(function.connection, "eve@example.com")
    gone, event = make_event(function.connection), make_event(function.connection, ada)
    give_role(function.connection, eve, event, "moderator")
    there = make_role_invite(function.connection, event, "bob@example.com")
    of_deleted_event = make_role_invite(function.connection, gone, "bob@example.com")
    function.run("UPDATE events SET deleted_at = now() WHERE id = :id", id=gone["id"])
    before = function.invites()
    answers = {
        (answer.status, answer.text)
        for id_ in (there["id"], of_deleted_event["id"], 999)
        for answer in [BY_ID[call](function, eve, id_)]
    }
    ((status, body),) = answers
    assert (status, '"code":"invite-not-found"' in body) == (404, True)
    assert function.invites() == before


@contextmanager
def locked(database_url: str, event: Row) -> Iterator[None]:
    """Another transaction holds the event's row: who waits for it, waits until the time-out."""
    connection = Credentials.from_url(database_url).connect()
    try:
        cursor = connection.cursor()
        cursor.execute(f"SELECT 1 FROM events WHERE id = {event['id']} FOR UPDATE")  # noqa: S608
        yield
    finally:
        connection.close()


def test_defect_13_the_event_is_not_locked_for_a_caller_without_the_right(
    function: Function, database_url: str, connection: Connection
) -> None:
    ada, bob = make_user(connection), make_user(connection, "bob@example.com")
    eve, cy = make_user(connection), make_user(connection)
    event = make_event(connection, ada)
    give_role(connection, cy, event, "coorganizer")
    invite = function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    with locked(database_url, event):
        answers = {
            "a stranger creates": function.invite(eve, event, "x@example.com"),
            "a co-organizer creates": function.invite(cy, event, "x@example.com"),
            "an organizer's right is not the owner's": function.invite(
                cy, event, "x@example.com", "owner"
            ),
            "another answers": function.accept(eve, token),
            "a co-organizer deletes": function.delete(cy, invite.id),
            "a co-organizer changes": function.change(cy, invite.id, role_name="moderator"),
            "the invitee deletes": function.delete(bob, invite.id),
            "the invitee changes": function.change(bob, invite.id, role_name="owner"),
            **{call: act(function, eve, invite.id) for call, act in BY_ID.items()},
        }
    assert {call: answer.status for call, answer in answers.items()} == {
        "a stranger creates": 403,
        "a co-organizer creates": 403,
        "an organizer's right is not the owner's": 403,
        "another answers": 403,
        "a co-organizer deletes": 403,
        "a co-organizer changes": 422,
        "the invitee deletes": 403,
        "the invitee changes": 422,
        **dict.fromkeys(BY_ID, 404),
    }


def test_a_right_that_is_lost_while_waiting_for_the_lock_is_lost(
    function: Function,
) -> None:
    """Rights are checked again under the lock."""
    connection = function.connection
    ada, eve = make_user(connection), make_user(connection)
    event = make_event(connection, ada)
    give_role(connection, eve, event, "organizer")
    invite = function.invite(ada, event)
    calls: dict[str, Callable[[], Answer]] = {
        "create": lambda: function.invite(eve, event, "x@example.com"),
        "delete": lambda: function.delete(eve, invite.id),
        "change": lambda: function.change(eve, invite.id, role_name="moderator"),
    }

    def lose() -> None:
        function.run("DELETE FROM users_events_roles WHERE user_id = :id", id=eve["id"])

    statuses = {}
    for name, call in calls.items():
        with before_the_lock(lose):
            statuses[name] = call().status
        give_role(connection, eve, event, "organizer")
    assert statuses == {"create": 403, "delete": 404, "change": 404}


@contextmanager
def before_the_lock(act: Callable[[], None]) -> Iterator[None]:
    """Do `act` when the next statement is about to lock the event."""
    waiting = [act]

    def watch(statement: str) -> None:
        if "FOR NO KEY UPDATE" in statement and waiting:
            waiting.pop()()

    with before_database_statements(watch):
        yield
    assert not waiting
