"""A programme, made of rows as a database has them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openevent.programme.make import STAND_IN_ROOM
from openevent.programme.model import Link
from tests.programmes import at, conference, programme, session_row


def test_days_change_at_six_by_the_events_clock() -> None:
    made = conference()
    assert [(day.index, day.date) for day in made.days] == [
        (1, date(2027, 3, 27)),
        (2, date(2027, 3, 28)),
    ]
    # Sunday's first session begins at half past one at night: it is Saturday's.
    assert [
        [(room.name, [one.id for one in sessions]) for room, sessions in day.rooms]
        for day in made.days
    ] == [
        [("Main", [1, 2, 3])],
        [("Room 9", [6]), ("Main (2)", [5]), (STAND_IN_ROOM, [4])],
    ]


def test_a_day_is_as_long_as_the_clock_says() -> None:
    first, second = conference().days
    assert (first.starts, first.ends) == (at(27, 5), at(28, 4))
    assert second.ends - second.starts == timedelta(days=1)


def test_moments_have_the_offset_of_their_time() -> None:
    made = conference()
    shown = {one.id: made.local(one.starts).isoformat() for one in made.sessions()}
    assert shown[2] == "2027-03-28T00:00:00+01:00"
    assert made.local(at(28, 1)).isoformat() == "2027-03-28T03:00:00+02:00"
    assert shown[4] == "2027-03-28T11:00:00+02:00"


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("US / Pacific", "US/Pacific"),
        ("Asia/Kathmandu", "Asia/Kathmandu"),
        ("Mars/Base", "UTC"),
        (None, "UTC"),
    ],
)
def test_zones(typed: str | None, zone: str) -> None:
    assert programme(timezone=typed).zone.key == zone


def test_ids_stay_and_differ_between_servers() -> None:
    first = {one.id: one.guid for one in conference().sessions()}
    assert first == {one.id: one.guid for one in conference().sessions()}
    # Written down: with another id, everyone's favourites would be gone.
    assert first[1] == "e485e331-8493-5779-b4af-eb363efd334f"
    assert len(set(first.values())) == len(first)


def test_sequence_and_last_change_grow_with_each_change() -> None:
    before = next(programme(session_row(1, at(27, 9), at(27, 10))).sessions())
    changed = datetime(2026, 6, 1, 1, 2, 4, tzinfo=UTC)
    after = next(
        programme(session_row(1, at(27, 9), at(27, 10), last_modified_at=changed)).sessions()
    )
    assert before.modified == datetime(2026, 6, 1, 1, 2, 3, tzinfo=UTC)
    assert (after.sequence, after.modified) == (before.sequence + 1, changed)
    assert before.guid == after.guid


def test_a_session_without_a_time_of_change_has_one_long_ago() -> None:
    row = session_row(1, at(27, 9), at(27, 10), last_modified_at=None, created_at=None)
    session = next(programme(row).sessions())
    assert (session.modified, session.sequence) == (datetime(2000, 1, 1, tzinfo=UTC), 0)


def test_a_session_does_not_end_before_it_begins() -> None:
    session = next(programme(session_row(1, at(27, 9), at(27, 8))).sessions())
    assert session.duration == timedelta()


def test_text_is_plain_and_links_are_absolute() -> None:
    session = next(one for one in conference().sessions() if one.id == 1)
    assert session.title == 'Semi; colon, comma \\ "quotes" <b>&amp; żółw 🐢'
    assert session.abstract == "Short & sweet"
    assert session.description.endswith("—\nline;two\\n\nthree")
    assert session.slides == (
        Link("https://example.org/a%20b.pdf", "Deck"),
        Link("https://example.org/s.pdf", "Slides"),
    )
    assert session.links == (Link("https://github.com/ada", "Website"),)
    assert session.url == "https://example.org/e/934ebe39/session/1"
    assert [person.name for person in session.persons] == ['Ada, "the" Écrivain', "Speaker 4"]
    assert conference().logo == "https://api.example.org/static/logo.png"


def test_an_event_without_sessions_has_the_day_on_which_it_begins() -> None:
    made = programme(starts_at=datetime(2027, 3, 27, 2, tzinfo=UTC))
    assert [(day.date, day.rooms) for day in made.days] == [(date(2027, 3, 26), ())]


@pytest.mark.parametrize(
    ("identifier", "acronym"),
    [("934EBE39", "934ebe39"), ("a-b", "event_1"), ("", "event_1"), (None, "event_1")],
)
def test_acronyms(identifier: str | None, acronym: str) -> None:
    assert programme(identifier=identifier).acronym == acronym
