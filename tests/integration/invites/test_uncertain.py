"""Defect 9: a change is answered by what became of it, also if its COMMIT is not confirmed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from openevent.adapters import commit
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from tests.cutting import CuttingProxy, cutting_proxy
from tests.database import Server
from tests.factories import Row, make_event, make_user
from tests.integration.invites.driver import Answer, Function


@dataclass
class Case:
    """An event with an invite to Bob, whose mail was sent."""

    function: Function
    ada: Row
    bob: Row
    event: Row
    id: str
    token: str


Act = Callable[[Case], Answer]


ACTIONS: dict[str, tuple[Act, int]] = {
    # What is done, and the mails that it sends.
    "create": (lambda case: case.function.invite(case.ada, case.event, "cy@example.com"), 1),
    "create an owner invite": (
        lambda case: case.function.invite(case.ada, case.event, "cy@example.com", "owner"),
        1,
    ),
    "resend": (lambda case: case.function.resend(case.ada, case.id), 1),
    "change the role": (
        lambda case: case.function.change(case.ada, case.id, role_name="moderator"),
        0,
    ),
    "change the address": (
        lambda case: case.function.change(case.ada, case.id, email="cy@example.com"),
        1,
    ),
    "accept": (lambda case: case.function.accept(case.bob, case.token), 2),
    "accept by status": (
        lambda case: case.function.change(case.bob, case.id, status="accepted"),
        2,
    ),
    "decline": (lambda case: case.function.decline(case.bob, case.token), 0),
    "delete": (lambda case: case.function.delete(case.ada, case.id), 0),
}


@pytest.fixture
def proxy(postgres: Server, tmp_path: Path) -> Iterator[CuttingProxy]:
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(
    function: Function, database_url: str, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> Function:
    """The function, whose connection to the database can be cut."""
    credentials = Credentials.from_url(database_url)
    database = Database(lambda: replace(credentials, host=str(proxy.directory)))
    with database.transaction():
        pass  # the first connection of a process costs more statements than the others
    monkeypatch.setattr(function.app.wiring, "database", database)
    return function


def a_case(function: Function) -> Case:
    ada, bob = make_user(function.connection), make_user(function.connection)
    event = make_event(function.connection, ada)
    # To accept it sends mails: to the new owner and to the former one.
    invite = function.invite(ada, event, bob["_email"], "owner")
    token = function.outbox.token(bob["_email"])
    return Case(function, ada, bob, event, invite.id, token)


def cut_at_commit(function: Function, proxy: CuttingProxy, act: Act, **cut: bool) -> Case:
    """A case, in which the connection will be cut when `act` commits."""
    # An action costs the same number of statements on every event; the last one is COMMIT.
    measured = a_case(function)
    proxy.arm(None)
    assert act(measured).status in (200, 201)
    at_commit = proxy.statements
    case = a_case(function)
    function.outbox.mails.clear()
    proxy.arm(at_commit, **cut)
    return case


@pytest.mark.parametrize("action", ACTIONS)
def test_defect_9_a_commit_that_took_effect_is_a_success(
    through_proxy: Function, proxy: CuttingProxy, action: str
) -> None:
    act, mails = ACTIONS[action]
    case = cut_at_commit(through_proxy, proxy, act, is_done_first=True)
    before = through_proxy.invites()
    answer = act(case)
    assert proxy.has_cut
    assert answer.status == (201 if "create" in action else 200)
    assert "mail-sent" not in answer.text
    assert through_proxy.invites() != before
    assert len(through_proxy.outbox.mails) == mails


@pytest.mark.parametrize("action", ACTIONS)
def test_defect_9_a_commit_that_took_no_effect_can_be_retried(
    through_proxy: Function, proxy: CuttingProxy, action: str
) -> None:
    act, mails = ACTIONS[action]
    case = cut_at_commit(through_proxy, proxy, act)
    before = through_proxy.invites()
    answer = act(case)
    assert proxy.has_cut
    assert (answer.status, answer.code) == (503, "database-unavailable")
    assert through_proxy.invites() == before
    assert through_proxy.outbox.mails == []
    assert act(case).status in (200, 201)
    assert len(through_proxy.outbox.mails) == mails


def test_defect_9_an_outcome_that_cannot_be_read_is_said(
    through_proxy: Function, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "OUTCOME_SECONDS", 0)
    act, _ = ACTIONS["create"]
    case = cut_at_commit(through_proxy, proxy, act, is_done_first=True, stays_down=True)
    answer = act(case)
    assert (answer.status, answer.code) == (503, "outcome-unknown")
    assert through_proxy.outbox.mails == []


@pytest.mark.parametrize(
    ("fault", "reason", "mails"),
    [
        ("MessageRejected", "mail-rejected", 0),
        ("AccountSuspendedException", "mail-account-suspended", 0),
        ("BadRequestException", "mail-invalid", 0),
        ("ServiceUnavailable", "mail-unavailable", 0),
        ("lost answer", "mail-unconfirmed", 1),
    ],
)
def test_why_a_mail_was_not_sent_is_said(
    function: Function, fault: str, reason: str, mails: int
) -> None:
    """A mail is sent once: what SES refuses for good, or may have taken, is not sent again."""
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    function.outbox.fault = fault
    created = function.invite(ada, event)
    assert (created.status, created.json["meta"]["reason"]) == (201, reason)
    assert len(function.outbox.mails) == mails
    changed = function.change(ada, created.id, email="cy@example.com")
    assert (changed.status, changed.json["meta"]["reason"]) == (200, reason)
    resent = function.resend(ada, created.id)
    assert (resent.json["success"], resent.json["meta"]["reason"]) == (False, reason)
