"""Many calls at once, each through its own connection."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from threading import Event as Flag
from typing import Any

from openevent.errors import OpenEventError
from openevent.invites import rules
from openevent.invites.answer_invite import answer_invite
from openevent.invites.change_invite import change_invite
from openevent.invites.create_invite import create_invite
from openevent.invites.limits import InviteLimits
from openevent.invites.requests import InviteChange, NewInvite
from openevent.invites.resend_invite import resend_invite
from openevent.invites.rules import Status
from openevent.invites.services import Services
from openevent.rights.access import Role
from openevent.rights.identity import Claims
from tests.factories import Row, give_role, make_event, make_role_invite, make_user, role_id
from tests.integration.invites.driver import Function


def claims(user: Row) -> Claims:
    return Claims(user["id"], datetime.now(UTC))


def at_once(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """Do all works at the same moment: how many went well (`done`), or were refused, and why."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        start.wait()
        try:
            work()
        except OpenEventError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(works)) as threads:
        return Counter(threads.map(run, works))


def services(function: Function) -> Services:
    function.connection.commit()
    made: Services = function.app.wiring.services()
    unlimited = InviteLimits.of(
        made.limits.counters, failed_lookups_per_minute=10**6, mails_per_hour=10**6
    )
    made = replace(made, limits=unlimited)
    with made.database.transaction():
        pass
    return made


def accepting(made: Services, user: Row, token: str) -> Callable[[], object]:
    return lambda: answer_invite(made, claims(user), token, Status.ACCEPTED)


def pending(function: Function, event: Row, user: Row, role: str) -> str:
    """An invite straight in the table, and its token."""
    token = rules.new_token()
    make_role_invite(
        function.connection,
        event,
        user["_email"],
        role,
        hash=rules.digest_of(token),
        created_at=datetime.now(UTC),
    )
    return token


def test_fifty_acceptances_make_one_role(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    token = pending(function, event, bob, "organizer")
    accept = accepting(services(function), bob, token)
    assert at_once([accept] * 50) == {"done": 50}
    assert function.roles(event) == [(ada["id"], "owner"), (bob["id"], "organizer")]


def test_accepting_and_declining_at_once(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    token = pending(function, event, bob, "organizer")
    made = services(function)

    def decline() -> object:
        return answer_invite(made, claims(bob), token, Status.DECLINED)

    outcomes = at_once([accepting(made, bob, token), decline] * 10)
    (row,) = function.invites()
    assert outcomes == {"done": 10, f"invite-{row['status']}": 10}
    held = (bob["id"], "organizer") in function.roles(event)
    assert held == (row["status"] == "accepted")


def test_twenty_creations_make_one_invite(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    made = services(function)

    def create(email: str, role: Role) -> Callable[[], object]:
        number = str(role_id(function.connection, role))
        wanted = NewInvite(email, role, number, str(event["id"]))
        return lambda: create_invite(made, claims(ada), wanted)

    works = [
        create(email, role)
        for email in ("bob@example.com", "BOB@example.com")
        for role in (Role.ORGANIZER, Role.MODERATOR)
    ]
    function.connection.commit()
    assert at_once(works * 5) == {"done": 1, "invite-open": 19}
    assert len(function.invites()) == 1
    assert len(function.outbox.mails) == 1


def test_accepting_while_it_is_resent_and_changed(function: Function) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    token = pending(function, event, bob, "organizer")
    made = services(function)
    moderator = InviteChange(frozenset({"role_name"}), None, Role.MODERATOR, None, None, None)
    works = [
        accepting(made, bob, token),
        lambda: resend_invite(made, claims(ada), "1"),
        lambda: change_invite(made, claims(ada), "1", moderator),
    ]
    outcomes = at_once(works * 8)
    assert set(outcomes) <= {"done", "invite-not-found", "invite-not-pending"}
    (row,) = function.invites()
    held = [role for user_id, role in function.roles(event) if user_id == bob["id"]]
    assert held == ([row["role_name"]] if row["status"] == "accepted" else [])


@dataclass
class Watch:
    """Counts the event's owners, over and over, as anybody could see them."""

    function: Function
    event: Row
    over: Flag

    def owners(self) -> Counter[int]:
        counted = Counter[int]()
        query = """
            SELECT count(*) FROM users_events_roles e JOIN roles r ON r.id = e.role_id
            WHERE e.event_id = %s AND r.name = 'owner'
        """
        database: Any = self.function.app.wiring.database
        while not self.over.is_set():
            with database.snapshot() as session:
                [[count]] = session.rows(query, self.event["id"])
            counted[count] += 1
        return counted


def test_there_is_one_owner_whatever_happens(function: Function) -> None:
    connection = function.connection
    people = [make_user(connection, f"p{number}@example.com") for number in range(6)]
    event = make_event(connection, people[0])
    for user in people[1:]:
        give_role(connection, user, event, "organizer")
    staff = make_user(connection, is_admin=True)
    made = services(function)
    moderator = InviteChange(frozenset({"role_name"}), None, Role.MODERATOR, None, None, None)
    to_owner = InviteChange(frozenset({"role_name"}), None, Role.OWNER, None, None, None)
    owner_id = str(role_id(connection, "owner"))
    watch = Watch(function, event, Flag())
    total = Counter[str]()
    with ThreadPoolExecutor(1) as watcher:
        seen = watcher.submit(watch.owners)
        try:
            for _ in range(8):
                works: list[Callable[[], object]] = []
                for user in people:
                    # Several pending owner invites at once, as today's server leaves them.
                    function.run("DELETE FROM role_invites WHERE email = :e", e=user["_email"])
                    token = pending(function, event, user, "owner")
                    works += [accepting(made, user, token)] * 2
                    wanted = NewInvite(user["_email"], Role.OWNER, owner_id, str(event["id"]))
                    works.append(partial(create_invite, made, claims(staff), wanted))
                function.connection.commit()
                for row in function.invites():
                    works += [
                        partial(change_invite, made, claims(staff), str(row["id"]), change)
                        for change in (moderator, to_owner)
                    ]
                total += at_once(works)
                owners = [user for user, role in function.roles(event) if role == "owner"]
                assert len(owners) == 1
        finally:
            watch.over.set()
        counted = seen.result()
    assert set(counted) == {1}
    assert total["done"] > 8
    assert set(total) <= {
        "done",
        "invite-declined",
        "invite-exists",
        "invite-not-found",
        "invite-not-pending",
        "invite-open",
        "owner-by-change",
        "role-held",
        "role-not-held",
    }
    assert all(
        sum(1 for other, _ in function.roles(event) if other == user["id"]) for user in people
    )
