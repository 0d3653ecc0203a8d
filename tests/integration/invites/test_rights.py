"""The table of rights of the wire contract, every cell of it."""

from collections.abc import Callable

import pytest

from tests.factories import (
    Row,
    give_role,
    join_group,
    make_event,
    make_group,
    make_role_invite,
    make_user,
)
from tests.integration.invites.driver import Answer, Function

STAFF = ("admin", "super_admin")
TEAM = ("owner", "organizer", "coorganizer")
OTHERS = (
    "track_organizer",
    "moderator",
    "registrar",
    "attendee",
    "stranger",
    "owner of another event",
    "owner in a group without the event",
    "owner in the group, not accepted",
)
IN_GROUP = ("organizer in the group", "coorganizer in the group")
EVERYBODY = (*STAFF, *TEAM, *OTHERS, *IN_GROUP)

ORGANIZERS = {*STAFF, "owner", "organizer", "organizer in the group"}
OWNERS = {*STAFF, "owner"}
COORGANIZERS = {*ORGANIZERS, "coorganizer", "coorganizer in the group"}

Act = Callable[[Function, Row, Row, Row], Answer]


def invite(role: str) -> Act:
    return lambda function, who, event, _row: function.invite(who, event, "new@example.com", role)


def list_(function: Function, who: Row, event: Row, _row: Row) -> Answer:
    return function.call("GET", f"/v1/events/{event['identifier']}/role-invites", user=who)


def read(part: str = "") -> Act:
    return lambda function, who, _event, row: function.call(
        "GET", f"/v1/role-invites/{row['id']}{part}", user=who
    )


def resend(function: Function, who: Row, _event: Row, row: Row) -> Answer:
    return function.resend(who, row["id"])


def delete(function: Function, who: Row, _event: Row, row: Row) -> Answer:
    return function.delete(who, row["id"])


def change(**attributes: str) -> Act:
    return lambda function, who, _event, row: function.change(who, row["id"], **attributes)


ACTIONS: dict[str, tuple[Act, set[str], int, int]] = {
    # What, who may, and the status for those and for the others. To all who may not read an invite,
    # it does not exist.
    "invite": (invite("moderator"), ORGANIZERS, 201, 403),
    "invite as owner": (invite("owner"), OWNERS, 201, 403),
    "list": (list_, COORGANIZERS, 200, 403),
    "read": (read(), COORGANIZERS, 200, 404),
    "read the event": (read("/event"), COORGANIZERS, 200, 404),
    "read the role": (read("/role"), COORGANIZERS, 200, 404),
    "read the event's relationship": (read("/relationships/event"), COORGANIZERS, 200, 404),
    "read the role's relationship": (read("/relationships/role"), COORGANIZERS, 200, 404),
    "resend": (resend, COORGANIZERS, 200, 404),
    "delete": (delete, ORGANIZERS, 200, 403),
    "change the role": (change(role_name="moderator"), ORGANIZERS, 200, 422),
    "change the address": (change(email="other@example.com"), ORGANIZERS, 200, 422),
    "make it an owner invite": (change(role_name="owner"), OWNERS, 200, 403),
    "accept for another": (change(status="accepted"), set(), 200, 422),
    "decline for another": (change(status="declined"), set(), 200, 422),
}


