"""Web apps of real events: what their readers showed wrong (D1 to D11), on the values they had."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from local.schema.rows import Row
from openevent.catalogue.files import Dialect
from openevent.export.options import Options
from tests import factories
from tests.database import Server, engine, new_database
from tests.exports import Exported, Shelf, database_at, export
from tests.functions import Cloud

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'

ABSTRACT = "First line\nSecond line\r\n<script>alert(1)</script> and C:\\path <b>bold</b> <!-- end"


@pytest.fixture(scope="module")
def archive(postgres: Server) -> Iterator[Exported]:
    """The web app of an event with everything that went wrong."""
    shelf = Shelf()
    with new_database(postgres) as url:
        with engine(url).connect() as connection:
            event = make_event(connection, shelf)
            connection.commit()
        yield export(
            database_at(url),
            int(event["id"]),
            Options(image=True, video=True, dialect=Dialect.WEBAPP),
            shelf,
        )


def make_event(connection: Connection, shelf: Shelf) -> Row:
    event = factories.make_event(
        connection,
        name="All Hands",
        timezone="US / Pacific",
        starts_at="2017-06-26T16:00:00Z",
        ends_at="2017-06-30T00:00:00Z",
        description=ABSTRACT,
        ticket_url="tickets.example.org/all-hands",
        logo_url=None,
    )
    eid = event["id"]
    for name, link in (
        ("Website", "example.org"),
        ("External Event URL", "https://example.org/event"),
        ("Google+", "https://plus.google.com/1"),
        ("twitter", "@allhands"),
    ):
        factories.insert(connection, "social_links", event_id=eid, name=name, link=link)
    factories.insert(connection, "event_copyrights", event_id=eid, licence="CC BY 4.0", logo=None)
    ada = factories.make_speaker(
        connection,
        event,
        name='Ada "The Countess" King',
        github="github.com/ada",
        website="javascript:alert(1)",
        linkedin="linkedin.com/in/ada",
        short_biography=ABSTRACT,
    )
    times = {"starts_at": "2017-06-26T17:00:00Z", "ends_at": "2017-06-26T18:00:00Z"}
    factories.make_session(
        connection,
        event,
        ada,
        title="Why <!-- kills all scripts",
        long_abstract=ABSTRACT,
        video_url="https://vimeo.com/1",
        **times,
    )
    room = factories.make_microlocation(connection, event, name="Main hall")
    factories.make_session(
        connection,
        event,
        title="Vec<T>",
        microlocation_id=room["id"],
        video_url="https://www.youtube.com/watch?v=abc",
        **times,
    )
    for name, logo in (
        ("Without", None),
        ("Dead", "https://media.example.org/events/1/gone.png"),
        ("Drawn", shelf.put(f"events/{eid}/a.svg", SVG, "image/svg+xml")),
        ("Shown", shelf.put(f"events/{eid}/b.png", PNG, "image/png")),
    ):
        factories.make_sponsor(
            connection, event, name=name, logo_url=logo, level=1, url="b.example"
        )
    for color in ("tomato", "hsl(120, 100%, 25%)", "none of these"):
        factories.make_track(connection, event, color=color)
    return event


def repairs(archive: Exported, kind: str) -> list[tuple[str, str]]:
    changes: list[dict[str, Any]] = archive.document("manifest.json")["repaired"]
    return [(one["file"], one["field"]) for one in changes if one["change"] == kind]


def by_name(archive: Exported, file: str, key: str = "name") -> dict[str, Any]:
    return {row[key]: row for row in archive.document(file)}


def test_d1_zones_with_spaces_are_understood(archive: Exported) -> None:
    """276 sessions of real events were at the hour of UTC."""
    assert archive.document("event")["timezone"] == "US/Pacific"
    assert {row["starts-at"] for row in archive.document("sessions")} == {
        "2017-06-26T10:00:00-07:00"
    }
    assert repairs(archive, "timezone-renamed") == [("event", "timezone")]
    assert archive.document("manifest.json")["warnings"] == []


def test_d1_an_unknown_zone_is_named_loudly(cloud: Cloud, connection: Connection) -> None:
    owner = factories.make_user(connection, "owner@example.com")
    event = factories.make_event(connection, owner, timezone="Mars/Base", logo_url="/a.png")
    connection.commit()
    warning = {"code": "timezone-unknown", "table": "events", "column": "timezone"}
    path = f"/v1/events/{event['id']}/export/json"

    dry = cloud.call("POST", path, user=owner, body={"dialect": "webapp", "dry_run": True}).json
    assert dry["warnings"] == [warning]
    assert dry["repaired"]["changes"] == {"timezone-replaced": 1}

    started = cloud.call("POST", path, user=owner, body={"dialect": "webapp"}).json
    cloud.work(started["task_url"].split("/")[3])
    task = cloud.call("GET", started["task_url"], user=owner).json
    assert task["warnings"] == [warning]
    assert task["repaired"] == {"count": 1, "changes": {"timezone-replaced": 1}}


def test_d2_sessions_without_a_room_are_in_the_placeholder(archive: Exported) -> None:
    rooms = [row["microlocation"] for row in archive.document("sessions")]
    assert rooms == [
        {"id": 0, "name": "Room to be announced"},
        {"id": archive.document("microlocations")[0]["id"], "name": "Main hall"},
    ]
    assert archive.document("microlocations")[-1] == {
        "id": 0,
        "name": "Room to be announced",
        "floor": None,
    }
    assert repairs(archive, "room-replaced") == [("sessions", "microlocation_id")]


def test_d3_d10_html_is_cleaned_for_pages_and_their_scripts(archive: Exported) -> None:
    cleaned = "First line Second line  and C:&#92;path <b>bold</b>"
    (first, _) = archive.document("sessions")
    assert first["long_abstract"] == first["long-abstract"] == cleaned
    assert archive.document("event")["description"] == cleaned
    assert archive.document("speakers")[0]["short-biography"] == cleaned
    assert ("sessions", "long_abstract") in repairs(archive, "markup-stripped")


def test_d4_titles_are_plain_text(archive: Exported) -> None:
    titles = [row["title"] for row in archive.document("sessions")]
    assert titles == ["Why \u2039!-- kills all scripts", "Vec\u2039T\u203a"]
    assert archive.document("speakers")[0]["name"] == "Ada \u201cThe Countess\u201d King"


def test_d5_links_have_the_names_that_the_generator_knows(archive: Exported) -> None:
    links = [(link["name"], link["link"]) for link in archive.document("event")["social-links"]]
    assert links == [
        ("Event main page", "https://example.org"),
        ("Event main page", "https://example.org/event"),
        ("Google Plus", "https://plus.google.com/1"),
        ("twitter", "https://twitter.com/allhands"),
    ]


def test_d6_d8_every_sponsor_has_a_picture(archive: Exported) -> None:
    logos = {name: row["logo-url"] for name, row in by_name(archive, "sponsors").items()}
    shown = by_name(archive, "sponsors")["Shown"]
    placeholder = "/images/sponsors/placeholder.png"
    assert logos == {
        "Without": placeholder,
        "Dead": placeholder,
        "Drawn": placeholder,
        "Shown": f"/images/sponsors/sponsor_{shown['id']}.png",
    }
    assert archive.files[placeholder[1:]].startswith(b"\x89PNG")
    assert ("sponsors", "logo_url") in repairs(archive, "picture-replaced")
    skipped = archive.document("manifest.json")["skipped"]
    assert [(one["field"], one["reason"]) for one in skipped] == [
        ("logo_url", "not-found"),
        ("logo_url", "unreadable"),
    ]
    assert skipped[1]["detail"].endswith("(svg)")


def test_d7_links_have_a_scheme_that_browsers_open(archive: Exported) -> None:
    (ada,) = archive.document("speakers")
    assert ada["github"] == "https://github.com/ada"
    assert ada["linkedin"] == "https://linkedin.com/in/ada"
    assert ada["website"] is ada["web"] is None
    assert archive.document("event")["ticket-url"] == "https://tickets.example.org/all-hands"
    assert {row["url"] for row in archive.document("sponsors")} == {"https://b.example"}
    assert repairs(archive, "link-dropped") == [("speakers", "website")]
    assert ("speakers", "github") in repairs(archive, "link-completed")


def test_d9_colours_of_css_are_read(archive: Exported) -> None:
    colors = [row["color"] for row in archive.document("tracks")]
    assert colors == ["#ff6347", "#008000", "#777777", "#777777"]
    assert repairs(archive, "color-replaced") == [("tracks", "color")]


def test_d11_a_licence_without_a_logo_has_a_transparent_picture(archive: Exported) -> None:
    event = archive.document("event")
    assert event["copyright"]["logo"].startswith("data:image/gif;base64,")
    assert event["event-copyright"]["logo-url"] == event["copyright"]["logo"]


def test_an_event_without_a_logo_has_a_placeholder(archive: Exported) -> None:
    assert archive.document("event")["logo-url"] == "/images/placeholder.png"
    assert archive.files["images/placeholder.png"].startswith(b"\x89PNG")
    assert ("event", "logo_url") in repairs(archive, "picture-replaced")


def test_videos_are_those_that_readers_show(archive: Exported) -> None:
    assert [row["video-url"] for row in archive.document("sessions")] == [
        None,
        "https://www.youtube.com/watch?v=abc",
    ]
    assert repairs(archive, "video-dropped") == [("sessions", "video_url")]


def test_no_file_ends_the_script_that_it_is_printed_into(archive: Exported) -> None:
    for name in ("event", "sessions", "speakers", "sponsors", "tracks", "microlocations"):
        text = json.dumps(archive.document(name), ensure_ascii=False)
        assert "<script" not in text
        assert "</script" not in text
        assert "<!--" not in text
