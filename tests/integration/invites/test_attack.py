"""The attack that works on today's server, step by step; and its defects, by number."""

from tests.factories import (
    Row,
    give_role,
    join_group,
    make_event,
    make_group,
    make_role_invite,
    make_user,
    role_id,
)
from tests.integration.invites.driver import Answer, Function


def owners(function: Function, event: Row) -> list[int]:
    return [user_id for user_id, role in function.roles(event) if role == "owner"]


def test_no_user_becomes_owner_of_any_event(function: Function) -> None:
    """Defect 1, in its steps: read an invite, move it to any event, accept with its secret."""
    connection = function.connection
    victim, eve = make_user(connection), make_user(connection, "eve@example.com")
    target, own = make_event(connection, victim), make_event(connection, eve)

    # 1. Invite oneself to own one's own event: refused, as one owns it already.
    assert function.invite(eve, own, "eve@example.com", "owner").status == 409
    # A second account of the same person can be invited: the event is Eve's to give away.
    mallory = make_user(connection, "mallory@example.com")
    invite = function.invite(eve, own, "mallory@example.com", "owner")
    assert invite.status == 201

    # 2. Read it without a login, to get at the secret.
    path = f"/v1/role-invites/{invite.id}"
    assert function.call("GET", path).status == 401
    # With a login it is not in there.
    token = function.outbox.token("mallory@example.com")
    (row,) = function.invites()
    for who in (eve, mallory):
        text = function.read(who, invite.id).text
        assert (token in text, row["hash"] in text, "hash" in text) == (False, False, False)

    # 3. Move it to the target: by its relationship, with and without a login, and by a change.
    link = {"data": {"type": "event", "id": str(target["id"])}}
    moved = [
        function.call("PATCH", f"{path}/relationships/event", user=who, body=link).status
        for who in (None, eve, mallory)
    ]
    assert moved == [405] * 3
    data = {"type": "role-invite", "id": invite.id, "relationships": {"event": link}}
    refused = [
        function.call("PATCH", path, user=who, body={"data": data}).status
        for who in (None, eve, mallory)
    ]
    assert refused == [401, 422, 422]
    assert function.invites() == [row]

    # 4. Invite to the target outright.
    for role in ("owner", "organizer", "attendee"):
        assert function.invite(eve, target, "mallory@example.com", role).status == 403

    # 5. Accept without a login, with another's, and with what the database has for a secret.
    assert function.accept(None, token).status == 401
    assert function.accept(eve, token).status == 403
    assert function.accept(mallory, row["hash"]).status == 404

    # 6. Accept the mailed invite: only Eve's own event changes its owner.
    assert function.accept(mallory, token).status == 200
    assert owners(function, target) == [victim["id"]]
    assert owners(function, own) == [mallory["id"]]


def test_today_s_secrets_open_nothing(function: Function) -> None:
    """Defects 1 and 3: today's server showed them to any caller, and they can be guessed."""
    bob = make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, make_user(function.connection))
    secret = "0123456789abcdef0123456789abcdef"
    make_role_invite(function.connection, event, "bob@example.com", hash=secret)
    answers = [function.whose(secret), function.accept(bob, secret), function.decline(bob, secret)]
    assert [answer.status for answer in answers] == [404] * 3


def test_a_group_s_role_counts_for_its_own_events_alone(function: Function) -> None:
    """Defect 2."""
    connection = function.connection
    eve = make_user(connection)
    join_group(connection, eve, make_group(connection, eve), "owner")
    event = make_event(connection, make_user(connection), group_id=None)
    assert function.invite(eve, event, "eve2@example.com").status == 403
    path = f"/v1/events/{event['id']}/role-invites"
    assert function.call("GET", path, user=eve).status == 403


def test_expiry_and_state_are_checked(function: Function) -> None:
    """Defect 3: an old mail, or one that was answered, gives nothing any more."""
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    function.run("UPDATE role_invites SET created_at = created_at - interval '7 days'")
    assert function.accept(bob, token).status == 410
    function.run("UPDATE role_invites SET created_at = now(), status = 'declined'")
    assert function.accept(bob, token).status == 409
    function.run("UPDATE role_invites SET status = NULL")
    assert function.accept(bob, token).status == 409
    assert function.roles(event) == [(ada["id"], "owner")]


def test_an_acceptance_leaves_the_event_in_its_group(function: Function) -> None:
    """Defect 4."""
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    group = make_group(function.connection, ada)
    event = make_event(function.connection, ada, group_id=group["id"])
    function.invite(ada, event)
    assert function.accept(bob, function.outbox.token("bob@example.com")).status == 200
    moved = function.connection.exec_driver_sql(
        "SELECT count(*) FROM events WHERE group_id IS NULL"
    )
    assert moved.scalar() == 0


