"""Records of mails in DynamoDB: the writes join facts, as the pure rules do."""

from random import Random
from typing import TYPE_CHECKING

import pytest

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused, MailUnconfirmed, Message
from openevent.delivery.events import read_event
from openevent.delivery.record import About, Subject
from openevent.delivery.sender import Sender
from openevent.delivery.states import Delivery, State
from openevent.delivery.store import KEPT_DAYS, DeliveryStore
from openevent.errors import Unavailable
from tests.unit.delivery.test_events import MEANINGS, example

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_795_262_400
ABOUT = About(Subject.INVITE, user_id=1, event_id=2, invite_id=3)
MESSAGE = Message("Hello", "Hello.", "<p>Hello.</p>")


@pytest.fixture
def store(dynamodb: "DynamoDBClient") -> DeliveryStore:
    """A table with the key and the time to live that the store needs."""
    return DeliveryStore(dynamodb, "limits", clock=lambda: NOW)


def test_the_table_joins_facts_in_every_order(store: DeliveryStore) -> None:
    events = [read_event(example(name)) for name in MEANINGS]
    random = Random(12)  # noqa: S311 - for a test
    for number in range(8):
        chosen = random.sample(events, 5)
        expected = Delivery()
        for event in chosen:
            expected = expected.joined(event.step, event.fact)
        delivered = [*chosen, *random.choices(chosen, k=3)]
        random.shuffle(delivered)
        # The mail's own record may be written before, between or after its events.
        opened = random.randrange(len(delivered) + 1)
        for place, event in enumerate(delivered):
            if place == opened:
                store.open(str(number), ABOUT)
            store.add(str(number), event.step, event.fact, event.message_id)
        if opened == len(delivered):
            store.open(str(number), ABOUT)

        record = store.find(str(number))

        assert record is not None
        assert (record.about, record.delivery) == (ABOUT, expected)


def test_a_record_expires(store: DeliveryStore) -> None:
    store.open("a", ABOUT)
    item = store.client.get_item(TableName="limits", Key={"id": {"S": "a"}})["Item"]
    assert item["expires_at"] == {"N": str(NOW + KEPT_DAYS * 86_400)}


def test_hundreds_of_records_are_read_at_once(store: DeliveryStore) -> None:
    ids = [f"{number:032x}" for number in range(103)]
    for mail_id in ids[::3]:
        store.open(mail_id, ABOUT)
    assert set(store.find_all(ids)) == set(ids[::3])
    assert store.find_all([]) == {}


def test_a_notice_is_claimed_once(store: DeliveryStore) -> None:
    assert store.claim_notice("a", "one", seconds=60)
    # The answer to the claim was lost, and the call is repeated.
    assert store.claim_notice("a", "one", seconds=60)
    assert not store.claim_notice("a", "other", seconds=60)
    later = DeliveryStore(store.client, store.table, clock=lambda: NOW + 60)
    assert later.claim_notice("a", "other", seconds=60)
    later.release_notice("a")
    assert later.claim_notice("a", "third", seconds=60)
    later.end_notice("a")
    for owner in ("third", "fourth"):
        assert not later.claim_notice("a", owner, seconds=60)


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (None, State.SENT, ""),
        (MailRefused("mail-rejected"), State.NOT_SENT, "mail-rejected"),
        (Unavailable("mail-unavailable", "Away."), State.NOT_SENT, "mail-unavailable"),
        (MailUnconfirmed("mail-unconfirmed", "Lost."), State.UNCONFIRMED, None),
    ],
)
def test_a_mail_is_recorded_before_and_after_it_is_sent(
    store: DeliveryStore,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception | None,
    state: State,
    reason: str | None,
) -> None:
    def send(client: object, message: Message, **options: object) -> str:
        assert (client, message) == (None, MESSAGE)
        assert options == {
            "sender": "noreply@example.com",
            "to": "bob@example.com",
            "configuration_set": "open-event",
            "tags": {"open-event-mail": "a"},
        }
        record = store.find("a")
        assert record is not None
        assert (record.about, record.delivery.state) == (ABOUT, State.UNCONFIRMED)
        if fault is not None:
            raise fault
        return "message-1"

    monkeypatch.setattr(mail, "send", send)
    made = Sender(None, store, "noreply@example.com", "open-event")  # type: ignore[arg-type]

    if fault is None:
        made.send(MESSAGE, to="bob@example.com", mail_id="a", about=ABOUT)
    else:
        with pytest.raises(type(fault)):
            made.send(MESSAGE, to="bob@example.com", mail_id="a", about=ABOUT)

    record = store.find("a")
    assert record is not None
    fact = record.delivery.fact
    assert (record.delivery.state, None if fact is None else fact.reason) == (state, reason)


def test_a_mail_is_sent_although_its_record_cannot_be_written(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Message] = []

    def send(_ses: object, message: Message, **_: object) -> str:
        sent.append(message)
        return "m"

    monkeypatch.setattr(mail, "send", send)
    away = DeliveryStore(dynamodb, "missing")

    Sender(None, away, "noreply@example.com", "").send(  # type: ignore[arg-type]
        MESSAGE, to="bob@example.com", mail_id="a", about=ABOUT
    )

    assert sent == [MESSAGE]
    with pytest.raises(Unavailable):
        away.find("a")
