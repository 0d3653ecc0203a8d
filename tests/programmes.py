"""Programmes for tests, and readers of their files that share nothing with what writes them."""

from datetime import UTC, datetime
from typing import Any

from openevent.programme.make import make_programme
from openevent.programme.model import Programme, Site

SITE = Site("https://api.example.org", "https://example.org/e/934ebe39")

Row = dict[str, Any]


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """A moment of 2027, in UTC."""
    return datetime(2027, month, day, hour, minute, tzinfo=UTC)


def event_row(**values: object) -> Row:
    """An event in Berlin, where clocks go forward on 28 March 2027 at 01:00 UTC."""
    return {
        "id": 1,
        "identifier": "934ebe39",
        "name": "Summit <&> 2027; now, here",
        "timezone": "Europe/Berlin",
        "starts_at": at(27, 8),
        "ends_at": at(28, 18),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        **values,
    }


def session_row(number: int, starts: datetime, ends: datetime, **values: object) -> Row:
    """A session in the room Main (7), by default in the track Web (5)."""
    return {
        "id": number,
        "title": f"Talk {number}",
        "starts_at": starts,
        "ends_at": ends,
        "track_id": 5,
        "room_id": 7,
        "room_name": "Main",
        "room_position": 0,
        "session_type_name": "Talk",
        "created_at": datetime(2026, 5, 1, tzinfo=UTC),
        "last_modified_at": datetime(2026, 6, 1, 1, 2, 3, 456, tzinfo=UTC),
        **values,
    }


def programme(*sessions: Row, speakers: list[Row] | None = None, **event: object) -> Programme:
    """The programme of an event with these sessions and the track Web (5)."""
    return make_programme(
        event_row(**event),
        sessions=sessions,
        speakers=speakers or [],
        tracks=[{"id": 5, "name": "Web", "color": "#ABC"}],
        site=SITE,
    )


def conference() -> Programme:
    """Two days around the change of clocks, with a break, a night, and all that can be typed."""
    return programme(
        session_row(
            1,
            at(27, 9),
            at(27, 10),
            title='Semi; colon, comma \\ "quotes" <b>&amp; żółw 🐢',
            subtitle="A subtitle",
            short_abstract="<p>Short &amp; <b>sweet</b></p>",
            long_abstract="Long, " * 40 + "ü—" * 60 + "\r\nline;two\\n\x07\u2028three",
            language="English",
            slides=[{"name": "Deck", "link": "example.org/a b.pdf"}, 3, {"name": "No link"}],
            slides_url="https://example.org/s.pdf",
            video_url="javascript:alert(1)",
            website="github.com/ada",
        ),
        session_row(2, at(27, 23), at(28, 0, 30), title="Before the clocks change"),
        session_row(3, at(28, 0, 30), at(28, 1, 30), title="While the clocks change"),
        session_row(4, at(28, 9), at(28, 9, 30), title="Break", track_id=None, room_id=None),
        session_row(5, at(28, 9), at(28, 9), title="A moment", room_id=8, room_name="Main"),
        session_row(6, at(28, 10), at(29, 11), title="An exhibition", room_id=9, room_name=" "),
        speakers=[
            {"id": 3, "session_id": 1, "name": 'Ada, "the" Écrivain', "website": "ada.example"},
            {"id": 4, "session_id": 1, "name": ""},
        ],
        description="<p>About</p>",
        location_name="Hall; Berlin, Mitte",
        latitude=52.5,
        longitude=13.4,
        logo_url="/static/logo.png",
    )
