"""Changing invites."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import give_role, make_event, make_role_invite, make_user, role_id
from tests.integration.invites.driver import Function

LONG_AGO = "2026-01-01T00:00:00+00:00"


def test_the_role_of_a_pending_invite(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    answer = function.change(ada, invite.id, role_name="moderator")
    assert (answer.status, answer.json["data"]["attributes"]["role-name"]) == (200, "moderator")
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert function.accept(bob, function.outbox.token("bob@example.com")).status == 200
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "moderator")]


def test_the_role_by_its_relationship(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)

    def change(role: str | None, name: str | None = None) -> tuple[int, str]:
        data = {"type": "role-invite", "id": invite.id, "attributes": {}, "relationships": {}}
        if role is not None:
            number = role if role.isdigit() else str(role_id(function.connection, role))
            data["relationships"] = {"role": {"data": {"type": "role", "id": number}}}
        if name is not None:
            data["attributes"] = {"role-name": name}
        body = {"data": data}
        answer = function.call("PATCH", f"/v1/role-invites/{invite.id}", user=ada, body=body)
        return answer.status, str(function.invites()[0]["role_name"])

    assert change("moderator") == (200, "moderator")
    assert change("registrar", "registrar") == (200, "registrar")
    assert change("owner", "moderator") == (422, "registrar")
    assert change("99") == (422, "registrar")


def test_what_the_web_client_sends_back(function: Function) -> None:
    ada, _bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    body = function.creation(event, "bob@example.com", "moderator")
    body["data"]["id"] = invite.id
    body["data"]["attributes"] |= {"status": "pending", "hash": None, "created-at": "2026-01-01"}
    before = function.invites()[0]
    answer = function.call("PATCH", f"/v1/role-invites/{invite.id}", user=ada, body=body)
    assert answer.status == 200
    changed = {"role_name": "moderator", "role_id": role_id(function.connection, "moderator")}
    assert function.invites() == [before | changed]


def test_a_new_address_gets_a_new_token(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    cy = make_user(function.connection, "cy@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    function.run("UPDATE role_invites SET created_at = :at", at=LONG_AGO)
    old = function.outbox.token("bob@example.com")
    answer = function.change(ada, invite.id, email="cy@example.com")
    assert (answer.status, answer.json["data"]["attributes"]["email"]) == (200, "cy@example.com")
    for user in (bob, cy):
        assert function.accept(user, old).code == "invite-not-found"
    assert function.accept(bob, function.outbox.token("cy@example.com")).status == 403
    assert function.accept(cy, function.outbox.token("cy@example.com")).status == 200


def test_another_spelling_is_the_same_address(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    before = function.invites()
    assert function.change(ada, invite.id, email="BOB@example.com").status == 200
    assert function.invites() == before
    assert len(function.outbox.mails) == 1


def test_a_new_address_that_gets_no_mail(function: Function) -> None:
    ada = make_user(function.connection)
    invite = function.invite(ada, make_event(function.connection, ada))
    function.outbox.fault = "ServiceUnavailable"
    answer = function.change(ada, invite.id, email="cy@example.com")
    assert (answer.status, answer.json["meta"]["mail-sent"]) == (200, False)


def test_an_address_that_cannot_be_invited(function: Function) -> None:
    ada, cy = make_user(function.connection), make_user(function.connection, "cy@example.com")
    event = make_event(function.connection, ada)
    give_role(function.connection, cy, event, "organizer")
    function.invite(ada, event, "dee@example.com", "moderator")
    make_role_invite(function.connection, event, "eve@example.com", status="declined")
    invite = function.invite(ada, event)
    before = function.invites()
    refusals = {
        email: function.change(ada, invite.id, email=email).code
        for email in ("cy@example.com", "DEE@example.com", "eve@example.com")
    }
    assert refusals == {
        "cy@example.com": "role-held",
        "DEE@example.com": "invite-open",
        "eve@example.com": "invite-exists",
    }
    assert function.invites() == before


def test_a_status_is_its_users_own(function: Function) -> None:
    ada, _bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    stranger = make_user(function.connection)
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    unknown = function.invite(ada, event, "unknown@example.com")
    details = {
        (who["id"], id_, status): answer.json["errors"][0]["detail"]
        for who in (ada, stranger)
        for id_ in (invite.id, unknown.id)
        for status in ("accepted", "declined")
        if (answer := function.change(who, id_, status=status)).status in (403, 404, 422)
    }
    assert details == {
        (ada["id"], invite.id, "accepted"): "Only users can edit their own status",
        (ada["id"], invite.id, "declined"): "Only users can edit their own status",
        (ada["id"], unknown.id, "accepted"): "This invite is for another e-mail address.",
        (ada["id"], unknown.id, "declined"): "This invite is for another e-mail address.",
        (stranger["id"], invite.id, "accepted"): "There is no such invite.",
        (stranger["id"], invite.id, "declined"): "There is no such invite.",
        (stranger["id"], unknown.id, "accepted"): "There is no such invite.",
        (stranger["id"], unknown.id, "declined"): "There is no such invite.",
    }


def test_the_same_status_tells_a_stranger_nothing(function: Function) -> None:
    ada, _bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    invite = function.invite(ada, make_event(function.connection, ada))
    answer = function.change(make_user(function.connection), invite.id, status="pending")
    assert (answer.status, answer.code) == (404, "invite-not-found")


def test_the_invitee_may_send_a_status_alone(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    invite = function.invite(ada, make_event(function.connection, ada))
    for attributes in (
        {},
        {"role_name": "owner"},
        {"status": "accepted", "role_name": "owner"},
        {"status": "accepted", "hash": None},
    ):
        answer = function.change(bob, invite.id, **attributes)
        assert answer.status == 422
        assert answer.json["errors"][0]["detail"] == "You can only change your status"


@pytest.mark.parametrize("status", ["accepted", "declined"])
def test_a_verified_invitee_answers_without_the_mail(function: Function, status: str) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    for _ in range(2):
        answer = function.change(bob, invite.id, status=status)
        assert (answer.status, answer.json["data"]["attributes"]["status"]) == (200, status)
    given = [(bob["id"], "organizer")] if status == "accepted" else []
    assert function.roles(event) == [(ada["id"], "owner"), *given]


@pytest.mark.parametrize("status", ["accepted", "declined"])
def test_an_unverified_address_is_no_proof(function: Function, status: str) -> None:
    ada = make_user(function.connection)
    fake = make_user(function.connection, "bob@example.com", is_verified=False)
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    answer = function.change(fake, invite.id, status=status)
    assert (answer.status, answer.code) == (403, "address-unverified")
    assert function.roles(event) == [(ada["id"], "owner")]
    verified = text("SELECT is_verified FROM users WHERE id = :id")
    assert function.connection.scalar(verified, {"id": fake["id"]}) is False


def test_a_new_owner_by_a_status(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event, "bob@example.com", "owner")
    assert function.change(bob, invite.id, status="accepted").status == 200
    assert function.roles(event) == [(ada["id"], "organizer"), (bob["id"], "owner")]
    assert len(function.outbox.to(ada["_email"])) == 1


@pytest.mark.parametrize("old", ["accepted", "declined", "revoked", None])
def test_nothing_becomes_pending_again(function: Function, old: str | None) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    function.run("UPDATE role_invites SET status = :old", old=old)
    answer = function.change(bob, invite.id, status="pending")
    assert (answer.status, answer.code) == (422, "status-not-settable")
    assert function.accept(bob, function.outbox.token("bob@example.com")).status in (200, 409)
    assert function.roles(event) == [(ada["id"], "owner")]


def test_a_status_changes_alone(function: Function) -> None:
    ada = make_user(function.connection, "ada@example.com")
    event = make_event(function.connection)
    give_role(function.connection, ada, event, "coorganizer")
    staff = make_user(function.connection, is_admin=True)
    invite = function.invite(staff, event, "ada@example.com", "moderator")
    give_role(function.connection, ada, event, "organizer")
    answer = function.change(ada, invite.id, status="accepted", role_name="registrar")
    assert (answer.status, answer.code) == (422, "status-alone")


def test_an_invite_stays_with_its_event(function: Function) -> None:
    ada = make_user(function.connection)
    mine, other = make_event(function.connection, ada), make_event(function.connection)
    invite = function.invite(ada, mine)
    for event, status in ((other, 422), (mine, 200)):
        link = {"event": {"data": {"type": "event", "id": str(event["id"])}}}
        data = {"type": "role-invite", "id": invite.id, "relationships": link}
        body = {"data": data}
        answer = function.call("PATCH", f"/v1/role-invites/{invite.id}", user=ada, body=body)
        assert answer.status == status
    assert function.invites()[0]["event_id"] == mine["id"]


def test_an_organizer_does_not_redirect_an_owner_invite(function: Function) -> None:
    ada, eve = make_user(function.connection), make_user(function.connection, "eve@example.com")
    event = make_event(function.connection, ada)
    give_role(function.connection, eve, event, "organizer")
    invite = function.invite(ada, event, "bob@example.com", "owner")
    answer = function.change(eve, invite.id, email="eve@example.com")
    assert (answer.status, answer.code) == (403, "access-forbidden")
    other = function.invite(eve, event, "mallory@example.com", "moderator")
    for attributes in ({"role_name": "owner"}, {"role_name": "owner", "email": "eve@example.com"}):
        assert function.change(eve, other.id, **attributes).status == 403
    assert function.outbox.to("eve@example.com") == []


def test_the_owner_may_make_it_an_owner_invite(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    function.invite(ada, event, "bob@example.com", "owner")
    invite = function.invite(ada, event, "cy@example.com", "moderator")
    assert function.change(ada, invite.id, role_name="owner").status == 200
    assert [row["email"] for row in function.invites()] == ["cy@example.com"]


def test_the_role_of_an_accepted_invite(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    function.accept(bob, function.outbox.token("bob@example.com"))
    answer = function.change(ada, invite.id, role_name="moderator")
    assert (answer.status, answer.json["data"]["attributes"]["status"]) == (200, "accepted")
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "moderator")]
    give_role(function.connection, bob, event, "registrar")
    assert function.change(ada, invite.id, role_name="registrar").status == 200
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "registrar")]


@pytest.mark.parametrize("caller", ["owner", "organizer", "staff"])
def test_no_change_makes_or_removes_an_owner(function: Function, caller: str) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    eve = make_user(function.connection, is_admin=caller == "staff")
    event = make_event(function.connection, ada)
    moderator = function.invite(ada, event, "bob@example.com", "moderator")
    function.accept(bob, function.outbox.token("bob@example.com"))
    owner = function.invite(ada, event, "bob@example.com", "owner")
    function.accept(bob, function.outbox.token("bob@example.com"))
    if caller == "organizer":
        give_role(function.connection, eve, event, "organizer")
    who = bob if caller == "owner" else eve
    before = function.roles(event)
    for invite, role in ((moderator, "owner"), (owner, "moderator")):
        answer = function.change(who, invite.id, role_name=role)
        assert (answer.status, answer.code) == (403, "owner-by-change")
    assert function.roles(event) == before


def test_a_role_that_is_no_longer_held_is_not_changed(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    function.accept(bob, function.outbox.token("bob@example.com"))
    function.run("DELETE FROM users_events_roles WHERE user_id = :id", id=bob["id"])
    answer = function.change(ada, invite.id, role_name="moderator")
    assert (answer.status, answer.code) == (409, "role-not-held")
    assert function.roles(event) == [(ada["id"], "owner")]


@pytest.mark.parametrize("status", ["accepted", "declined", "revoked", None])
def test_only_a_pending_invite_is_redirected(function: Function, status: str | None) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    at = datetime.now(UTC) - timedelta(days=1)
    row = make_role_invite(
        function.connection, event, "bob@example.com", status=status, created_at=at
    )
    answer = function.change(ada, row["id"], email="cy@example.com")
    assert (answer.status, answer.code) == (409, "invite-not-pending")
    assert function.invites() == [row]
