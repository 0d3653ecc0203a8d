"""Fifty actions on the invites of one event at the same moment: there is one owner, always."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from openevent.invites import rules
from openevent.invites.requests import InviteChange, NewInvite
from openevent.invites.rules import Status
from openevent.rights.access import Role
from tests.factories import Row, give_role, make_event, make_role_invite, make_user, role_id
from tests.integration.invites.driver import Function
from tests.integration.invites.processes import Action, World, at_once

# Codes of the refusals that depend on which action comes first. None of them is a fault.
REFUSALS = {
    "access-forbidden",
    "invite-accepted",
    "invite-declined",
    "invite-exists",
    "invite-not-found",
    "invite-not-pending",
    "invite-open",
    "owner-by-change",
    "role-held",
    "role-not-held",
}


def a_change(role: Role) -> InviteChange:
    return InviteChange(frozenset({"role_name"}), None, role, None, None, None)


@dataclass
class Party:
    """Ada's event, its organizers, and invites for all of them."""

    function: Function
    event: Row
    ada: Row
    people: list[Row]
    tokens: dict[int, str] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)

    def invite(self, person: Row, role: Role) -> None:
        """Put a pending invite into the table; today's server leaves several to own an event."""
        token = rules.new_token()
        row = make_role_invite(
            self.function.connection,
            self.event,
            person["_email"],
            role,
            hash=rules.digest_of(token),
            created_at=datetime.now(UTC),
        )
        self.tokens[person["id"]], self.ids[person["id"]] = token, str(row["id"])

    def creation(self, by: Row, person: Row, role: Role) -> Action:
        role_number = str(role_id(self.function.connection, role))
        wanted = NewInvite(person["_email"], role, role_number, str(self.event["id"]))
        return Action("create", by["id"], (wanted,))

    def answer(self, person: Row, status: Status) -> Action:
        return Action("answer", person["id"], (self.tokens[person["id"]], status))

    def on_invite(self, name: str, person: Row, *arguments: object) -> Action:
        return Action(name, self.ada["id"], (self.ids[person["id"]], *arguments))


def a_party(function: Function, guests: int) -> Party:
    connection = function.connection
    ada = make_user(connection, is_admin=True)
    event = make_event(connection, ada)
    people = [make_user(connection) for _ in range(guests)]
    party = Party(function, event, ada, people)
    for person in people:
        give_role(connection, person, event, "organizer")
        party.invite(person, Role.OWNER)
    return party


@contextmanager
def watched(function: Function, event: Row) -> Iterator[Counter[int]]:
    """Count the event's owners, again and again, as any other transaction sees them."""
    seen, over = Counter[int](), threading.Event()
    query = """
        SELECT count(*) FROM users_events_roles e JOIN roles r ON r.id = e.role_id
        WHERE e.event_id = %s AND r.name = 'owner'
    """
    database: Any = function.app.wiring.database

    def watch() -> None:
        while not over.is_set():
            with database.snapshot() as session:
                [[count]] = session.rows(query, event["id"])
            seen[count] += 1

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_fifty_actions_at_once_leave_one_owner(function: Function, database_url: str) -> None:
    party = a_party(function, 10)
    connection, event, ada, people = function.connection, party.event, party.ada, party.people
    actions = [
        *(party.answer(person, Status.ACCEPTED) for person in people),
        *(party.answer(person, Status.DECLINED) for person in people[:4]),
        *(party.creation(ada, person, Role.OWNER) for person in people),
        *(party.creation(ada, person, Role.MODERATOR) for person in people[:5]),
        *(party.on_invite("resend", person) for person in people[:7]),
        *(party.on_invite("delete", person) for person in people[3:8]),
        *(party.on_invite("change", person, a_change(Role.OWNER)) for person in people[:4]),
        *(party.on_invite("change", person, a_change(Role.MODERATOR)) for person in people[5:]),
    ]
    assert len(actions) == 50
    connection.commit()
    with function.app.wiring.database.transaction():
        pass
    world = World(database_url, function.app.wiring.database._read)
    with watched(function, event) as seen:
        ended = at_once(world, actions)

    assert set(seen) == {1}
    refusals = Counter(done.refusal for done in ended)
    assert set(refusals) - {None} <= REFUSALS
    assert refusals[None] > 0
    roles = function.roles(event)
    owners = [user_id for user_id, role in roles if role == "owner"]
    assert len(owners) == 1
    # All who accepted an owner invite hold a role: owner, or what a former owner keeps.
    accepted = {
        done.action.user_id
        for done in ended
        if done.refusal is None and Status.ACCEPTED in done.action.arguments
    }
    assert accepted | {ada["id"]} <= {user_id for user_id, _ in roles}
    # A refused action sends no mail. No address has two open invites.
    assert all(done.mails == 0 for done in ended if done.refusal is not None)
    open_ones = [row["email"] for row in function.invites() if row["status"] == "pending"]
    assert len(open_ones) == len(set(open_ones))
