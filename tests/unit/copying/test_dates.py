"""Dates move by the clock on the wall, whatever the offset does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openevent.copying.dates import mover, written

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca",
    "Pacific/Apia", "America/St_Johns", "UTC",
]  # fmt: skip

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 (hypothesis adds the timezone)
    datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def on_the_wall(date: datetime, zone: ZoneInfo = BERLIN) -> str:
    return date.astimezone(zone).isoformat()


def wall(date: datetime, zone: ZoneInfo) -> datetime:
    return date.astimezone(zone).replace(tzinfo=None, fold=0)


def is_skipped(time: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` never show `time`."""
    return wall(time.replace(tzinfo=zone).astimezone(UTC), zone) != time


def test_nine_remains_nine_across_the_change_of_clocks() -> None:
    move = mover(
        datetime(2027, 3, 27, 8, tzinfo=UTC),  # nine, an hour ahead of UTC
        datetime(2027, 7, 10, 7, tzinfo=UTC),  # nine, two hours ahead
        BERLIN,
    )
    assert on_the_wall(move(datetime(2027, 3, 27, 8, tzinfo=UTC))) == "2027-07-10T09:00:00+02:00"
    # The second day is after the change: its six o'clock in the evening was 16:00 UTC.
    assert on_the_wall(move(datetime(2027, 3, 28, 16, tzinfo=UTC))) == "2027-07-11T18:00:00+02:00"


def test_a_time_that_clocks_skip_becomes_as_much_later() -> None:
    move = mover(
        datetime(2026, 3, 1, 9, tzinfo=BERLIN), datetime(2026, 3, 29, 9, tzinfo=BERLIN), BERLIN
    )
    assert on_the_wall(move(datetime(2026, 3, 1, 2, 30, tzinfo=BERLIN))) == (
        "2026-03-29T03:30:00+02:00"
    )


@pytest.mark.parametrize(("fold", "offset"), [(0, "+02:00"), (1, "+01:00")])
def test_the_second_half_past_two_remains_the_second(fold: int, offset: str) -> None:
    move = mover(
        datetime(2026, 10, 25, 9, tzinfo=BERLIN), datetime(2027, 10, 31, 9, tzinfo=BERLIN), BERLIN
    )
    assert on_the_wall(move(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN))) == (
        f"2027-10-31T02:30:00{offset}"
    )


def test_a_second_time_into_a_gap_becomes_later_too() -> None:
    move = mover(
        datetime(2026, 10, 25, 9, tzinfo=BERLIN), datetime(2027, 3, 28, 9, tzinfo=BERLIN), BERLIN
    )
    assert on_the_wall(move(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN))) == (
        "2027-03-28T03:30:00+02:00"
    )


@given(date=moments, start=moments, zone=zones)
@example(
    date=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), start=datetime(2026, 1, 1, tzinfo=UTC),
    zone=BERLIN,
)  # fmt: skip
def test_nothing_moves_when_the_start_does_not(
    date: datetime, start: datetime, zone: ZoneInfo
) -> None:
    assert mover(start, start, zone)(date) == date


@given(start=moments, new_start=moments, zone=zones)
def test_the_start_moves_to_the_new_start(
    start: datetime, new_start: datetime, zone: ZoneInfo
) -> None:
    moved = mover(start, new_start, zone)(start)
    assert moved == new_start
    assert moved.tzinfo is UTC


@given(date=moments, start=moments, new_start=moments, zone=zones)
def test_the_wall_clock_moves_as_far_as_that_of_the_start(
    date: datetime, start: datetime, new_start: datetime, zone: ZoneInfo
) -> None:
    expected = wall(date, zone) + (wall(new_start, zone) - wall(start, zone))
    moved = wall(mover(start, new_start, zone)(date), zone)
    if is_skipped(expected, zone):
        assert timedelta(0) < moved - expected <= timedelta(hours=24)
    else:
        assert moved == expected


def test_dates_that_no_calendar_has_are_refused() -> None:
    move = mover(
        datetime(2027, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), ZoneInfo("UTC")
    )
    with pytest.raises(OverflowError):
        move(datetime(2028, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("fold", [0, 1])
def test_the_start_becomes_the_very_hour_that_is_asked_for(fold: int) -> None:
    """A start at a time that the clock shows twice is the one of the two that was asked for."""
    start = datetime(2026, 10, 1, 9, tzinfo=BERLIN)
    new_start = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN)
    moved = mover(start, new_start, BERLIN)(start)
    assert moved.isoformat() == f"2026-10-25T0{fold}:30:00+00:00"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (datetime(2027, 7, 1, 7, tzinfo=UTC), "2027-07-01T09:00:00+02:00"),
        (datetime(1900, 1, 1, 7, 30, 1, tzinfo=UTC), "1900-01-01T08:30:01+01:00"),
        # Berlin's clocks were 53 minutes and 28 seconds ahead of UTC.
        (datetime(1890, 1, 1, 7, tzinfo=UTC), "1890-01-01T07:00:00+00:00"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00+00:00"),
    ],
)
def test_defect_12_an_offset_has_no_seconds(date: datetime, expected: str) -> None:
    """Issue 10: RFC 3339, which clients parse, has hours and minutes in offsets only."""
    assert written(date, BERLIN) == expected


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert written(datetime(2027, 7, 1, 9, tzinfo=BERLIN), None) == "2027-07-01T07:00:00+00:00"
