"""Odd values of texts, JSON, times and numbers, in the files of archives.

The archives are made once for all tests, from one database: each of the tests reads the files.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.database import Server, engine, new_database
from tests.factories import Row, make_event, make_session, make_speaker, make_user
from tests.functions import Cloud, running_cloud

HOSTILE = {
    "quotes": 'a "quoted" \\ name \\" \' $$ {} %s :x ?',
    "control characters": "a\x01\x1f\x7f\tb\r\nc\x1b[31m",
    "lines of unicode": "a\u2028b\u2029c\x85d",
    "other scripts": "Ünï — 大ホール 🎪 שלום e\u0301",
    "the sign of a hole": "a\x1fb",
    "markup": "<script>alert('x')</script> & ]]>",
    "nothing": "",
    "much": "é" * 300_000,
}

JSON_VALUES = {
    "nested": '{"b": [1, {"c": [], "d": {}}], "a": {"x": null, "y": true}}',
    "empty object": "{}",
    "empty array": "[]",
    "empty in the middle": '[{}, [], {"a": []}]',
    "null": "null",
    "text": '"a \\"b\\" [ ] { }\\n"',
    "brackets in text": '{"a": "[\\n]", "b": "{\\n  }"}',
    "escapes": '{"name": "Z\\u00fcrich \\ud83c\\udfaa"}',
    "NUL": '{"a": "x\\u0000y"}',
    "half a pair": '{"a": "\\ud800"}',
    "the other half": '{"a": "\\udc00 \\ud83c\\udfaa"}',
    "numbers": '{"i": 12345678901234567890, "f": 1.50, "e": 1e-7}',
    "a huge number": '{"a": 1e400000}',
    "a long number": '{"a": 1' + "0" * 140_000 + "}",
    "twice the same key": '{"a": 1, "a": 2}',
}

# Values after which the file is not as Python would write it.
NOT_IN_PYTHONS_FORM = {"NUL", "half a pair", "the other half", "a huge number", "numbers"}

MOMENTS = {
    "2031-03-30T09:00:48.970070+00:00": "2031-03-30T09:00:48.970070+00:00",
    "2031-03-30T09:00:48.970071+00:00": "2031-03-30T09:00:48.970071+00:00",
    "2031-03-30T09:00:48.97+00:00": "2031-03-30T09:00:48.970000+00:00",
    "2031-03-30T09:00:48.000001+00:00": "2031-03-30T09:00:48.000001+00:00",
    "2031-03-30T14:45:48.5+05:45": "2031-03-30T09:00:48.500000+00:00",
    "2031-03-30T09:00:48+00:00": "2031-03-30T09:00:48+00:00",
    "0999-12-31T23:59:59.9+00:00": "0999-12-31T23:59:59.900000+00:00",
}

LATITUDES = [4.0, -0.0, 48.5, 1e-7, 123456789012345.0, 1e22, None]


@dataclass(frozen=True)
class World:
    """A cloud, with the owner of the events that are exported from its database."""

    cloud: Cloud
    connection: Connection
    owner: Row

    def event(self, **values: object) -> Row:
        return make_event(self.connection, self.owner, **values)

    def export(self, event: Row) -> zipfile.ZipFile:
        self.connection.commit()
        return self.cloud.export(self.owner, event["id"])


@pytest.fixture(scope="module")
def database_url(postgres: Server) -> Iterator[str]:
    """A database with columns of types that Open Event does not use."""
    with new_database(postgres) as url:
        with engine(url).begin() as connection:
            for added in ("small real", "fixed numeric"):
                connection.execute(text(f"ALTER TABLE events ADD COLUMN {added}"))
            connection.execute(text("ALTER TABLE sessions ADD COLUMN without_offset timestamp"))
        yield url


@pytest.fixture(scope="module")
def world(database_url: str) -> Iterator[World]:
    with (
        pytest.MonkeyPatch.context() as patch,
        running_cloud(database_url, patch) as cloud,
        engine(database_url).connect() as connection,
    ):
        yield World(cloud, connection, make_user(connection, "owner@example.com"))


def data(archive: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(archive.read(name))


def in_python_s_form(content: str) -> bool:
    return json.dumps(json.loads(content), indent=4, ensure_ascii=False) == content


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_comes_out_as_it_went_in(world: World, value: str) -> None:
    event = world.event(description=value)
    session = make_session(world.connection, event, long_abstract=value, video_url=value)
    make_speaker(world.connection, event, long_biography=value)
    archive = world.export(event)
    assert data(archive, "event")["description"] == value
    assert data(archive, "sessions")[0]["long_abstract"] == value
    assert data(archive, "sessions")[0]["video_url"] == session["video_url"]
    assert data(archive, "speakers")[0]["long_biography"] == value
    for name in ("event", "sessions", "speakers"):
        assert in_python_s_form(archive.read(name).decode())


@dataclass(frozen=True)
class Slides:
    """The file of sessions whose slides are JSON; the sessions' ids by the kind of JSON."""

    content: str
    ids: dict[str, int]


