"""Accepting and declining; becoming owner."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import (
    Row,
    delete_softly,
    give_role,
    join_group,
    make_event,
    make_group,
    make_role_invite,
    make_user,
    role_id,
)
from tests.integration.invites.driver import Function

LONG_AGO = "2026-01-01T00:00:00+00:00"


def is_verified(function: Function, user: Row) -> bool:
    function.connection.commit()
    query = text("SELECT is_verified FROM users WHERE id = :id")
    return bool(function.connection.scalar(query, {"id": user["id"]}))


def group_of(function: Function, event: Row) -> int | None:
    function.connection.commit()
    query = text("SELECT group_id FROM events WHERE id = :id")
    group: int | None = function.connection.scalar(query, {"id": event["id"]})
    return group


def test_accepting_gives_the_role(function: Function) -> None:
    ada = make_user(function.connection)
    bob = make_user(
        function.connection,
        "BOB@example.com",
        first_name="Bob",
        last_name=None,
        is_verified=False,
    )
    event = make_event(function.connection, ada)
    function.invite(ada, event, "bob@example.com", "organizer")
    token = function.outbox.token("bob@example.com")
    # Clients compare this to the address of the logged-in user, letter by letter.
    assert function.whose(token).json == {"email": "BOB@example.com"}
    expected = {
        "email": "BOB@example.com",
        "event": event["id"],
        "event_identifier": event["identifier"],
        "name": "Bob",
        "role": "organizer",
    }
    answer = function.accept(bob, token)
    assert (answer.status, answer.json) == (200, expected)
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "organizer")]
    assert is_verified(function, bob)
    assert [row["status"] for row in function.invites()] == ["accepted"]
    again = function.accept(bob, token)
    assert (again.status, again.json) == (200, expected)
    assert function.whose(token).json == {"email": "BOB@example.com"}


def test_accepting_again_gives_nothing_back(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    function.accept(bob, token)
    function.run("DELETE FROM users_events_roles WHERE user_id = :id", id=bob["id"])
    assert function.accept(bob, token).status == 200
    assert function.roles(event) == [(ada["id"], "owner")]


def test_declining(function: Function) -> None:
    ada = make_user(function.connection)
    bob = make_user(
        function.connection,
        "bob@example.com",
        first_name="Bob",
        last_name="Builder",
        is_verified=False,
    )
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    for _ in range(2):
        answer = function.decline(bob, token)
        assert (answer.status, answer.json) == (
            200,
            {
                "email": "bob@example.com",
                "event": event["id"],
                "event_identifier": event["identifier"],
                "name": "Bob Builder",
                "role": "organizer",
                "status": "declined",
            },
        )
    assert function.roles(event) == [(ada["id"], "owner")]
    assert not is_verified(function, bob)
    for refused in (function.accept(bob, token), function.whose(token)):
        assert (refused.status, refused.code) == (409, "invite-declined")


def test_what_was_accepted_is_not_declined(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    function.accept(bob, token)
    refused = function.decline(bob, token)
    assert (refused.status, refused.code) == (409, "invite-accepted")


def test_another_login_learns_nothing(function: Function) -> None:
    ada, eve = make_user(function.connection), make_user(function.connection, "eve@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    for user in (eve, ada, make_user(function.connection, is_super_admin=True)):
        for answer in (function.accept(user, token), function.decline(user, token)):
            assert (answer.status, answer.code) == (403, "not-your-invite")
            assert "bob" not in answer.text
            assert user["_email"] not in answer.text
    assert function.roles(event) == [(ada["id"], "owner")]


def test_a_kelvin_sign_is_not_bob(function: Function) -> None:
    # Whether PostgreSQL takes U+212A for a k depends on its locale.
    ada = make_user(function.connection)
    fake = make_user(function.connection, "bo\u212a@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event, "bok@example.com")
    token = function.outbox.token("bok@example.com")
    assert function.whose(token).json == {"email": "bok@example.com"}
    assert function.accept(fake, token).code == "not-your-invite"


@pytest.mark.parametrize("token", ["", "x", "ñ", "' OR '1'='1", "%", "a" * 1_000])
def test_unknown_tokens(function: Function, token: str) -> None:
    bob = make_user(function.connection, "bob@example.com")
    make_role_invite(function.connection, make_event(function.connection), "bob@example.com")
    for answer in (
        function.whose(token),
        function.accept(bob, token),
        function.decline(bob, token),
    ):
        assert (answer.status, answer.code) == (404, "invite-not-found")


def test_a_token_that_no_mail_can_hold(function: Function) -> None:
    answer = function.whose("a" * 100_000)
    assert (answer.status, answer.code) == (413, "too-large")


def test_half_a_character_is_no_token(function: Function) -> None:
    answer = function.whose("\ud800")
    assert (answer.status, answer.code) == (400, "body-not-text")


def test_what_the_database_keeps_is_no_token(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    (row,) = function.invites()
    assert function.accept(bob, row["hash"]).code == "invite-not-found"
    # A token of today's server is known to anybody who asked that for the invite.
    function.run("UPDATE role_invites SET hash = '128bitsofwhatever'")
    assert function.accept(bob, "128bitsofwhatever").code == "invite-not-found"


def test_an_event_that_is_gone(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    delete_softly(function.connection, "events", event)
    for answer in (function.accept(bob, token), function.whose(token)):
        assert (answer.status, answer.code) == (404, "event-not-found")


def test_an_expired_invite(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    at = datetime.now(UTC) - timedelta(days=7)
    function.run("UPDATE role_invites SET created_at = :at", at=at)
    for answer in (
        function.accept(bob, token),
        function.decline(bob, token),
        function.change(bob, 1, status="accepted"),
    ):
        assert (answer.status, answer.code) == (410, "invite-expired")


@pytest.mark.parametrize("lie", ["role_name = 'moderator'", "role_id = :owner", "role_id = NULL"])
def test_an_invite_that_contradicts_itself(function: Function, lie: str) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    values = {"owner": role_id(function.connection, "owner")} if ":owner" in lie else {}
    function.run(f"UPDATE role_invites SET {lie}", **values)  # noqa: S608
    token = function.outbox.token("bob@example.com")
    assert function.accept(bob, token).code == "invite-unclear"
    assert function.resend(ada, 1).code == "invite-unclear"
    assert function.roles(event) == [(ada["id"], "owner")]


def test_who_has_the_role_by_now(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    give_role(function.connection, bob, event, "organizer")
    assert function.accept(bob, function.outbox.token("bob@example.com")).status == 200
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "organizer")]


def test_accepting_leaves_the_group_alone(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    group = make_group(function.connection, ada)
    event = make_event(function.connection, ada, group_id=group["id"])
    function.invite(ada, event)
    function.accept(bob, function.outbox.token("bob@example.com"))
    assert group_of(function, event) == group["id"]


def test_lookups_of_tokens_are_limited(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = make_user(function.connection)
    changed = function.app.wiring.settings.model_copy(update={"token_lookups_per_minute": 3})
    monkeypatch.setattr(function.app.wiring, "settings", changed)
    # A minute may end meanwhile, but not two.
    answers = [
        answer
        for _ in range(3)
        for answer in (function.whose("x"), function.accept(bob, "x"), function.decline(bob, "x"))
    ]
    assert {answer.status for answer in answers} == {404, 429}
    late = next(answer for answer in answers if answer.status == 429)
    assert 0 < int(late.headers["Retry-After"]) <= 60


def test_the_owner_changes(function: Function) -> None:
    ada = make_user(function.connection, "ada@example.com", first_name="Ada", last_name=None)
    bob = make_user(function.connection, "bob@example.com", first_name="Bob", last_name=None)
    group = make_group(function.connection, ada)
    join_group(function.connection, ada, group, "owner")
    event = make_event(function.connection, ada, group_id=group["id"], name="PyCon")
    function.invite(ada, event, "bob@example.com", "owner")
    # Today's server can leave such a one behind.
    make_role_invite(function.connection, event, "eve@example.com", "owner", created_at=LONG_AGO)
    assert function.accept(bob, function.outbox.token("bob@example.com")).status == 200
    assert function.roles(event) == [(ada["id"], "organizer"), (bob["id"], "owner")]
    assert group_of(function, event) is None
    assert [row["email"] for row in function.invites()] == ["bob@example.com"]
    (to_ada,) = function.outbox.to("ada@example.com")
    assert to_ada["subject"] == "PyCon has a new owner"
    assert "Bob (bob@example.com) has accepted" in to_ada["text"]
    _, to_bob = function.outbox.to("bob@example.com")
    assert "The former owner: Ada (ada@example.com)." in to_bob["html"]


def test_the_event_stays_in_the_new_owners_group(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    group = make_group(function.connection, bob)
    event = make_event(function.connection, ada, group_id=group["id"])
    function.invite(ada, event, "bob@example.com", "owner")
    function.accept(bob, function.outbox.token("bob@example.com"))
    assert group_of(function, event) == group["id"]


def test_an_owner_of_the_group_may_become_the_events(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    group = make_group(function.connection, ada)
    join_group(function.connection, bob, group, "owner")
    event = make_event(function.connection, ada, group_id=group["id"])
    assert function.invite(ada, event, "bob@example.com", "owner").status == 201
    function.accept(bob, function.outbox.token("bob@example.com"))
    assert function.roles(event) == [(ada["id"], "organizer"), (bob["id"], "owner")]
    # It was ada's group, who is still its owner.
    assert group_of(function, event) is None


def test_a_former_owner_may_be_organizer_already(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    for user in (ada, bob):
        give_role(function.connection, user, event, "organizer")
    function.invite(ada, event, "bob@example.com", "owner")
    function.accept(bob, function.outbox.token("bob@example.com"))
    assert function.roles(event) == [
        (ada["id"], "organizer"),
        (bob["id"], "organizer"),
        (bob["id"], "owner"),
    ]


def test_whatever_owners_there_were_there_is_one(function: Function) -> None:
    bob = make_user(function.connection, "bob@example.com")
    staff = make_user(function.connection, is_admin=True)
    former = [make_user(function.connection) for _ in range(3)]
    for owners in ([], former):
        event = make_event(function.connection)
        for user in owners:
            give_role(function.connection, user, event, "owner")
        function.invite(staff, event, "bob@example.com", "owner")
        function.accept(bob, function.outbox.token("bob@example.com"))
        assert [user for user, role in function.roles(event) if role == "owner"] == [bob["id"]]


def test_mails_about_a_new_owner_that_are_not_sent(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event, "bob@example.com", "owner")
    function.outbox.fault = "ServiceUnavailable"
    answer = function.accept(bob, function.outbox.token("bob@example.com"))
    assert (answer.status, answer.json["meta"]) == (
        200,
        {"mail-sent": False, "reason": "mail-unavailable"},
    )
    assert function.roles(event) == [(ada["id"], "organizer"), (bob["id"], "owner")]


def test_every_change_leaves_a_line(function: Function, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    tokens = []
    for role, answer in (("moderator", function.accept), ("registrar", function.decline)):
        invite = function.invite(ada, event, "bob@example.com", role)
        tokens.append(function.outbox.token("bob@example.com"))
        function.resend(ada, invite.id)
        tokens.append(function.outbox.token("bob@example.com"))
        answer(bob, tokens[-1])
        answer(bob, tokens[-1])
    function.change(ada, 1, role_name="attendee")
    function.delete(ada, 2)
    function.invite(ada, event, "cy@example.com", "owner")
    function.invite(ada, event, "bob@example.com", "owner")
    tokens.append(function.outbox.token("bob@example.com"))
    function.accept(bob, tokens[-1])
    fields = ("action", "actor_id", "event_id", "invite_id", "role")
    audited = [
        tuple(record.__dict__[name] for name in fields)
        for record in caplog.records
        if record.message == "Audit"
    ]
    a, b, e = ada["id"], bob["id"], event["id"]
    assert audited == [
        ("invite-created", a, e, 1, "moderator"),
        ("invite-resent", a, e, 1, "moderator"),
        ("invite-accepted", b, e, 1, "moderator"),
        ("invite-created", a, e, 2, "registrar"),
        ("invite-resent", a, e, 2, "registrar"),
        ("invite-declined", b, e, 2, "registrar"),
        ("invite-changed", a, e, 1, "attendee"),
        ("invite-deleted", a, e, 2, "registrar"),
        ("invite-created", a, e, 3, "owner"),
        ("invite-created", a, e, 4, "owner"),
        ("invite-replaced", a, e, 3, "owner"),
        ("invite-accepted", b, e, 4, "owner"),
        ("owner-changed", b, e, 4, "owner"),
    ]
    logged = str([record.__dict__ for record in caplog.records])
    assert not any(token in logged for token in tokens)
    assert not any(row["hash"] in logged for row in function.invites())
