"""Single rules of the `webapp` dialect, each at its edge."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.export.dialects.webapp import Webapp, levels
from openevent.export.dialects.webapp_cells import Cells, Values
from openevent.export.dialects.webapp_event import EventDocument
from openevent.export.dialects.webapp_files import MICROLOCATIONS, SESSION_TYPES, TRACKS
from openevent.export.dialects.webapp_pictures import TRANSPARENT
from openevent.export.dialects.webapp_programme import make_programme
from openevent.export.repairs import Repair, RepairKind

PAGE = "https://events.example.org/e/0a1b2c3d"


def cells(zone: object = "Europe/Lisbon") -> Cells:
    return Cells(zone, lambda _: None)


def event(
    repair: Callable[[Repair], None] = lambda _: None,
    *,
    social_links: Iterable[Values] = (),
    copyrights: Iterable[Values] = (),
    speakers_calls: Iterable[Values] = (),
    **values: object,
) -> dict[str, object]:
    row: Values = {"id": 1, "name": "Days", "timezone": "Europe/Lisbon", **values}
    return EventDocument(Cells(row["timezone"], repair)).make(
        row,
        social_links=social_links,
        copyrights=copyrights,
        speakers_calls=speakers_calls,
        page_url=PAGE,
    )


@pytest.mark.parametrize(
    ("zone", "moment", "local"),
    [
        # Either side of the hour that clocks are put forward in.
        ("Europe/Lisbon", "2031-03-30T00:59:59Z", "2031-03-30T00:59:59+00:00"),
        ("Europe/Lisbon", "2031-03-30T01:00:00Z", "2031-03-30T02:00:00+01:00"),
        ("Europe/Lisbon", "2031-03-30T09:00:00Z", "2031-03-30T10:00:00+01:00"),
        # The hour that comes twice.
        ("Europe/Lisbon", "2031-10-26T00:30:00Z", "2031-10-26T01:30:00+01:00"),
        ("Europe/Lisbon", "2031-10-26T01:30:00Z", "2031-10-26T01:30:00+00:00"),
        ("Asia/Kathmandu", "2027-04-16T03:15:00Z", "2027-04-16T09:00:00+05:45"),
        ("America/St_Johns", "2027-01-01T00:00:00.999999Z", "2026-12-31T20:30:00-03:30"),
        # Before time zones, the sun's own time: here 36 minutes and 45 seconds behind.
        ("Europe/Lisbon", "1850-01-01T12:00:45Z", "1850-01-01T11:23:45-00:37"),
        (None, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("Mars/Base", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("../Europe/Lisbon", "2027-07-01T00:00:00Z", "2027-07-01T00:00:00+00:00"),
        ("Europe", "2027-07-01T00:00:00Z", "2027-07-01T00:00:00+00:00"),
        ("Europe/Lis\0bon", "2027-07-01T00:00:00Z", "2027-07-01T00:00:00+00:00"),
    ],
)
def test_moments_are_what_the_events_clocks_show(zone: object, moment: str, local: str) -> None:
    assert cells(zone).moment(datetime.fromisoformat(moment)) == local


@pytest.mark.parametrize(
    "value",
    [
        None,
        "infinity",
        "2027-01-01",
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, tzinfo=UTC),
    ],
)
def test_what_is_no_moment_there_is_none(value: object) -> None:
    zone = "America/St_Johns" if isinstance(value, datetime) and value.year == 1 else "Asia/Tokyo"
    assert cells(zone).moment(value) is None


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), st.integers(0, 3))  # noqa: DTZ001
def test_a_moment_stays_the_same_moment(moment: datetime, zone: int) -> None:
    zones = ("Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia")
    aware = moment.replace(tzinfo=UTC)
    local = cells(zones[zone]).moment(aware)
    assert local is not None
    assert datetime.fromisoformat(local) == aware.replace(microsecond=0)


@pytest.mark.parametrize(
    ("found", "written"),
    [
        ([], {None: "1"}),
        ([None], {None: "1"}),
        ([5, 2, 5], {2: "1", 5: "2", None: "3"}),
        ([1, 3], {1: "1", 3: "2", None: "3"}),
        ([0, -1, 7, 9], {-1: "1", 0: "2", 7: "3", 9: "3", None: "3"}),
    ],
)
def test_levels_are_ranked_without_gaps(found: list[object], written: dict[object, str]) -> None:
    assert levels(found) == written


@given(st.lists(st.none() | st.integers()))
def test_levels_used_have_no_gap(found: list[int | None]) -> None:
    written = levels(found)
    used = sorted({int(written[level]) for level in found})
    assert all(after == before + 1 for before, after in pairwise([0, *used]))


def test_an_event_without_anything_has_all_keys() -> None:
    text = ("description", "location_name", "owner_name", "owner_description", "organizer_name")
    more = ("organizer_description", "code_of_conduct")
    assert event() == {
        "id": 1,
        "name": "Days",
        "timezone": "Europe/Lisbon",
        **dict.fromkeys(("start_time", "end_time", "starts-at", "ends-at")),
        **dict.fromkeys(("latitude", "longitude", "email", "copyright", "speakers-call")),
        **dict.fromkeys(("logo", "logo-url"), "/images/placeholder.png"),
        **dict.fromkeys(("background_image", "original-image-url")),
        **{key: "" for name in (*text, *more) for key in (name, name.replace("_", "-"))},
        "ticket_url": PAGE,
        "ticket-url": PAGE,
        "social_links": [],
        "social-links": [],
        "event-copyright": {
            "id": 0,
            "licence": "",
            "holder": "",
            "year": 0,
            "licence_url": "",
            "licence-url": "",
            "logo-url": "",
            "holder-url": "",
        },
    }


def test_of_copyrights_and_calls_the_first_is_written() -> None:
    rows = [{"id": 3, "licence": "CC0", "year": 2027}, {"id": 4, "licence": "MIT"}]
    starts = datetime(2027, 1, 1, tzinfo=UTC)
    calls = [{"id": 5, "announcement": None, "starts_at": starts, "ends_at": starts}]
    document = event(copyrights=rows, speakers_calls=calls)
    assert document["copyright"] == {
        "id": 3,
        "licence": "CC0",
        "licence_url": "",
        "logo": TRANSPARENT,
        "holder": "",
        "holder_url": "",
        "year": 2027,
    }
    assert document["event-copyright"] == {
        "id": 3,
        "licence": "CC0",
        "holder": "",
        "year": 2027,
        "licence_url": "",
        "licence-url": "",
        "logo-url": TRANSPARENT,
        "holder-url": "",
    }
    assert document["speakers-call"] == {
        "id": 5,
        "announcement": "",
        "starts-at": "2027-01-01T00:00:00+00:00",
        "ends-at": "2027-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "NaN", None])
def test_what_is_no_number_is_null(number: object) -> None:
    assert event(latitude=number)["latitude"] is None


@pytest.mark.parametrize(
    ("color", "written", "on_it"),
    [
        ("#A1B2C3", "#a1b2c3", "#000000"),
        ("#abc", "#aabbcc", "#000000"),
        ("rgb(1, 2, 3)", "#010203", "#ffffff"),
        ("rgba(255,255,255,0.1)", "#ffffff", "#000000"),
        ("tomato", "#ff6347", "#000000"),
        ("no colour", "#777777", "#ffffff"),
        (None, "#777777", "#ffffff"),
    ],
)
def test_colours_are_written_in_full(color: str | None, written: str, on_it: str) -> None:
    repairs: list[Repair] = []
    row = {"id": 2, "name": "Talks", "color": color}
    utc = Cells("UTC", repairs.append)
    programme = make_programme(
        utc,
        sessions=[],
        speakers=[],
        links=[],
        named={TRACKS: [row], MICROLOCATIONS: [], SESSION_TYPES: []},
    )
    webapp = Webapp(utc, programme, "https://api.example.org")
    track = webapp.track(row)
    assert (track["color"], track["font_color"], track["font-color"]) == (written, on_it, on_it)
    replaced = [Repair(RepairKind.COLOR_REPLACED, "tracks", 2, "color")]
    assert repairs == (replaced if written == "#777777" else [])
