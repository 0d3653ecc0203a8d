"""Time zones by the names that people typed, some of them from real events."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.zones import find_zone


@pytest.mark.parametrize(
    ("text", "key", "repaired"),
    [
        ("Europe/Berlin", "Europe/Berlin", False),
        ("UTC", "UTC", False),
        ("US/Pacific", "US/Pacific", False),
        ("Asia/Calcutta", "Asia/Calcutta", False),
        # In real events.
        ("US / Pacific", "US/Pacific", True),
        ("US / Eastern", "US/Eastern", True),
        ("Hawaii-Aleutian", "Pacific/Honolulu", True),
        # Typed otherwise.
        (" Europe/Berlin\n", "Europe/Berlin", True),
        ("america/new york", "America/New_York", True),
        ("America / Argentina / Buenos Aires", "America/Argentina/Buenos_Aires", True),
        ("Pacific Standard Time", "America/Los_Angeles", True),
        ("Eastern Time (US & Canada)", "America/New_York", True),
        ("US/Pacific-New", "America/Los_Angeles", True),
        ("India Standard Time", "Asia/Kolkata", True),
        ("utc", "UTC", True),
    ],
)
def test_names_of_zones(text: str, key: str, *, repaired: bool) -> None:
    zone, was_repaired = find_zone(text)
    assert (zone and zone.key, was_repaired) == (key, repaired)


@pytest.mark.parametrize(
    "text",
    [
        *(None, 5, "", " ", "/", "Mars/Base", "CST", "IST", "UTC+5"),
        # Files and folders of the system's database, which are no zones of events.
        *("Europe", "localtime", "posixrules", "zone.tab", "posix/Europe/Berlin"),
        *("right/Europe/Berlin", "../Europe/Lisbon", "/etc/localtime", "Europe/Ber\0lin"),
        *("Nowhere", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 10_000),
        "Europe/Berlin\ud800",
    ],
)
def test_other_text_names_no_zone(text: object) -> None:
    assert find_zone(text) == (None, False)


def test_every_zone_has_its_name() -> None:
    for key in available_timezones() - {"localtime"}:
        zone, repaired = find_zone(key)
        assert (zone and zone.key, repaired) == (key, False)


def test_the_real_events_are_at_their_hours() -> None:
    """276 sessions of three events were at the hour of UTC."""
    shown = {
        name: zone and datetime(2017, 6, 26, 17, tzinfo=UTC).astimezone(zone).isoformat()
        for name in ("US / Pacific", "US / Eastern", "Hawaii-Aleutian")
        for zone, _ in [find_zone(name)]
    }
    assert shown == {
        "US / Pacific": "2017-06-26T10:00:00-07:00",
        "US / Eastern": "2017-06-26T13:00:00-04:00",
        "Hawaii-Aleutian": "2017-06-26T07:00:00-10:00",
    }


@given(st.text())
def test_no_text_raises_an_error(text: str) -> None:
    zone, repaired = find_zone(text)
    assert zone is not None or not repaired
