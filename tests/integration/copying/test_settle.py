"""10.7: what a copy left that was cut off at any point is finished or removed, by the database."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.adapters import commit as commit_module
from openevent.errors import Conflict
from openevent.making import leftovers
from openevent.making.intents import Answer, Intent, Making
from openevent.making.journal import Journal
from openevent.making.settle import Settlement, Settler
from tests import factories
from tests.factories import Row
from tests.integration.copying.conftest import BUCKET, Copying, copy_call

KEY = "a-key"


class Killed(BaseException):
    """The function's process ends here: nothing after this runs in it."""


class DyingJournal(Journal):
    """A journal of a process that is killed, at one of its notes or after the commit."""

    dies_at = ""

    def announce(self, making: Making) -> None:
        super().announce(making)
        self._die("announced")

    def note_answer(self, answer: Answer) -> None:
        super().note_answer(answer)
        self._die("before the commit")

    def finish(self) -> None:
        self._die("after the commit")

    def abandon(self) -> None:
        """A process that was killed abandons nothing."""

    def _die(self, at: str) -> None:
        if self.dies_at == at:
            raise Killed


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


@pytest.fixture
def event(copying: Copying, connection: Connection, owner: Row) -> Row:
    event = factories.make_event(connection, owner)
    for number in range(3):
        logo = copying.media.put(f"events/{event['id']}/sponsors/{number}.png")
        factories.make_sponsor(connection, event, logo_url=logo)
    return event


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let copies be killed, where `DyingJournal.dies_at` says."""
    monkeypatch.setattr("openevent.copying.copy.Journal", DyingJournal)
    # A process that was killed cleans up nothing either.
    monkeypatch.setattr("openevent.making.ending.remove_all", lambda *_: False)


def copy_killed(copying: Copying, event: Row, owner: Row, at: str, *, key: str | None) -> None:
    """Copy in an invocation that has 60 seconds, and is killed."""
    DyingJournal.dies_at = at
    with pytest.raises(Killed):
        copying.copy(event, owner, key=key, seconds=60)
    DyingJournal.dies_at = ""


def settler(copying: Copying, *, later: float = 0) -> Settler:
    """Settles intents, with a clock that is `later` seconds ahead."""
    deps = copying.deps
    settler = Settler(deps.database, deps.intents, deps.s3, BUCKET)
    return replace(settler, clock=lambda: settler.clock() + later)


def open_intents(copying: Copying) -> list[Intent]:
    return list(copying.deps.intents.older_than(-10))


def number_of_events(copying: Copying) -> int:
    return len(copying.snapshot().rows("events"))


# A retry


@pytest.mark.usefixtures("killed")
def test_a_retry_gets_the_copy_whose_answer_was_never_recorded(
    copying: Copying, event: Row, owner: Row
) -> None:
    """10.7 b: killed between the commit and the record, the same key made a second copy."""
    copy_killed(copying, event, owner, "after the commit", key=KEY)
    assert number_of_events(copying) == 2
    answer = copying.copy(event, owner, key=KEY)
    assert answer["rows"]["sponsors"] == 3
    assert copying.event(answer["id"])["identifier"] == answer["identifier"]
    assert number_of_events(copying) == 2
    assert copying.copy(event, owner, key=KEY) == answer
    assert open_intents(copying) == []


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize("at", ["announced", "before the commit"])
def test_a_retry_copies_once_the_killed_call_is_over(
    copying: Copying, event: Row, owner: Row, at: str
) -> None:
    keys = copying.media.keys()
    copy_killed(copying, event, owner, at, key=KEY)
    with pytest.raises(Conflict) as refused:
        copying.copy(event, owner, key=KEY)
    assert refused.value.code == "copy-in-progress"
    (intent,) = open_intents(copying)
    copying.deps.intents.release(intent)
    answer = copying.copy(event, owner, key=KEY)
    assert number_of_events(copying) == 2
    made = copying.media.keys() - keys
    assert len(made) == 3
    assert all(key.startswith(f"events/{answer['id']}/{answer['identifier']}/") for key in made)


# The sweeper


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize("key", [KEY, None])
def test_the_sweeper_removes_what_a_killed_copy_left(
    copying: Copying, event: Row, owner: Row, key: str | None
) -> None:
    rows, keys = copying.snapshot(), copying.media.keys()
    copy_killed(copying, event, owner, "before the commit", key=key)
    assert len(copying.media.keys() - keys) == 3
    (intent,) = open_intents(copying)
    assert settler(copying).settle(intent) is Settlement.WAITING
    assert settler(copying, later=120).settle(intent) is Settlement.REMOVED
    assert copying.media.keys() == keys
    assert copying.snapshot() == rows
    assert clients.dynamodb().scan(TableName="copies")["Items"] == []


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize("key", [KEY, None])
def test_the_sweeper_keeps_what_was_copied(
    copying: Copying, event: Row, owner: Row, key: str | None
) -> None:
    keys = copying.media.keys()
    copy_killed(copying, event, owner, "after the commit", key=key)
    (intent,) = open_intents(copying)
    # At once: a copy that is there needs no waiting.
    assert settler(copying).settle(intent) is Settlement.FINISHED
    assert len(copying.media.keys() - keys) == 3
    assert open_intents(copying) == []
    items = clients.dynamodb().scan(TableName="copies")["Items"]
    assert len(items) == (key is not None)
    assert all("expires_at" in item for item in items)


def test_the_sweeper_waits_for_a_transaction_that_runs(
    copying: Copying, event: Row, owner: Row
) -> None:
    intents = copying.deps.intents
    intent, _ = intents.begin(copy_call(event, owner, seconds=-60))
    with copying.deps.database.transaction() as session:
        making = Making(
            99, "feedbeef", "events/99/feedbeef/", commit_module.transaction_id(session)
        )
        intents.note_making(intent, making)
        (found,) = open_intents(copying)
        assert settler(copying).settle(found) is Settlement.WAITING
    # It committed, without such an event: that was deleted since.
    assert settler(copying).settle(found) is Settlement.FINISHED


def test_an_intent_of_a_call_that_made_nothing_is_forgotten(
    copying: Copying, event: Row, owner: Row
) -> None:
    intent, _ = copying.deps.intents.begin(copy_call(event, owner, seconds=60))
    assert settler(copying).settle(intent) is Settlement.WAITING
    assert settler(copying, later=120).settle(intent) is Settlement.REMOVED
    assert open_intents(copying) == []


def test_a_transaction_that_the_database_does_not_know_is_counted(
    copying: Copying, event: Row, owner: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10.7 a: after the restore of a backup, say. What there is is kept, and said."""
    copying.media.put("events/99/feedbeef/1/logo.png")
    copying.media.put("events/99/another/logo.png")
    intent, _ = copying.deps.intents.begin(copy_call(event, owner, seconds=-60))
    making = Making(99, "feedbeef", "events/99/feedbeef/", 2**40)
    copying.deps.intents.note_making(intent, making)
    (found,) = open_intents(copying)
    counted = counted_metrics(monkeypatch)
    keys = copying.media.keys()
    assert settler(copying).settle(found) is Settlement.UNKNOWN
    assert counted == [("MediaLeftBehind", 1)]
    assert copying.media.keys() == keys
    assert open_intents(copying) == [found]
    # The operator removes the object: there is nothing left to count.
    copying.media.client.delete_object(Bucket=BUCKET, Key="events/99/feedbeef/1/logo.png")
    assert settler(copying).settle(found) is Settlement.UNKNOWN
    assert counted == [("MediaLeftBehind", 1)]
    assert open_intents(copying) == []


