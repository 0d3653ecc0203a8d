"""The state of a mail does not depend on the order of its events, or on repeated ones."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.delivery.events import MailEvent, read_event
from openevent.delivery.reasons import Kind, Reason
from openevent.delivery.states import Delivery, Fact, State, Step
from tests.unit.delivery.test_events import EXAMPLES, example

ALL = [read_event(example(file.stem)) for file in sorted(EXAMPLES.iterdir())]

moments = st.sampled_from([f"2026-11-03T09:15:0{second}.000+00:00" for second in range(4)])
known = st.tuples(
    st.sampled_from(Step),
    st.builds(
        Fact,
        weight=st.integers(0, 3),
        at=moments,
        kind=st.sampled_from(["", *Kind]),
        reason=st.sampled_from(["", *Reason, "mail-rejected"]),
    ),
)


def reported(*names: str) -> Delivery:
    delivery = Delivery()
    for name in names:
        event = read_event(example(name))
        delivery = delivery.joined(event.step, event.fact)
    return delivery


@given(st.lists(known, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(
    facts: list[tuple[Step, Fact]],
    random: Random,
) -> None:
    shuffled = facts + random.choices(facts, k=4) if facts else []
    random.shuffle(shuffled)

    one, other = Delivery(), Delivery()
    for step, fact in facts:
        one = one.joined(step, fact)
    for step, fact in shuffled:
        other = other.joined(step, fact)

    assert one == other
    assert one.document() == other.document()


@given(known, known)
def test_facts_compare_as_their_texts_do(one: tuple[Step, Fact], other: tuple[Step, Fact]) -> None:
    """DynamoDB compares the texts."""
    assert (one[1] < other[1]) == (one[1].text < other[1].text)


# What is reported of a mail, and what became of it; in any order, and with these gaps.
ENDS = [
    (("send",), State.SENT, "send"),
    (("send", "delivery-delay"), State.DELAYED, "delivery-delay"),
    (("send", "delivery-delay", "delivery"), State.DELIVERED, "delivery"),
    # The delivery is missing.
    (("open",), State.DELIVERED, "open"),
    (("send", "click", "delivery"), State.DELIVERED, "delivery"),
    (("send", "bounce-permanent-general"), State.BOUNCED, "bounce-permanent-general"),
    # A bounce that comes after the delivery, and from another mail server.
    (("delivery", "bounce-permanent-general"), State.BOUNCED, "bounce-permanent-general"),
    (("delivery", "bounce-undetermined"), State.BOUNCED, "bounce-undetermined"),
    (("delivery", "bounce-transient-mailbox-full"), State.BOUNCED, "bounce-transient-mailbox-full"),
    # An automatic reply.
    (("delivery", "bounce-transient-general"), State.DELIVERED, "delivery"),
    # The same without a delivery: the mail server never took it.
    (("send", "bounce-transient-general"), State.BOUNCED, "bounce-transient-general"),
    (
        ("bounce-transient-general", "bounce-permanent-general", "delivery"),
        State.BOUNCED,
        "bounce-permanent-general",
    ),
    (("send", "delivery", "complaint"), State.COMPLAINT, "complaint"),
    (("complaint",), State.COMPLAINT, "complaint"),
    (("send", "reject"), State.REJECTED, "reject"),
    (("rendering-failure",), State.REJECTED, "rendering-failure"),
    (
        ("send", "complaint-on-account-suppression-list"),
        State.BOUNCED,
        "complaint-on-account-suppression-list",
    ),
]


@pytest.mark.parametrize(("names", "state", "deciding"), ENDS)
def test_a_mail_ends_right_in_every_order(
    names: tuple[str, ...], state: State, deciding: str
) -> None:
    fact = read_event(example(deciding)).fact
    for order in itertools.permutations(names):
        assert (reported(*order).state, reported(*order).fact) == (state, fact)


def test_a_mail_that_nothing_is_known_of_is_unconfirmed() -> None:
    assert Delivery().document() == {
        "state": "unconfirmed",
        "at": None,
        "kind": None,
        "reason": None,
        "sentence": "The mail service has not confirmed the mail yet.",
    }


def test_a_bounce_is_shown_with_its_kind_and_a_sentence() -> None:
    assert reported("delivery", "bounce-permanent-general").document() == {
        "state": "bounced",
        "at": "2026-11-03T09:16:02.669+00:00",
        "kind": "permanent",
        "reason": "no-mailbox",
        "sentence": "The mailbox does not exist. Check the address.",
    }


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.fact.text)
def test_every_state_has_a_sentence(event: MailEvent) -> None:
    assert Delivery({event.step: event.fact}).sentence.endswith(".")
