"""Any archive is refused, or the rows that are read of it fit into the database."""

import json
from contextlib import suppress
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from openevent.catalogue.shape import Column, ColumnType
from openevent.catalogue.table import MediaKind
from openevent.importing.reading.limits import Limits
from openevent.importing.source import ArchiveRefused, MediaFile, MediaRefused, SourceRow
from tests.unit.importing.archives import Read, read, shape, zipped
from tests.unit.importing.hostile import EVENT, PNG

LIMITS = Limits(rows=100)

KEYS = (
    *("id", "name", "title", "starts_at", "starts-at", "end_time", "track", "track_id", "level"),
    *("session-type", "speakers", "sessions", "photo", "photo-url", "slides", "email", "floor"),
    *("length", "latitude", "deleted_at", "is_featured", "complex_field_values", "state", "link"),
    *("session_form", "social-links", "copyright", "call_for_papers", "type", "timezone", "color"),
    *("session_id", "speaker_id", "role", "year", "document_links", "font_weight", "event_id"),
)
FILES = (
    *("event", "sessions", "speakers", "tracks", "microlocations", "session_types", "sponsors"),
    *("forms", "speakers_sessions", "social_links", "roles", "copyrights", "badge_fields"),
    *("manifest.json", "meta", "tickets", "images/a.png"),
)

_texts = st.sampled_from(
    [
        *("", "1", "-1", "0", "1e999", "NaN", "2027-04-16T09:00:00", "2027-04-16 09:00:00+05:45"),
        *("0001-01-01T00:00:00+14:00", "00.2 Hour", "true", "/images/a.png", "images/a.png"),
        *("http://a.example/b.png", "{}", '{"a": {"require": "1"}}', "a\x00b", "\ud800", "x" * 300),
        *("Asia/Kathmandu", "US / Pacific", "Accepted", "General"),
    ]
) | st.text(max_size=8)
_plain = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([2**31, 10**400, 1.5, float("nan"), float("inf"), -0.0])
    | _texts
)
_values = st.recursive(
    _plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)
_rows = st.dictionaries(st.sampled_from(KEYS), _values, max_size=8)
any_files = st.dictionaries(
    st.sampled_from(FILES), st.lists(_rows, max_size=3) | _rows | _plain, max_size=6
)

TYPES = {
    ColumnType.TEXT: str,
    ColumnType.INTEGER: int,
    ColumnType.NUMBER: int | float,
    ColumnType.BOOLEAN: bool,
    ColumnType.TIMESTAMP: datetime,
    ColumnType.DATE: date,
    ColumnType.ARRAY: list,
}


def assert_fits(row: SourceRow) -> None:
    columns = shape()[row.table].columns
    assert row.values.keys() <= columns.keys()
    assert not row.values.keys() & row.media.keys()
    for name, value in row.values.items():
        if value is not None:
            assert_value_fits(columns[name], value)


def assert_value_fits(column: Column, value: object) -> None:
    assert isinstance(value, TYPES.get(column.type, object))
    match value:
        case str():
            assert "\x00" not in value
            assert len(value) <= column.characters or column.type is not ColumnType.TEXT
            value.encode()
        case datetime():
            assert value.tzinfo is not None
        case int() if column.bits:
            assert -(2 ** (column.bits - 1)) <= value < 2 ** (column.bits - 1)
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
            assert "\\u0000" not in text
            text.encode()


def assert_consistent(made: Read) -> None:
    ids = {table: {row.id for row in rows} for table, rows in made.rows.items()}
    for table, rows in made.rows.items():
        with_ids = [row for row in rows if "id" in shape()[table].columns]
        assert len({row.id for row in with_ids}) == len(with_ids)
        for row in rows:
            assert_fits(row)
    for row in made.rows.get("sessions", []):
        assert row.values.get("track_id") in {None, *ids.get("tracks", ())}
    for row in made.rows.get("speakers_sessions", []):
        assert row.values["session_id"] in ids["sessions"]
        assert row.values["speaker_id"] in ids["speaker"]


def read_or_refuse(archive: bytes) -> Read | None:
    try:
        made = read(archive, LIMITS)
    except ArchiveRefused:
        return None
    rows = [made.event, *(row for rows in made.rows.values() for row in rows)]
    for file in (media for row in rows for media in row.media.values()):
        if isinstance(file, MediaFile):
            with (
                suppress(MediaRefused),
                made.archive.open_media(file, MediaKind.IMAGE) as opened,
            ):
                assert len(opened.read()) == opened.size
    return made


@settings(max_examples=150, deadline=None)
@given(any_files, st.booleans())
def test_any_content(files: dict[str, object], is_complete: bool) -> None:  # noqa: FBT001
    event = files.get("event")
    if is_complete:
        files["event"] = {**EVENT, **(event if isinstance(event, dict) else {})}

    made = read_or_refuse(zipped({name: json.dumps(content) for name, content in files.items()}))

    if made is not None:
        assert_fits(made.event)
        assert_consistent(made)


WHOLE = zipped(
    {
        "event": EVENT | {"logo_url": "/images/a.png"},
        "sessions": [{"id": 1, "title": "Boats", "speakers": [{"id": 2}]}],
        "speakers": [{"id": 2, "name": "Ada", "sessions": [{"id": 1}]}],
        "manifest.json": {"format_version": 1, "options": {}, "files": []},
        "images/a.png": PNG,
    }
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=4), st.integers(0, 4)),
        min_size=1,
        max_size=4,
    )
)
def test_any_damage(changes: list[tuple[int, bytes, int]]) -> None:
    damaged = bytearray(WHOLE)
    for at, new, removed in changes:
        damaged[at : at + removed] = new

    read_or_refuse(bytes(damaged))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert read_or_refuse(data) is None
