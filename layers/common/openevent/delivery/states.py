"""States of a mail: what is known of it, and which state follows. Pure.

What is known of a mail is a set of facts, one for each step that it can take. SES's events come
late, twice and out of order, so facts are joined: of two facts about the same step, the greater one
is kept. The join is commutative, associative and idempotent, and the state follows from the facts
alone. So the state is the same whatever the order in which they arrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from openevent.delivery.reasons import Kind, Reason, sentence_of


class Step(StrEnum):
    """Steps that a mail can take. Each is the name of an attribute of its record."""

    NOT_SENT = "not_sent"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    COMPLAINT = "complaint"


class State(StrEnum):
    """States of a mail that people see.

    `UNCONFIRMED`: SES may have taken the mail, and has reported nothing yet.
    """

    UNCONFIRMED = "unconfirmed"
    NOT_SENT = "not-sent"
    SUPPRESSED = "suppressed"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    COMPLAINT = "complaint"


# The step that decides the state, the strongest first. A recipient who complains has the mail. A
# bounce that comes after a delivery says that the mailbox did not get it after all.
_STRONGEST = (
    Step.COMPLAINT,
    Step.REJECTED,
    Step.BOUNCED,
    Step.DELIVERED,
    Step.DELAYED,
    Step.SENT,
    Step.SUPPRESSED,
    Step.NOT_SENT,
)

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """Knowledge of one step. Facts are compared by `weight`, then by time.

    `weight`: a digit; the heavier of two bounces is kept. `at`: the time, ISO 8601 in UTC with
    milliseconds, so that texts compare as times do. `kind` and `reason`: empty if there is none.
    """

    weight: int
    at: str
    kind: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """The fact as one text. Texts compare as facts do."""
        return _SEPARATOR.join((str(self.weight), self.at, self.kind, self.reason))

    @classmethod
    def of(cls, text: str) -> Self:
        """Read the text of a fact."""
        weight, at, kind, reason = text.split(_SEPARATOR)
        return cls(int(weight), at, kind, reason)

    @property
    def may_be_a_reply(self) -> bool:
        """Whether a bounce of this kind can be an automatic reply, such as "out of office".

        SES reports such replies as general transient bounces, after the delivery.
        """
        return (self.kind, self.reason) == (Kind.TRANSIENT, Reason.TEMPORARY)


@dataclass(frozen=True, slots=True)
class Delivery:
    """All facts that are known of a mail."""

    facts: Mapping[Step, Fact] = field(default_factory=dict)

    def joined(self, step: Step, fact: Fact) -> "Delivery":
        """Return what is known with one fact more."""
        known = self.facts.get(step)
        return self if known and known >= fact else Delivery({**self.facts, step: fact})

    @property
    def _step(self) -> Step | None:
        """The step that decides the state; None if nothing is known."""
        return next((step for step in _STRONGEST if self._counts(step)), None)

    def _counts(self, step: Step) -> bool:
        fact = self.facts.get(step)
        if fact is None:
            return False
        # A mailbox that answers by itself has the mail.
        return not (step is Step.BOUNCED and fact.may_be_a_reply and Step.DELIVERED in self.facts)

    @property
    def state(self) -> State:
        """The state."""
        return State.UNCONFIRMED if self._step is None else State[self._step.name]

    @property
    def fact(self) -> Fact | None:
        """The fact that decides the state; None if nothing is known."""
        return None if self._step is None else self.facts[self._step]

    @property
    def sentence(self) -> str:
        """The state as a sentence for the person who sent the mail, with what to do."""
        fact = self.fact
        return sentence_of(self.state, "" if fact is None else fact.reason)

    def document(self) -> dict[str, str | None]:
        """Return what clients see: state, time, kind and reason (None if there is none), sentence.

        The kind is that of a bounce: permanent, transient or undetermined.
        """
        fact = self.fact
        return {
            "state": self.state.value,
            "at": fact.at if fact else None,
            "kind": (fact.kind or None) if fact else None,
            "reason": (fact.reason or None) if fact else None,
            "sentence": self.sentence,
        }


def as_time(moment: datetime) -> str:
    """Return `moment` in the form of `Fact.at`; without a time zone, it is in UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