def somebody(function: Function, who: str, event: Row) -> Row:
    connection = function.connection
    if who in STAFF:
        return make_user(connection, None, **{f"is_{who}": True})
    user = make_user(connection, is_admin=False, is_super_admin=False)
    boss = make_user(connection)
    if who in (*TEAM, *OTHERS[:4]):
        give_role(connection, user, event, who)
    elif who == "owner of another event":
        give_role(connection, user, make_event(connection), "owner")
    elif who == "owner in a group without the event":
        join_group(connection, user, make_group(connection, boss), "owner")
    elif who != "stranger":
        group = make_group(connection, boss)
        function.run(
            "UPDATE events SET group_id = :group WHERE id = :id", group=group["id"], id=event["id"]
        )
        accepted = "not accepted" not in who
        join_group(connection, user, group, who.split(maxsplit=1)[0], accepted=accepted)
    return user


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may(function: Function, action: str) -> None:
    act, allowed, yes, no = ACTIONS[action]
    connection = function.connection
    bob = make_user(connection, "bob@example.com")
    expected, found = {}, {}
    for who in EVERYBODY:
        event = make_event(connection, make_user(connection))
        row = make_role_invite(
            connection, event, "bob@example.com", "registrar", created_at="2026-01-01T00:00:00Z"
        )
        answer = act(function, somebody(function, who, event), event, row)
        found[who] = answer.status
        # An organizer may change an invite, but to make it an owner invite takes the owner.
        out_of_team = who not in ORGANIZERS and action == "make it an owner invite"
        expected[who] = yes if who in allowed else 422 if out_of_team else no
        if action.endswith("for another") and who in STAFF:
            # Staff gets by the rule on whose status it is, and is no invitee all the same.
            expected[who] = 403
        if who not in COORGANIZERS and not action.startswith(("invite", "list")):
            expected[who] = 404
        assert all(user_id != bob["id"] for user_id, _ in function.roles(event))
    assert found == expected


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("/event", 200),
        ("/role", 200),
        ("/relationships/event", 200),
        ("/relationships/role", 200),
    ],
)
def test_invitees_may_read_their_own(function: Function, path: str, status: int) -> None:
    event = make_event(function.connection, make_user(function.connection))
    bob = make_user(function.connection, "bob@example.com")
    row = make_role_invite(function.connection, event, "BOB@example.com ")
    assert function.call("GET", f"/v1/role-invites/{row['id']}{path}", user=bob).status == status


@pytest.mark.parametrize("call", ["resend", "delete"])
def test_the_invitee_may_do_no_more(function: Function, call: str) -> None:
    event = make_event(function.connection, make_user(function.connection))
    bob = make_user(function.connection, "bob@example.com")
    row = make_role_invite(function.connection, event, "bob@example.com")
    assert getattr(function, call)(bob, row["id"]).status == 403
    assert function.invites() == [row]


ROUTES = [
    ("POST", "/v1/role-invites"),
    ("GET", "/v1/events/{event}/role-invites"),
    ("GET", "/v1/role-invites/{invite}"),
    ("PATCH", "/v1/role-invites/{invite}"),
    ("DELETE", "/v1/role-invites/{invite}"),
    ("POST", "/v1/role-invites/{invite}/resend-invite"),
    ("GET", "/v1/role-invites/{invite}/event"),
    ("GET", "/v1/role-invites/{invite}/role"),
    ("GET", "/v1/role-invites/{invite}/relationships/event"),
    ("GET", "/v1/role-invites/{invite}/relationships/role"),
    ("POST", "/v1/role_invites/accept-invite"),
    ("POST", "/v1/role_invites/decline-invite"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_callers_without_a_token_may_do_nothing(function: Function, method: str, path: str) -> None:
    event = make_event(function.connection, make_user(function.connection))
    row = make_role_invite(function.connection, event, "bob@example.com")
    answer = function.call(method, path.format(event=event["id"], invite=row["id"]), body={})
    assert (answer.status, answer.code) == (401, "token-missing")
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert function.invites() == [row]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
@pytest.mark.parametrize("name", ["event", "role"])
def test_relationships_are_not_written(function: Function, method: str, name: str) -> None:
    owner = make_user(function.connection)
    event = make_event(function.connection, owner)
    row = make_role_invite(function.connection, event, "bob@example.com")
    body = {"data": {"type": name, "id": "1"}}
    answer = function.call(
        method, f"/v1/role-invites/{row['id']}/relationships/{name}", user=owner, body=body
    )
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert function.invites() == [row]
