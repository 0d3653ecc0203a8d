"""Generated events: any names, gaps, nothing where something is expected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st
from sqlalchemy import Connection

from local.schema.rows import Row
from tests.factories import insert

Values = dict[str, object]

STATES = ("accepted", "confirmed", "pending", "rejected", "draft", "withdrawn", "canceled", None)
COLORS = ("#a1b2c3", "#ABC", "rgb(1, 2, 3)", "rgba(250,250,250,0.5)", "red", "hue", "", "#12345")
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "US / Pacific", "Mars/Base", "", "../UTC")

# All that PostgreSQL's text can hold.
_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
_text = st.one_of(
    st.text(_characters, max_size=12),
    st.sampled_from(
        [
            *("</script>", "a</scr</script>ipt >b", "<!-- <script>", "<b>\r\n</b>", "Google+"),
            *("Ünïcödé — 大ホール", "א/ב\\ג", "NaN", "\x1f", '"', "<a href='javascript:x'>\u2028"),
        ]
    ),
)
_maybe_text = st.none() | _text
_name = st.builds("{}{}".format, st.sampled_from(["Ada", "王", "ש", "7", "A/B"]), _text)
_moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
_links = st.sampled_from(
    [
        *(None, "", " ", "https://example.org/a", "javascript:alert(1)", "github.com/x", "@ada"),
        *("https://youtu.be/a b", "https://x'\"<>\\/", "//[", "mailto:a@example.org"),
    ]
)
_media = st.sampled_from([None, "", "/there.png", "https://media.example.org/gone.png", "ftp://x"])


@dataclass(frozen=True)
class Generated:
    """An event's rows by table, without ids; a row's `…_number` is the place of another one."""

    event: Values
    rows: Mapping[str, Sequence[Values]]

    def living(self) -> dict[str, list[Values]]:
        """The rows that are not deleted, as the database would have them: numbered from 1."""
        numbered = {
            table: [{"id": number, **_renamed(row)} for number, row in enumerate(rows, 1)]
            for table, rows in self.rows.items()
        }
        return {
            table: [row for row in rows if row.get("deleted_at") is None]
            for table, rows in numbered.items()
        }

    def insert(self, connection: Connection) -> int:
        """Put it into a database; returns the event's id."""
        event = insert(connection, "events", **self.event)
        made: dict[str, list[Row]] = {}
        for table, rows in self.rows.items():
            made[table] = [
                insert(connection, table, **_resolved(row, made, event["id"])) for row in rows
            ]
        return int(event["id"])


# By what ends in `_number`, the table and the column that it is about.
_NUMBERS = {
    "track_number": ("tracks", "track_id"),
    "microlocation_number": ("microlocations", "microlocation_id"),
    "session_type_number": ("session_types", "session_type_id"),
    "session_number": ("sessions", "session_id"),
    "speaker_number": ("speaker", "speaker_id"),
}


def _renamed(row: Values) -> Values:
    """The row with ids for numbers, where rows are numbered from 1."""
    return {
        _NUMBERS[name][1] if name in _NUMBERS else name: value + 1
        if name in _NUMBERS and isinstance(value, int)
        else value
        for name, value in row.items()
    }


def _resolved(row: Values, made: Mapping[str, Sequence[Row]], event_id: int) -> Values:
    values: Values = {"event_id": event_id} if "session_number" not in row else {}
    for name, value in row.items():
        if name not in _NUMBERS:
            values[name] = value
        elif value is not None:
            table, column = _NUMBERS[name]
            values[column] = made[table][int(str(value))]["id"]
    return values


@st.composite
def generated_events(draw: st.DrawFn) -> Generated:
    def some(row: Callable[[], st.SearchStrategy[Values]], most: int = 3) -> list[Values]:
        return draw(st.lists(row(), max_size=most))

    tracks = some(lambda: _rows(name=_text, color=st.sampled_from(COLORS)))
    rooms = some(lambda: _rows(name=_text, floor=st.none() | st.integers(-3, 300)))
    types = some(lambda: _rows(name=_text, length=st.just("00:30")))
    # No two speakers of an event have the same address.
    speakers = [
        {**row, "email": row["email"] and f"{number}.{row['email']}"}
        for number, row in enumerate(some(_speakers, 4))
    ]
    sessions = some(
        lambda: _rows(
            title=_text,
            short_abstract=_maybe_text,
            long_abstract=_maybe_text,
            state=st.sampled_from(STATES),
            starts_at=st.none() | _moments,
            ends_at=st.none() | _moments,
            track_number=_number(tracks),
            microlocation_number=_number(rooms),
            session_type_number=_number(types),
            audio_url=_media,
            video_url=_links,
            slides_url=_links,
        ),
        5,
    )
    pairs = st.tuples(st.integers(0, len(sessions) - 1), st.integers(0, len(speakers) - 1))
    links = draw(st.sets(pairs, max_size=8)) if sessions and speakers else set()
    return Generated(
        event={
            "name": draw(_name),
            "timezone": draw(st.sampled_from(ZONES)),
            "starts_at": draw(_moments),
            "ends_at": draw(_moments),
            "latitude": draw(st.none() | st.floats(-90, 90) | st.just("NaN")),
            "logo_url": draw(_media),
            "original_image_url": draw(_media),
            "ticket_url": draw(_links),
            "owner_name": draw(_maybe_text),
        },
        rows={
            "tracks": tracks,
            "microlocations": rooms,
            "session_types": types,
            "speaker": speakers,
            "sessions": sessions,
            "speakers_sessions": [
                {"session_number": session, "speaker_number": speaker}
                for session, speaker in sorted(links)
            ],
            "sponsors": some(_sponsors, 5),
            "social_links": some(lambda: _rows(name=_text, link=_text | _links.map(str))),
            "event_copyrights": some(
                lambda: _rows(
                    licence=_text, logo=_links, licence_url=_links, year=st.none() | st.just(2031)
                )
            ),
            "speakers_calls": some(_calls, 2),
        },
    )


def _rows(**columns: st.SearchStrategy[object]) -> st.SearchStrategy[Values]:
    deleted = st.sampled_from([None, None, None, datetime(2027, 1, 1, tzinfo=UTC)])
    return st.fixed_dictionaries({**columns, "deleted_at": deleted})


def _speakers() -> st.SearchStrategy[Values]:
    return _rows(
        name=_text,
        email=st.none() | st.just("ada@example.org"),
        photo_url=_media,
        short_biography=_maybe_text,
        long_biography=_maybe_text,
        website=_links,
        github=_links,
        order=st.integers(0, 2),
        is_featured=st.sampled_from([None, True, False]),
    )


def _sponsors() -> st.SearchStrategy[Values]:
    return _rows(name=_text, level=st.none() | st.integers(-1, 9), logo_url=_media, url=_links)


def _calls() -> st.SearchStrategy[Values]:
    return _rows(
        announcement=_maybe_text,
        starts_at=_moments,
        ends_at=_moments,
        privacy=st.sampled_from(["public", "private"]),
        hash=st.just("secret"),
    )


def _number(rows: Sequence[Values]) -> st.SearchStrategy[int | None]:
    """The place of one of `rows`, or none."""
    return st.none() | st.integers(0, len(rows) - 1) if rows else st.none()
