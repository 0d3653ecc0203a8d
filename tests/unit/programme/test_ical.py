"""Lines of iCalendar, beside those that icalendar writes for the same values."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component, Event, TimezoneStandard, vText

from openevent.programme.calendar import offset_text
from openevent.programme.format import Format
from openevent.programme.formats import FORMATS
from tests.programmes import at, programme, session_row

TEXTS = st.text(st.sampled_from("aN\\;,\n:\"' é漢🎤"), min_size=1, max_size=200)
SECONDS = st.integers(0, 90 * 365 * 86_400)


def lines_of(text: str) -> set[str]:
    """The lines of a calendar, unfolded."""
    return set(text.replace("\r\n ", "").split("\r\n"))


def line_of(component: Component, name: str, value: object, **parameters: str) -> str:
    """The line that icalendar writes."""
    component.add(name, value, parameters)
    (line,) = (
        str(one)
        for one in component.content_lines(sorted=False)
        if str(one).startswith((f"{name.upper()}:", f"{name.upper()};"))
    )
    return line


@settings(max_examples=60)
@given(TEXTS, st.sampled_from(["", "en", "German", "pt_BR"]), SECONDS)
def test_an_event_has_the_lines_of_icalendar(text: str, language: str, seconds: int) -> None:
    # icalendar takes a backslash before N for a line feed.
    assume("\\N" not in text)
    starts = datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    values: dict[str, Any] = {"long_abstract": text, "session_type_name": text, "title": text}
    row = session_row(1, starts, starts + timedelta(minutes=30), language=language, **values)
    made = programme(row, timezone="America/Sao_Paulo", latitude=-23.5, longitude=-46.625)
    (session,) = made.sessions()
    tag = {"": {}, "en": {"LANGUAGE": "en"}, "German": {"LANGUAGE": "de"}}.get(
        language, {"LANGUAGE": "pt-BR"}
    )
    expected = {
        line_of(Event(), "summary", session.title, **tag),
        line_of(Event(), "categories", ["Web", session.kind] if session.kind else ["Web"]),
        line_of(Event(), "geo", (-23.5, -46.625)),
        line_of(Event(), "created", session.created),
        line_of(Event(), "sequence", session.sequence),
        line_of(Event(), "url", session.url),
        line_of(Calendar(), "name", vText(made.title)),
    }
    local = starts.astimezone(ZoneInfo("America/Sao_Paulo"))
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        expected.add(line_of(Event(), "dtstart", local))
    if session.description:
        expected.add(line_of(Event(), "description", f"{session.description}", **tag))
    assert expected <= lines_of(FORMATS[Format.ICAL].write(made))


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (timedelta(hours=5, minutes=45), "+05:45"),
        (timedelta(0), "+00:00"),
        (-timedelta(minutes=44, seconds=30), "-00:44:30"),
        (-timedelta(hours=11), "-11:00"),
    ],
)
def test_an_offset_is_written_as_icalendar_writes_it(offset: timedelta, text: str) -> None:
    assert offset_text(offset) == text
    line = line_of(TimezoneStandard(), "tzoffsetto", offset)
    assert line == f"TZOFFSETTO:{text.replace(':', '')}"


def test_degrees_have_no_exponents() -> None:
    made = programme(session_row(1, at(27, 9), at(27, 10)), latitude=1e-05, longitude=-1.5e-07)
    assert "GEO:0.00001;-0.00000015" in lines_of(FORMATS[Format.ICAL].write(made))


def test_a_backslash_before_n_is_no_line_feed() -> None:
    made = programme(session_row(1, at(27, 9), at(27, 10), title=r"C:\New, D:\new"))
    lines = lines_of(FORMATS[Format.ICAL].write(made))
    assert r"SUMMARY:C:\\New\, D:\\new" in lines


def test_times_name_their_zone_where_clocks_show_utc() -> None:
    made = programme(session_row(1, at(27, 9), at(27, 10)), timezone="Africa/Accra")
    lines = lines_of(FORMATS[Format.ICAL].write(made))
    assert {"TZID:Africa/Accra", "DTSTART;TZID=Africa/Accra:20270327T090000"} <= lines
