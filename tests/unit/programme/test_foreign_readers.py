"""Times of calendars, as a reader in JavaScript sees them: ical.js, which Thunderbird has.

The other reader, vobject, reads them in `tests.schedule_readers`.
"""

from datetime import UTC, datetime, timedelta

from openevent.programme.calendar_events import describe
from openevent.programme.format import Format
from openevent.programme.formats import FORMATS
from tests.node import read_calendars
from tests.programmes import conference, programme, session_row

# Zones, and hours in which their clocks change, or do not.
HOURS = [
    ("Europe/Berlin", datetime(2027, 3, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 10, 31, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 11, 7, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 14, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2027, 10, 31, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2027, 2, 7, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 12, 31, 23, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2027, 1, 1, tzinfo=UTC)),
    ("UTC", datetime(2027, 1, 1, tzinfo=UTC)),
]


def test_ical_js_reads_every_time_and_text() -> None:
    half = timedelta(minutes=30)
    made = [conference()] + [
        programme(
            *(
                session_row(number, starts + number * half, starts + (number + 1) * half)
                for number in range(1, 9)
            ),
            timezone=zone,
        )
        for zone, starts in HOURS
    ]
    read = read_calendars([FORMATS[Format.ICAL].write(one) for one in made])
    assert [
        [(event["uid"], event["title"], event["starts"], event["ends"]) for event in events]
        for events in read
    ] == [
        [
            (session.guid, session.title, _written(session.starts), _written(session.ends))
            for session in one.sessions()
        ]
        for one in made
    ]
    first = next(made[0].sessions())
    assert read[0][0]["description"] == describe(first)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