@pytest.mark.usefixtures("killed")
def test_only_the_copys_own_prefix_is_removed(copying: Copying, event: Row, owner: Row) -> None:
    """A group of the same number keeps its images under the same folder."""
    copy_killed(copying, event, owner, "before the commit", key=None)
    (intent,) = open_intents(copying)
    assert intent.making is not None
    banner = f"events/{intent.making.event_id}/thumbnail/banner.jpg"
    copying.media.put(banner)
    copying.media.client.create_multipart_upload(
        Bucket=BUCKET, Key=f"{intent.making.prefix}video.mp4"
    )
    assert settler(copying, later=120).settle(intent) is Settlement.REMOVED
    left = copying.media.keys()
    assert banner in left
    assert not [key for key in left if key.startswith(intent.making.prefix)]
    assert copying.media.uploads() == 0


@pytest.mark.usefixtures("killed")
def test_what_cannot_be_removed_now_is_removed_later(
    copying: Copying,
    event: Row,
    owner: Row,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy_killed(copying, event, owner, "before the commit", key=None)
    (intent,) = open_intents(copying)
    counted = counted_metrics(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "delete_keys", lambda _client, _bucket, keys: keys)
        assert settler(copying, later=120).settle(intent) is Settlement.WAITING
    assert counted == [("MediaLeftBehind", 3)]
    assert settler(copying, later=120).settle(intent) is Settlement.REMOVED


def counted_metrics(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    counted: list[tuple[str, float]] = []

    def note(name: str, _unit: object, value: float) -> None:
        counted.append((name, value))

    monkeypatch.setattr(leftovers.metrics, "add_metric", note)
    return counted
