"""Random actions in random order: the function agrees with a model of a few lines."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories import Row, make_event, make_user
from tests.integration.invites.driver import Answer, Function

PEOPLE = ("ada", "bob", "cy", "dee")
ROLES = ("owner", "organizer", "coorganizer", "moderator")
INVITING = {"owner", "organizer"}
TEAM = {*INVITING, "coorganizer"}
STATUS = {"accept": "accepted", "decline": "declined"}

person = st.sampled_from(PEOPLE)
# None is the person who has the right; random people would be refused nearly always.
anybody = st.none() | person
answers = st.sampled_from(["accept", "accept", "decline"])
beginning = st.tuples(st.sampled_from(("owner", *ROLES)), st.none() | answers)
role = st.sampled_from(ROLES)
number = st.integers(0, 5)


@dataclass
class Invite:
    email: str
    role: str
    token: str
    status: str = "pending"
    expired: bool = False

    @property
    def is_open(self) -> bool:
        return self.status == "pending" and not self.expired


@dataclass
class Model:
    """Roles by person, and invites by id: everything that the rules depend on."""

    held: dict[str, set[str]] = field(
        default_factory=lambda: {name: {"owner"} if name == "ada" else set() for name in PEOPLE}
    )
    invites: dict[str, Invite] = field(default_factory=dict)

    def create(self, by: str, to: str, role: str) -> int:
        if not self.held[by] & ({"owner"} if role == "owner" else INVITING):
            return 403
        if self.open_for(to) or role in self.held[to]:
            return 409
        return 201

    def open_for(self, to: str, but: Invite | None = None) -> bool:
        return any(i.is_open for i in self.invites.values() if i.email == to and i is not but)

    def drop_owner_invites(self, but: Invite) -> None:
        self.invites = {
            id_: i
            for id_, i in self.invites.items()
            if i is but or (i.role, i.status) != ("owner", "pending")
        }

    def may_read(self, by: str, invite: Invite) -> bool:
        return bool(self.held[by] & TEAM) or by == invite.email

    def resend(self, by: str, invite: Invite) -> int:
        if not self.held[by] & TEAM:
            return 403 if self.may_read(by, invite) else 404
        return 409 if invite.status != "pending" or self.open_for(invite.email, invite) else 200

    def delete(self, by: str, invite: Invite) -> int:
        if not self.may_read(by, invite):
            return 404
        return 403 if not self.held[by] & INVITING else 409 * (invite.status == "accepted") or 200

    def answer(self, by: str, invite: Invite, answer: str) -> int:
        if by != invite.email:
            return 403
        if invite.status == answer:
            return 200
        return 409 if invite.status != "pending" else 410 if invite.expired else 200

    def accepted(self, invite: Invite) -> None:
        if invite.role == "owner":
            for roles in self.held.values():
                if "owner" in roles:
                    roles ^= {"owner"}
                    roles |= {"organizer"}
            self.drop_owner_invites(invite)
        self.held[invite.email].add(invite.role)

    def change(self, by: str, invite: Invite, role: str) -> int:  # noqa: PLR0911 - one a rule
        if not self.may_read(by, invite):
            return 404
        if not self.held[by] & INVITING:
            return 422
        if role == invite.role:
            return 200
        taken = self.has_twin(invite, role)
        held = self.held[invite.email]
        if invite.status == "accepted":
            return (
                403 * ("owner" in (role, invite.role))
                or 409 * (taken or invite.role not in held)
                or 200
            )
        if invite.status == "declined":
            return 409
        if role == "owner" and "owner" not in self.held[by]:
            return 403
        return 409 * (taken or self.open_for(invite.email, invite) or role in held) or 200

    def has_twin(self, invite: Invite, role: str) -> bool:
        """Whether the table has a row of that address and role already, dead as it may be."""
        return any(
            i is not invite and (i.email, i.role) == (invite.email, role)
            for i in self.invites.values()
        )


class Machine(RuleBasedStateMachine):
    """Four people and an event."""

    function: Function
    people: dict[str, Row]
    reached: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.event = make_event(self.function.connection, self.people["ada"])
        self.model = Model()
        self.tokens: list[tuple[str, str]] = []

    @property
    def owner(self) -> str:
        return next(name for name, roles in self.model.held.items() if "owner" in roles)

    def pick(self, number: int) -> tuple[str, Invite] | None:
        known = list(self.model.invites.items())
        return known[number % len(known)] if known else None

    def check(self, answer: Answer, expected: int) -> bool:
        assert answer.status == expected, answer.text
        assert not any(token in answer.text for _, token in self.tokens)
        return 200 <= expected < 300

    def mailed(self, to: str) -> str:
        token = self.function.outbox.token(f"{to}@example.com")
        self.tokens.append((to, token))
        return token

    @initialize(begun=st.lists(beginning, min_size=3, max_size=3))
    def begin(self, begun: list[tuple[str, str | None]]) -> None:
        # A run may come without any one of the rules: some invites and answers are always there.
        for to, (role, answer) in zip(PEOPLE[1:], begun, strict=True):
            self.create(by=None, to=to, role=role)
            if answer is not None:
                self.answer_by_mail(by=None, number=-1, answer=answer)

    @rule(by=anybody, to=person, role=role)
    def create(self, by: str | None, to: str, role: str) -> None:
        by = by or self.owner
        answer = self.function.invite(self.people[by], self.event, f"{to}@example.com", role)
        if self.check(answer, self.model.create(by, to, role)):
            old = self.model.invites.get(answer.id)
            assert old is None or (old.email, old.role, old.is_open) == (to, role, False)
            made = self.model.invites[answer.id] = Invite(to, role, self.mailed(to))
            if role == "owner":
                self.model.drop_owner_invites(made)

    @rule(by=anybody, number=number)
    def resend(self, by: str | None, number: int) -> None:
        if picked := self.pick(number):
            by = by or self.owner
            id_, invite = picked
            answer = self.function.resend(self.people[by], id_)
            if self.check(answer, self.model.resend(by, invite)):
                invite.token, invite.expired = self.mailed(invite.email), False

    @rule(by=anybody, number=number)
    def delete(self, by: str | None, number: int) -> None:
        if picked := self.pick(number):
            by = by or self.owner
            id_, invite = picked
            answer = self.function.delete(self.people[by], id_)
            if self.check(answer, self.model.delete(by, invite)):
                del self.model.invites[id_]

    @rule(by=anybody, number=number, answer=answers)
    def answer_by_mail(self, by: str | None, number: int, answer: str) -> None:
        if picked := self.pick(number):
            _, invite = picked
            by = by or invite.email
            expected = self.model.answer(by, invite, STATUS[answer])
            call = {"accept": self.function.accept, "decline": self.function.decline}[answer]
            self.answered(call(self.people[by], invite.token), expected, invite, STATUS[answer])

    @rule(by=anybody, number=number, answer=answers)
    def answer_by_status(self, by: str | None, number: int, answer: str) -> None:
        if picked := self.pick(number):
            id_, invite = picked
            by = by or invite.email
            status = STATUS[answer]
            expected = self.model.answer(by, invite, status)
            if expected == 403:
                # A status that stays is no change of an organizer.
                stays = invite.status == status and self.model.held[by] & INVITING
                expected = 200 if stays else 422 if self.model.may_read(by, invite) else 404
            done = self.function.change(self.people[by], id_, status=status)
            self.answered(done, expected, invite, status)

    def answered(self, answer: Answer, expected: int, invite: Invite, status: str) -> None:
        if self.check(answer, expected) and invite.status == "pending":
            self.reached[status] += 1
            self.reached["handover"] += (status, invite.role) == ("accepted", "owner")
            invite.status = status
            if status == "accepted":
                self.model.accepted(invite)

    @rule(number=number)
    def answer_with_a_dead_token(self, number: int) -> None:
        alive = {invite.token for invite in self.model.invites.values()}
        if dead := [(to, token) for to, token in self.tokens if token not in alive]:
            to, token = dead[number % len(dead)]
            self.check(self.function.accept(self.people[to], token), 404)

    @rule(by=anybody, number=number, role=role)
    def change_role(self, by: str | None, number: int, role: str) -> None:
        if picked := self.pick(number):
            by = by or self.owner
            id_, invite = picked
            answer = self.function.change(self.people[by], id_, role_name=role)
            if self.check(answer, self.model.change(by, invite, role)):
                if invite.status == "accepted" and role != invite.role:
                    self.model.held[invite.email] -= {invite.role}
                    self.model.held[invite.email] |= {role}
                changed = invite.role != role
                invite.role = role
                if changed and role == "owner":
                    self.model.drop_owner_invites(invite)

    @rule(number=number)
    def let_expire(self, number: int) -> None:
        if picked := self.pick(number):
            id_, invite = picked
            self.function.run(
                "UPDATE role_invites SET created_at = now() - interval '7 days' WHERE id = :id",
                id=int(id_),
            )
            invite.expired = True

    @invariant()
    def agrees(self) -> None:
        names = {row["id"]: name for name, row in self.people.items()}
        held = {(names[user_id], role) for user_id, role in self.function.roles(self.event)}
        assert held == {(who, role) for who, roles in self.model.held.items() for role in roles}
        assert [role for _, role in held].count("owner") == 1
        rows = [row for row in self.function.invites() if row["event_id"] == self.event["id"]]
        assert {
            (str(row["id"]), row["email"].partition("@")[0], row["role_name"], row["status"])
            for row in rows
        } == {(id_, i.email, i.role, i.status) for id_, i in self.model.invites.items()}


def test_people_do_what_they_like(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    people = {name: make_user(function.connection, f"{name}@example.com") for name in PEOPLE}
    limits = ("token_lookups_per_minute", "invite_mails_per_hour", "invite_mails_per_day")
    unlimited = dict.fromkeys((*limits, "invite_mails_per_recipient"), 10**6)
    changed = function.app.wiring.settings.model_copy(update=unlimited)
    monkeypatch.setattr(function.app.wiring, "settings", changed)
    reached = Counter[str]()
    parts = {"function": function, "people": people, "reached": reached}
    machine = type("Machine", (Machine,), parts)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Most of what people like is refused: what is not has to have happened as well.
    assert min(reached[what] for what in ("accepted", "declined", "handover")) > 0
