"""Each event that SES documents, in the form in which EventBridge delivers it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.delivery.events import MailEvent, NotOurs, Unknown, read_event
from openevent.delivery.states import Delivery, Fact, State, Step

EXAMPLES = Path(__file__).with_name("examples")
MAIL_ID = "5f0c1e9b7d2a4c6e8f1a3b5c7d9e0f12"
MESSAGE_ID = "010701932f0c9a5c-5c0d4e7e-7a51-4d0c-9a5e-2f6f7d0e8a11-000000"
SENT, LATER = "2026-11-03T09:15:02.012+00:00", "2026-11-03T09:16:02.669+00:00"

# The step, and weight, time, kind and reason of the fact, for each documented event.
MEANINGS = {
    "send": (Step.SENT, (0, SENT, "", "")),
    "delivery": (Step.DELIVERED, (1, LATER, "", "")),
    "delivery-delay": (Step.DELAYED, (0, LATER, "", "")),
    "bounce-permanent-general": (Step.BOUNCED, (3, LATER, "permanent", "no-mailbox")),
    "bounce-permanent-no-email": (Step.BOUNCED, (3, LATER, "permanent", "no-mailbox")),
    "bounce-permanent-suppressed": (Step.BOUNCED, (3, LATER, "permanent", "earlier-bounce")),
    "bounce-permanent-on-account-suppression-list": (
        Step.BOUNCED,
        (3, LATER, "permanent", "earlier-bounce"),
    ),
    "bounce-transient-general": (Step.BOUNCED, (1, LATER, "transient", "temporary")),
    "bounce-transient-mailbox-full": (Step.BOUNCED, (1, LATER, "transient", "mailbox-full")),
    "bounce-transient-message-too-large": (Step.BOUNCED, (1, LATER, "transient", "too-large")),
    "bounce-transient-custom-timeout-exceeded": (Step.BOUNCED, (1, LATER, "transient", "too-late")),
    "bounce-transient-content-rejected": (Step.BOUNCED, (1, LATER, "transient", "content-refused")),
    "bounce-transient-attachment-rejected": (
        Step.BOUNCED,
        (1, LATER, "transient", "content-refused"),
    ),
    "bounce-undetermined": (Step.BOUNCED, (2, LATER, "undetermined", "unknown")),
    "complaint": (Step.COMPLAINT, (0, LATER, "", "")),
    "complaint-on-account-suppression-list": (
        Step.BOUNCED,
        (3, LATER, "permanent", "earlier-complaint"),
    ),
    "reject": (Step.REJECTED, (0, SENT, "", "virus")),
    "rendering-failure": (Step.REJECTED, (0, SENT, "", "template")),
    "subscription": (Step.DELIVERED, (0, LATER, "", "")),
    "open": (Step.DELIVERED, (0, LATER, "", "")),
    "click": (Step.DELIVERED, (0, LATER, "", "")),
}


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return loaded


def test_each_documented_event_has_a_meaning() -> None:
    assert {file.stem for file in EXAMPLES.iterdir()} == set(MEANINGS)


@pytest.mark.parametrize("name", MEANINGS)
def test_a_documented_event_is_understood(name: str) -> None:
    step, fact = MEANINGS[name]

    assert read_event(example(name)) == MailEvent(MAIL_ID, MESSAGE_ID, step, Fact(*fact))


@pytest.mark.parametrize("name", MEANINGS)
def test_nothing_of_the_recipient_is_kept(name: str) -> None:
    read = read_event(example(name))

    assert "@" not in f"{read.step}{read.fact.text}{read.mail_id}{read.message_id}"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", "no-mailbox"),
        ("5.1.10", "no-mailbox"),
        ("5.1.2", "no-domain"),
        ("5.2.1", "no-mailbox"),
        ("5.7.26", "blocked"),
        ("5.0.0", "refused"),
        ("550 <bob@example.com>", "refused"),
        (None, "refused"),
    ],
)
def test_a_permanent_bounce_says_why_by_the_status_of_the_mail_server(
    status: object, reason: str
) -> None:
    event = example("bounce-permanent-general")
    event["detail"]["bounce"]["bouncedRecipients"] = [{"status": status}]

    assert read_event(event).fact.reason == reason


def test_a_bounce_of_a_kind_that_is_new_is_undetermined() -> None:
    event = example("bounce-permanent-general")
    event["detail"]["bounce"] = {"bounceType": "Sideways", "bounceSubType": "Odd"}

    fact = read_event(event).fact
    assert (fact.kind, fact.reason, fact.at) == ("undetermined", "unknown", SENT)


@pytest.mark.parametrize("tags", [{}, {"open-event-mail": []}, {"open-event-mail": ["bob"]}, None])
def test_mail_of_others_is_not_ours(tags: object) -> None:
    event = example("delivery")
    event["detail"]["mail"]["tags"] = tags

    with pytest.raises(NotOurs):
        read_event(event)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("source",), "aws.s3"),
        (("detail",), None),
        (("detail", "mail"), "x"),
        (("detail", "eventType"), "Levitated"),
        (("detail", "eventType"), ["Send"]),
    ],
)
def test_what_is_not_known_is_called_unknown(place: tuple[str, ...], value: object) -> None:
    event = example("delivery")
    inner = event
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value

    with pytest.raises(Unknown):
        read_event(event)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["timestamp", "status", "mail"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        found += places(inner, (*path, key)) if isinstance(inner, (dict, list)) else [(*path, key)]
    return found


@given(st.sampled_from(sorted(MEANINGS)), st.data())
def test_any_part_can_be_anything(name: str, data: st.DataObject) -> None:
    event = deepcopy(example(name))
    place = data.draw(st.sampled_from(places(event)))
    inner: Any = event
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = data.draw(junk)

    try:
        read = read_event(event)
    except (NotOurs, Unknown):
        return
    assert Delivery().joined(read.step, read.fact).state in State
    assert Fact.of(read.fact.text) == read.fact
