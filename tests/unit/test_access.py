"""Table of rights of the wire contract: every role with every action."""

import pytest

from openevent.errors import Forbidden
from openevent.rights import access
from openevent.rights.access import Action, Role

ROLES = [
    *("owner", "organizer", "coorganizer"),
    *("track_organizer", "moderator", "registrar", "attendee"),
]

# The contract's table: for each action the columns owner, organizer and coorganizer. All others
# may not.
TABLE = {
    "export": (True, True, True),
    "copy": (True, True, True),
    "create-invite": (True, True, False),
    "create-owner-invite": (True, False, False),
    "read-invites": (True, True, True),
    "resend-invite": (True, True, True),
    "delete-invite": (True, True, False),
    "change-invite": (True, True, False),
}
REFUSALS = {
    (True, False, False): "Owner access is required.",
    (True, True, False): "Organizer access is required.",
    (True, True, True): "Co-organizer access is required.",
}
CELLS = [
    (action, role, column < 3 and rights[column])
    for action, rights in TABLE.items()
    for column, role in enumerate(ROLES)
]


def test_the_table_is_whole() -> None:
    assert [role.value for role in Role] == ROLES
    assert {action.value for action in Action} == TABLE.keys()


@pytest.mark.parametrize(("action", "role", "allowed"), CELLS)
def test_one_role(action: str, role: str, *, allowed: bool) -> None:
    assert access.may(Action(action), is_staff=False, roles={role}) is allowed
    if allowed:
        access.require(Action(action), is_staff=False, roles={role})
        return
    with pytest.raises(Forbidden) as caught:
        access.require(Action(action), is_staff=False, roles={role})
    assert (caught.value.code, str(caught.value)) == ("access-forbidden", REFUSALS[TABLE[action]])


@pytest.mark.parametrize("action", TABLE)
def test_staff_may_do_everything_without_a_role(action: str) -> None:
    assert access.may(Action(action), is_staff=True, roles=())
    access.require(Action(action), is_staff=True, roles=())


@pytest.mark.parametrize("action", TABLE)
def test_a_user_without_a_role_may_do_nothing(action: str) -> None:
    assert not access.may(Action(action), is_staff=False, roles=())


@pytest.mark.parametrize(("action", "role", "allowed"), CELLS)
def test_a_further_role_takes_nothing_away(action: str, role: str, *, allowed: bool) -> None:
    assert access.may(Action(action), is_staff=False, roles=["attendee", role]) is allowed


def test_an_unknown_role_gives_no_right() -> None:
    assert not access.may(Action.EXPORT, is_staff=False, roles={"Owner", "owner ", "sales_admin"})
