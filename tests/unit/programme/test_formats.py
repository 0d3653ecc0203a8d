"""The files of a programme: valid, and showing the same."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from openevent.programme.format import Format
from openevent.programme.formats import FORMATS
from openevent.programme.model import Programme
from tests.programmes import at, conference, programme, session_row
from tests.schedule_readers import SCHEMAS, read_ics, read_schedules, read_xml


def files_of(made: Programme) -> dict[str, bytes]:
    return {written.name: written.write(made).encode() for written in FORMATS.values()}


def test_all_files_tell_the_same() -> None:
    made = conference()
    slots = read_schedules(files_of(made))
    assert {guid: (one.title, one.starts, one.ends) for guid, one in slots.items()} == {
        one.guid: (one.title, one.starts, one.ends) for one in made.sessions()
    }


@pytest.mark.skipif(
    not SCHEMAS, reason="SCHEDULE_SCHEMAS does not name the folder with the schemas"
)
def test_c3vocs_own_schemas_accept_the_files() -> None:
    for made in (conference(), programme(), programme(timezone="US / Pacific")):
        read_schedules(files_of(made))


def test_an_unchanged_programme_gives_the_same_bytes() -> None:
    assert files_of(conference()) == files_of(conference())


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        # Summer time begins and ends within the hours of a session, in both hemispheres.
        ("Europe/Berlin", datetime(2027, 3, 28, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2027, 10, 31, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 11, 7, 5, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 14, tzinfo=UTC)),
        ("Europe/Dublin", datetime(2027, 10, 31, tzinfo=UTC)),
        ("Africa/Casablanca", datetime(2027, 2, 7, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2027, 1, 1, tzinfo=UTC)),
        ("Etc/GMT+5", datetime(2027, 1, 1, tzinfo=UTC)),
        ("UTC", datetime(2027, 1, 1, tzinfo=UTC)),
        # Years without a VTIMEZONE.
        ("Europe/Berlin", datetime(1890, 1, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(9997, 6, 1, tzinfo=UTC)),
    ],
)
def test_every_time_is_right_around_a_change_of_clocks(zone: str, starts: datetime) -> None:
    half = timedelta(minutes=30)
    rows = [
        session_row(number, starts + number * half, starts + (number + 1) * half)
        for number in range(1, 9)
    ]
    made = programme(*rows, timezone=zone, starts_at=starts, ends_at=starts)
    slots = read_schedules(files_of(made))
    assert {one.title: (one.starts, one.ends) for one in slots.values()} == {
        row["title"]: (row["starts_at"], row["ends_at"]) for row in rows
    }


def test_typing_errors_in_years_leave_a_vtimezone_of_a_bearable_size() -> None:
    far = datetime(9990, 1, 1, tzinfo=UTC)
    made = programme(session_row(1, at(27, 9), at(27, 10)), session_row(2, far, far))
    files = files_of(made)
    assert len(files["schedule.ics"]) < 3000
    assert len(read_schedules(files)) == 2


def test_an_event_without_sessions_is_in_calendars_itself() -> None:
    made = programme()
    assert read_schedules(files_of(made)) == {}
    (slot,) = read_ics(FORMATS[Format.ICAL].write(made)).values()
    assert (slot.title, slot.starts, slot.ends) == (made.title, made.starts, made.ends)


def test_the_calendar_has_what_subscribers_need() -> None:
    lines = FORMATS[Format.ICAL].write(conference()).replace("\r\n ", "").split("\r\n")
    assert lines[:10] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//FOSSASIA//Open Event serverless functions//EN",
        "CALSCALE:GREGORIAN",
        r"NAME:Summit <&> 2027\; now\, here",
        r"X-WR-CALNAME:Summit <&> 2027\; now\, here",
        "X-WR-TIMEZONE:Europe/Berlin",
        "URL:https://example.org/e/934ebe39",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    first = lines[lines.index("UID:e485e331-8493-5779-b4af-eb363efd334f") :]
    session = first[: first.index("END:VEVENT")]
    assert r'SUMMARY;LANGUAGE=en:Semi\; colon\, comma \\ "quotes" <b>&amp\; żółw 🐢' in session
    for line in (
        "DTSTAMP:20260601T010203Z",
        "DTSTART;TZID=Europe/Berlin:20270327T100000",
        r"LOCATION:Main\, Hall\; Berlin\, Mitte",
        "GEO:52.5;13.4",
        "URL:https://example.org/e/934ebe39/session/1",
        "CATEGORIES:Web,Talk",
        "ATTACH:https://example.org/a%20b.pdf",
        "STATUS:CONFIRMED",
        "SEQUENCE:2682123",
        "CREATED:20260501T000000Z",
        "LAST-MODIFIED:20260601T010203Z",
    ):
        assert line in session
    assert not any(line.startswith(("ATTENDEE", "ORGANIZER", "METHOD")) for line in lines)


def test_schedule_xml_has_what_apps_show() -> None:
    root = etree.fromstring(FORMATS[Format.XML].write(conference()).encode())
    assert root.find("conference/track").attrib == {
        "name": "Web",
        "slug": "track-5-web",
        "color": "#aabbcc",
    }
    event = root.find("day/room/event")
    assert {one.tag: one.text for one in event if one.tag not in ("description", "links")} == {
        "room": "Main",
        "title": 'Semi; colon, comma \\ "quotes" <b>&amp; żółw 🐢',
        "subtitle": "A subtitle",
        "type": "Talk",
        "date": "2027-03-27T10:00:00+01:00",
        "start": "10:00",
        "duration": "01:00",
        "abstract": "Short & sweet",
        "slug": "934ebe39-1-semi-colon-comma-quotes-b-amp-zow",
        "track": "Web",
        "language": "English",
        "url": "https://example.org/e/934ebe39/session/1",
        "persons": "\n          ",
        "attachments": "\n          ",
    }
    assert [one.text for one in event.iter("person")] == ['Ada, "the" Écrivain', "Speaker 4"]
    assert [(one.get("href"), one.text) for one in event.iter("link")] == [
        ("https://github.com/ada", "Website")
    ]


def test_a_length_of_a_day_and_more_is_cut_where_apps_cannot_read_it() -> None:
    made = conference()
    exhibition = next(one for one in made.sessions() if one.title == "An exhibition")
    slot = read_xml(FORMATS[Format.XML].write(made))[exhibition.guid]
    assert slot.ends - slot.starts == timedelta(hours=23, minutes=59)
    document = json.loads(FORMATS[Format.JSON].write(made))
    (event,) = document["schedule"]["conference"]["days"][1]["rooms"]["Room 9"]
    assert (event["duration"], event["end"]) == ("25:00", "2027-03-29T13:00:00+02:00")


def test_schedule_json_omits_a_zone_whose_name_its_schema_forbids() -> None:
    names = {
        zone: json.loads(FORMATS[Format.JSON].write(programme(timezone=zone)))["schedule"][
            "conference"
        ].get("time_zone_name")
        for zone in ("Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "US / Pacific")
    }
    assert names == {
        "Europe/Berlin": "Europe/Berlin",
        "America/Argentina/Buenos_Aires": "America/Argentina/Buenos_Aires",
        "UTC": "UTC",
        "US / Pacific": None,
    }
