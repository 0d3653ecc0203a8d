"""One transaction of a constant number of statements, whatever happens beside it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from openevent.errors import Conflict, Unavailable
from openevent.making.names import new_identifier
from tests import counting, factories
from tests.database import engine
from tests.factories import FullEvent
from tests.integration.copying.conftest import Copying

# One to begin with, two to look at the original, a table of ids, two a table that is copied (one
# where its rows have no id), one a column of media, …
STATEMENTS = 68
WITH_SESSIONS = 84

# One to begin with, the original, its group, the ids, the rows and the media.
MESSAGES = 6


@contextmanager
def messages(copying: Copying) -> Iterator[list[str]]:
    """The messages with statements that are sent meanwhile."""
    with copying.deps.database.snapshot():
        pass  # the first one reads the schema
    with counting.database_statements() as seen:
        yield seen


@contextmanager
def before(beginning: str, act: Callable[[], Any]) -> Iterator[None]:
    """Do something, once, before the first message with a statement of that beginning is sent."""
    left = [act]

    def run(message: str) -> None:
        if beginning in message and left:
            left.pop()()

    with counting.before_database_statements(run):
        yield
    assert not left


@pytest.fixture
def full(connection: Connection) -> FullEvent:
    return factories.make_full_event(connection, 2)


@pytest.mark.parametrize("rows", [1, 50])
def test_the_number_of_statements_is_that_of_tables(
    copying: Copying, connection: Connection, rows: int
) -> None:
    full = factories.make_full_event(connection, rows)
    with messages(copying) as seen:
        answer = copying.copy(full.event, full.owner)
    assert answer["rows"]["tickets"] == rows
    assert (len(seen), len(counting.separate(seen))) == (MESSAGES, STATEMENTS)
    with messages(copying) as seen:
        copying.copy(full.event, full.owner, {"include": ["sessions"]})
    assert (len(seen), len(counting.separate(seen))) == (MESSAGES, WITH_SESSIONS)


@pytest.mark.parametrize("rows", [1, 50])
def test_with_media_and_dates_it_is_constant_too(
    copying: Copying, connection: Connection, rows: int
) -> None:
    address = copying.media.put("events/1/logo.png")
    full = factories.make_full_event(connection, rows)
    copying.run("UPDATE sponsors SET logo_url = :address || '?' || id", address=address)
    copying.run("UPDATE exhibitors SET banner_url = :address", address=address)
    with messages(copying) as seen:
        copying.copy(full.event, full.owner, {"starts_at": "2030-01-01T00:00:00Z"})
    # The timezone, nine columns of dates, tables of dates and of texts with what is in them, two
    # updates. Those of the dates before them, and of the texts, are messages of their own.
    assert len(counting.separate(seen)) == STATEMENTS + 1 + 9 + 2 + 2 + 2
    assert len(seen) == MESSAGES + 3


def test_new_ids_are_in_the_order_of_the_old(copying: Copying, connection: Connection) -> None:
    owner = factories.make_user(connection)
    original = factories.make_event(connection, owner)
    for number in range(20):
        factories.make_ticket(connection, original, name=f"Ticket {number}")
    # The place of a row in its file does not depend on its age.
    copying.run("UPDATE tickets SET description = 'moved' WHERE id % 3 = 0")
    new_id = copying.copy(original, owner)["id"]
    assert [row["name"] for row in copying.rows("tickets", new_id)] == [
        f"Ticket {number}" for number in range(20)
    ]


def test_identifiers_are_eight_digits_and_never_a_number() -> None:
    made = {new_identifier() for _ in range(2000)}
    assert len(made) > 1990
    assert all(len(identifier) == 8 and not identifier.isdigit() for identifier in made)
    assert all(set(identifier) <= set("0123456789abcdef") for identifier in made)


def test_an_identifier_that_is_taken_is_replaced(copying: Copying, full: FullEvent) -> None:
    taken = full.event["identifier"]
    identifiers = iter([taken, taken, "feedbeef"])
    copying.deps = replace(copying.deps, new_identifier=lambda: next(identifiers))
    assert copying.copy(full.event, full.owner)["identifier"] == "feedbeef"


def test_identifiers_are_not_tried_for_ever(copying: Copying, full: FullEvent) -> None:
    copying.deps = replace(copying.deps, new_identifier=lambda: full.event["identifier"])
    before_ = copying.snapshot()
    with pytest.raises(Conflict, match="events_identifier_key"):
        copying.copy(full.event, full.owner)
    assert copying.snapshot() == before_


def test_two_copies_at_once(copying: Copying, full: FullEvent) -> None:
    before_ = copying.snapshot()
    with ThreadPoolExecutor(4) as pool:
        copies = [pool.submit(Copying.copy, _alone(copying), full.event, full.owner)
                  for _ in range(4)]  # fmt: skip
        answers = [copy.result() for copy in copies]
    assert len({answer["id"] for answer in answers}) == 4
    assert len({answer["identifier"] for answer in answers}) == 4
    added = copying.snapshot().added_since(before_)
    assert {len(rows) for table, rows in added.items() if table != "events"} == {8}


def _alone(copying: Copying) -> Copying:
    """The same with a connection of its own to look through."""
    return replace_connection(copying)


def replace_connection(copying: Copying) -> Copying:
    alone = copying.in_a_new_process()
    alone.connection = engine(copying.database_url).connect()
    return alone


def test_a_copy_is_of_one_state(copying: Copying, full: FullEvent, connection: Connection) -> None:
    def change() -> None:
        factories.make_ticket(connection, full.event, name="Added meanwhile")
        copying.run("UPDATE faq SET question = 'Changed meanwhile'")
        copying.run("DELETE FROM microlocations")

    with before('INSERT INTO "events"', change):
        answer = copying.copy(full.event, full.owner)
    assert answer["rows"]["tickets"] == 2
    assert answer["rows"]["microlocations"] == 2
    assert [row["question"] for row in copying.rows("faq", answer["id"])] == [
        row["question"] for row in full.rows["faq"]
    ]


def test_a_user_who_changes_meanwhile_is_not_in_the_way(copying: Copying, full: FullEvent) -> None:
    def change() -> None:
        copying.run("UPDATE users SET last_accessed_at = now()")

    with before('INSERT INTO "users_events_roles"', change), messages(copying) as seen:
        answer = copying.copy(full.event, full.owner)
    assert answer["copied"] is True
    assert len(counting.separate(seen)) == STATEMENTS


def test_a_user_who_goes_meanwhile_makes_it_begin_again(
    copying: Copying, connection: Connection
) -> None:
    owner, bob = factories.make_user(connection), factories.make_user(connection)
    original = factories.make_event(connection, owner)
    factories.give_role(connection, bob, original, "organizer")

    def change() -> None:
        copying.run("DELETE FROM users WHERE id = :id", id=bob["id"])

    with before('INSERT INTO "users_events_roles"', change), messages(copying) as seen:
        answer = copying.copy(original, owner)
    assert answer["rows"]["users_events_roles"] == 1
    assert STATEMENTS < len(counting.separate(seen)) < 2 * STATEMENTS


def test_a_lock_that_is_held_ends_it_in_time(copying: Copying, full: FullEvent) -> None:
    before_ = copying.snapshot()
    with engine(copying.database_url).begin() as other:
        other.exec_driver_sql("SELECT id FROM users FOR UPDATE")
        with pytest.raises(Unavailable) as refused:
            copying.copy(full.event, full.owner, seconds=1.5)
    assert refused.value.code == "database-unavailable"
    assert copying.snapshot() == before_


def test_nothing_is_begun_when_there_is_no_time(copying: Copying, full: FullEvent) -> None:
    before_ = copying.snapshot()
    with pytest.raises(Unavailable) as refused:
        copying.copy(full.event, full.owner, seconds=0)
    assert refused.value.code == "copy-not-in-time"
    assert copying.snapshot() == before_
