"""Changes of clocks, as a VTIMEZONE lists them, and the offsets that readers take from them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from openevent.programme.observances import observances

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def clock(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A time that a clock shows, wherever it is."""
    return datetime(year, month, day, hour)  # noqa: DTZ001


@settings(max_examples=100)
@given(st.sampled_from(ZONES), st.datetimes(clock(1971, 1, 1), clock(2060, 1, 1)))
def test_readers_find_every_offset(name: str, naive: datetime) -> None:
    moment, zone = naive.replace(tzinfo=UTC), ZoneInfo(name)
    changes = [
        (onset - one.before, one.after, one.name)
        for one in observances(zone, moment.year - 1, moment.year + 1)
        for onset in one.onsets
    ]
    _, offset, shown = max(change for change in changes if change[0] <= naive)
    local = moment.astimezone(zone)
    assert (offset, shown) == (local.utcoffset(), local.tzname())


def test_a_zone_without_changes_has_one_observance() -> None:
    (only,) = observances(ZoneInfo("Asia/Kathmandu"), 2026, 2028)
    assert (only.before, only.after, only.daylight) == (
        timedelta(hours=5, minutes=45),
        timedelta(hours=5, minutes=45),
        False,
    )


def test_changes_of_one_kind_are_one_observance() -> None:
    _, spring, autumn = observances(ZoneInfo("Europe/Berlin"), 2026, 2027)
    assert spring.onsets == (clock(2026, 3, 29, 2), clock(2027, 3, 28, 2))
    assert (spring.name, spring.daylight) == ("CEST", True)
    assert autumn.onsets == (clock(2026, 10, 25, 3), clock(2027, 10, 31, 3))
    assert (autumn.name, autumn.daylight) == ("CET", False)


def test_the_weeks_of_ramadan_are_not_missed() -> None:
    changes = observances(ZoneInfo("Africa/Casablanca"), 2027, 2027)
    assert [one.onsets for one in changes[1:]] == [
        (clock(2027, 2, 7, 3),),
        (clock(2027, 3, 14, 2),),
    ]
