"""How many statements each call costs: the same for one invite and for three."""

from collections.abc import Callable

import pytest

from tests.counting import database_statements
from tests.factories import Row, make_event, make_group, make_user
from tests.integration.invites.driver import Answer, Function

Act = Callable[[Function, Row, Row, Row, str], Answer]

CALLS: dict[str, tuple[int, Act]] = {
    # user, blacklist, event, roles, event's lock, roles, role, invites of the address, user,
    # insert, transaction
    "create": (11, lambda f, ada, _bob, event, _id: f.invite(ada, event, "new@example.com")),
    # user, blacklist, event, roles, count, page, roles of the page
    "list": (
        7,
        lambda f, ada, _bob, event, _id: f.call(
            "GET", f"/v1/events/{event['id']}/role-invites?include=role,event", user=ada
        ),
    ),
    # user, blacklist, event, roles, all invites, roles of the page
    "list by delivery": (
        6,
        lambda f, ada, _bob, event, _id: f.call(
            "GET",
            f"/v1/events/{event['id']}/role-invites?include=role,event&filter[delivery]=sent",
            user=ada,
        ),
    ),
    # user, blacklist, invite, event, roles, role
    "read": (6, lambda f, ada, _bob, _event, id_: f.read(ada, id_)),
    # user, blacklist, invite, event, roles, event's lock, invite's lock, roles, delete, transaction
    "delete": (10, lambda f, ada, _bob, _event, id_: f.delete(ada, id_)),
    # ... role, invites of the address, update, transaction
    "resend": (12, lambda f, ada, _bob, _event, id_: f.resend(ada, id_)),
    # user, blacklist, invite, event, roles, its user, event's lock, invite's lock, roles, its user,
    # role, others, user, its roles, update, transaction
    "change": (17, lambda f, ada, _bob, _event, id_: f.change(ada, id_, role_name="attendee")),
    # invite, event, user's id, user
    "whose": (4, lambda f, *_: f.whose(f.outbox.token("bob@example.com"))),
    # user, blacklist, invite, event, invite, role, insert, verified, update, transaction
    "accept": (10, lambda f, _ada, bob, *_: f.accept(bob, f.outbox.token("bob@example.com"))),
    "decline": (7, lambda f, _ada, bob, *_: f.decline(bob, f.outbox.token("bob@example.com"))),
}


def test_statements_of_a_new_owner(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    group = make_group(function.connection, ada)
    event = make_event(function.connection, ada, group_id=group["id"])
    function.invite(ada, event, "bob@example.com", "owner")
    with database_statements() as sent:
        answer = function.accept(bob, function.outbox.token("bob@example.com"))
    assert answer.status == 200
    # Those of any acceptance; the role organizer, the former owner's id, two to change their role,
    # their user, the group, the event, the other owner invites.
    assert len(sent) == 10 + 8, "\n".join(sent)


@pytest.mark.parametrize("invites", [1, 3])
@pytest.mark.parametrize("call", CALLS)
def test_statements(function: Function, call: str, invites: int) -> None:
    expected, act = CALLS[call]
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    for number in range(invites - 1):
        function.invite(ada, event, f"{number}@example.com", "moderator")
    invite = function.invite(ada, event, "bob@example.com", "registrar")
    with database_statements() as sent:
        answer = act(function, ada, bob, event, invite.id)
    assert answer.status in (200, 201)
    assert len(sent) == expected, "\n".join(sent)