def test_nothing_missing_makes_a_500(function: Function) -> None:
    """Defect 5."""
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    no_role = function.creation(event, "cy@example.com", "organizer")
    del no_role["data"]["attributes"]["role-name"]

    def post(path: str, body: object, user: Row | None = ada) -> Answer:
        return function.call("POST", path, user=user, body=body)

    # There is no account of that address, so the caller has another address.
    assert function.accept(ada, token).status == 403
    assert function.accept(None, token).status == 401
    bodies: list[object] = [None, "", {}, {"data": None}, {"data": {}}]
    for body in bodies:
        for path in (
            "/v1/role-invites",
            "/v1/role_invites/accept-invite",
            "/v1/role_invites/decline-invite",
            "/v1/role_invites/user",
        ):
            assert post(path, body).status == 422, (path, body)
    answer = post("/v1/role-invites", no_role)
    assert answer.errors == [("missing-field", {"pointer": "/data/attributes/role-name"})]
    assert answer.status == 422


def test_one_invite_whatever_the_case_and_no_status_of_ones_own(function: Function) -> None:
    """Defect 6."""
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    body = function.creation(event, "BOB@example.com", "organizer")
    body["data"]["attributes"] |= {"status": "accepted", "hash": "chosen", "created-at": "2099"}
    created = function.call("POST", "/v1/role-invites", user=ada, body=body)
    assert (created.status, created.json["data"]["attributes"]["status"]) == (201, "pending")
    (row,) = function.invites()
    assert row["hash"] != "chosen"
    assert row["created_at"].year < 2099
    assert function.accept(bob, "chosen").status == 404
    assert function.invite(ada, event, "bob@example.com").status == 409


def test_an_old_invite_does_not_block_a_new_one(function: Function) -> None:
    """Defect 7."""
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    function.decline(bob, function.outbox.token("bob@example.com"))
    assert function.invite(ada, event).status == 201
    function.run("UPDATE role_invites SET created_at = created_at - interval '7 days'")
    assert function.invite(ada, event).status == 201
    assert function.accept(bob, function.outbox.token("bob@example.com")).status == 200


def test_there_is_a_way_to_decline(function: Function) -> None:
    """Defect 8."""
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    answer = function.decline(bob, function.outbox.token("bob@example.com"))
    assert (answer.status, answer.json["status"]) == (200, "declined")


def test_the_owner_invites_of_a_former_owner_are_removed(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    eve = make_user(function.connection, "eve@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event, "bob@example.com", "owner")
    token = function.outbox.token("bob@example.com")
    # An invite that today's server made, for which eve has a token of ours.
    other = make_event(function.connection, ada)
    function.invite(ada, other, "eve@example.com", "owner")
    function.run("UPDATE role_invites SET event_id = :id", id=event["id"])
    assert function.accept(bob, token).status == 200
    assert function.accept(eve, function.outbox.token("eve@example.com")).status == 404
    assert owners(function, event) == [bob["id"]]
    assert function.invite(ada, event, "eve@example.com", "owner").status == 403


def test_a_coorganizer_climbs_nowhere(function: Function) -> None:
    connection = function.connection
    ada, eve = make_user(connection), make_user(connection, "eve@example.com")
    event = make_event(connection, ada)
    give_role(connection, eve, event, "coorganizer")
    for role in ("organizer", "owner", "moderator"):
        assert function.invite(eve, event, "eve2@example.com", role).status == 403
    # Eve's own invite cannot be changed by its invitee.
    invite = function.invite(ada, event, "eve@example.com", "moderator")
    organizer = str(role_id(connection, "organizer"))
    linked = {"role": {"data": {"type": "role", "id": organizer}}}
    data = {"type": "role-invite", "id": invite.id, "relationships": linked}
    path = f"/v1/role-invites/{invite.id}"
    assert function.call("PATCH", path, user=eve, body={"data": data}).status == 422
    assert function.change(eve, invite.id, role_name="organizer").status == 422
    assert function.resend(eve, invite.id).status == 200
    assert function.accept(eve, function.outbox.token("eve@example.com")).status == 200
    assert function.roles(event) == [
        (ada["id"], "owner"),
        (eve["id"], "coorganizer"),
        (eve["id"], "moderator"),
    ]


def test_revoked_and_blocked_logins_accept_nothing(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    function.invite(ada, event)
    token = function.outbox.token("bob@example.com")
    for state in ("is_blocked = true", "is_blocked = false, deleted_at = now()"):
        function.run(f"UPDATE users SET {state} WHERE id = :id", id=bob["id"])  # noqa: S608
        assert function.accept(bob, token).status == 401
    assert function.roles(event) == [(ada["id"], "owner")]