def exported_slides(world: World, kinds: set[str]) -> Slides:
    """Export an event with a session for each kind of JSON."""
    event = world.event()
    ids = {}
    for kind, value in JSON_VALUES.items():
        if kind in kinds:
            ids[kind] = make_session(world.connection, event)["id"]
            query = text("UPDATE sessions SET slides = CAST(:value AS json) WHERE id = :id")
            world.connection.execute(query, {"value": value, "id": ids[kind]})
    return Slides(world.export(event).read("sessions").decode(), ids)


@pytest.fixture(scope="module")
def in_form(world: World) -> Slides:
    others = {"a long number", *NOT_IN_PYTHONS_FORM}
    return exported_slides(world, JSON_VALUES.keys() - others)


@pytest.fixture(scope="module")
def out_of_form(world: World) -> Slides:
    return exported_slides(world, NOT_IN_PYTHONS_FORM)


@pytest.mark.parametrize("kind", [kind for kind in JSON_VALUES if kind != "a long number"])
def test_json_columns_hold_whatever_json_holds(
    in_form: Slides, out_of_form: Slides, kind: str
) -> None:
    slides = out_of_form if kind in NOT_IN_PYTHONS_FORM else in_form
    [found] = [one for one in json.loads(slides.content) if one["id"] == slides.ids[kind]]
    assert found["slides"] == json.loads(JSON_VALUES[kind])


def test_files_with_json_columns_are_in_python_s_form(in_form: Slides) -> None:
    assert len(in_form.ids) == 9
    assert in_python_s_form(in_form.content)


def test_a_json_column_holds_a_long_number(world: World) -> None:
    """Longer than Python reads."""
    assert '"a": 1' + "0" * 140_000 in exported_slides(world, {"a long number"}).content


@pytest.fixture(scope="module")
def sessions(world: World) -> dict[str, Row]:
    """Sessions of an archive by the beginning that was typed."""
    event = world.event()
    typed = {make_session(world.connection, event, starts_at=one)["id"]: one for one in MOMENTS}
    query = "UPDATE sessions SET without_offset = starts_at AT TIME ZONE 'UTC'"
    world.connection.execute(text(query))
    return {typed[row["id"]]: row for row in data(world.export(event), "sessions")}


@pytest.mark.parametrize(("typed", "written"), MOMENTS.items())
def test_issue_10_11_moments_are_written_as_python_writes_them(
    sessions: dict[str, Row], typed: str, written: str
) -> None:
    """`48.97007` where the old server writes `48.970070`: no Python before 3.11 reads it."""
    session = sessions[typed]
    assert session["starts_at"] == written == datetime.fromisoformat(written).isoformat()
    assert session["without_offset"] == written.removesuffix("+00:00")


@pytest.mark.parametrize("latitude", LATITUDES)
def test_issue_10_11_floats_are_written_as_python_writes_them(
    world: World, latitude: float | None
) -> None:
    """`4` for a float `4.0`."""
    event = world.event(latitude=latitude)
    query = text("UPDATE events SET small = 1000000, fixed = 4 WHERE id = :id")
    world.connection.execute(query, {"id": event["id"]})
    content = world.export(event).read("event").decode()
    assert f'"latitude": {json.dumps(latitude)},' in content
    assert isinstance(json.loads(content)["small"], float)
    assert '"fixed": 4,' in content
