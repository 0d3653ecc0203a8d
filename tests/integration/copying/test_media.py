"""Every row of a copy has media of its own."""

import json

import pytest
from sqlalchemy import Connection

from openevent.copying import objects as objects_module
from tests import factories
from tests.factories import Row
from tests.integration.copying.conftest import ADDRESS, Copying

COLUMNS = [
    ("events", "logo_url"), ("events", "original_image_url"), ("events", "thumbnail_image_url"),
    ("events", "large_image_url"), ("events", "icon_image_url"), ("sponsors", "logo_url"),
    ("exhibitors", "logo_url"), ("exhibitors", "banner_url"),
    ("exhibitors", "thumbnail_image_url"), ("exhibitors", "video_url"),
    ("exhibitors", "slides_url"), ("event_copyrights", "logo"), ("badge_forms", "badge_image_url"),
    ("speaker", "photo_url"), ("speaker", "thumbnail_image_url"), ("speaker", "small_image_url"),
    ("speaker", "icon_image_url"), ("sessions", "slides_url"), ("sessions", "video_url"),
    ("sessions", "audio_url"),
]  # fmt: skip


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    return factories.make_event(connection, owner)


def test_every_media_file_of_every_row_is_copied(copying: Copying, connection: Connection) -> None:
    full = factories.make_full_event(connection, 2)
    event_id = full.event["id"]
    bodies = {}
    for table, column in COLUMNS:
        rows = [full.event] if table == "events" else full.rows[table]
        for row in rows:
            key = f"events/{event_id}/{table}/{row['id']}/{column}.bin"
            bodies[key] = key.encode()
            address = copying.media.put(key, bodies[key])
            copying.run(
                f"UPDATE {table} SET {column} = :address WHERE id = :id",  # noqa: S608
                address=address, id=row["id"],
            )  # fmt: skip
    answer = copying.copy(full.event, full.owner, {"include": ["sessions"]})
    assert answer["media"] == {"copied": len(bodies), "gone": [], "foreign": [], "kept": []}
    assert len(bodies) == 35
    assert len(copying.media.keys()) == 2 * len(bodies)
    for table, column in COLUMNS:
        copies = (
            [copying.event(answer["id"])]
            if table == "events"
            else copying.rows(table, answer["id"])
        )
        originals = [full.event] if table == "events" else full.rows[table]
        for original, copy in zip(originals, copies, strict=True):
            address = copy[column]
            assert address.startswith(f"{ADDRESS}/events/{answer['id']}/")
            assert address.endswith(f"/{column}.bin")
            key = f"events/{event_id}/{table}/{original['id']}/{column}.bin"
            assert copying.media.get(address)["Body"] == bodies[key]


def test_a_copy_is_what_the_original_was(copying: Copying, event: Row, owner: Row) -> None:
    address = copying.media.put(
        f"events/{event['id']}/Größe & Co (1).png", b"\x89PNG",
        ContentType="image/png", CacheControl="max-age=60", Metadata={"by": "somebody"},
    )  # fmt: skip
    copying.run("UPDATE events SET logo_url = :address", address=address)
    copy = copying.event(copying.copy(event, owner)["id"])
    assert copy["logo_url"].endswith("/Gr%C3%B6%C3%9Fe-Co-1-.png")
    found = copying.media.get(copy["logo_url"])
    assert (found["Body"], found["ContentType"]) == (b"\x89PNG", "image/png")
    assert (found["CacheControl"], found["Metadata"]) == ("max-age=60", {"by": "somebody"})
    assert copying.media.get(address)["Body"] == b"\x89PNG"


def test_a_large_object_is_copied_in_parts(
    copying: Copying, event: Row, owner: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "PART_BYTES", 5 * 2**20)
    body = b"0123456789abcdef" * (13 * 2**16)
    address = copying.media.put(
        f"events/{event['id']}/video.mp4", body, ContentType="video/mp4", Metadata={"by": "us"}
    )
    copying.run("UPDATE events SET logo_url = :address", address=address)
    copy = copying.event(copying.copy(event, owner)["id"])
    found = copying.media.get(copy["logo_url"])
    assert found["Body"] == body
    assert (found["ContentType"], found["Metadata"]) == ("video/mp4", {"by": "us"})
    assert found["ETag"].endswith('-3"')
    assert copying.media.uploads() == 0


def test_an_object_in_two_places_is_copied_once(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    address = copying.media.put(f"events/{event['id']}/logo.png")
    for _ in range(3):
        factories.make_sponsor(connection, event, logo_url=address)
    copying.run("UPDATE events SET logo_url = :address", address=address)
    answer = copying.copy(event, owner)
    assert answer["media"]["copied"] == 1
    (new,) = {row["logo_url"] for row in copying.rows("sponsors", answer["id"])}
    assert new == copying.event(answer["id"])["logo_url"] != address
    assert len(copying.media.keys()) == 2


def test_an_address_elsewhere_is_kept(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    elsewhere = ["https://example.com/logo.png", "/static/logo.png", "http://[", "", "né"]
    for address in elsewhere:
        factories.make_sponsor(connection, event, logo_url=address)
    answer = copying.copy(event, owner)
    assert [row["logo_url"] for row in copying.rows("sponsors", answer["id"])] == elsewhere
    assert answer["media"] == {
        "copied": 0, "gone": [], "foreign": [], "kept": ["https://example.com/logo.png"]
    }  # fmt: skip


def test_a_relative_address_becomes_an_absolute_one(
    copying: Copying, event: Row, owner: Row
) -> None:
    copying.media.put(f"events/{event['id']}/logo.png", b"logo")
    copying.run("UPDATE events SET logo_url = '/events/' || id || '/logo.png'")
    answer = copying.copy(event, owner)
    copy = copying.event(answer["id"])["logo_url"]
    assert copy.startswith(f"{ADDRESS}/events/{answer['id']}/")
    assert copying.media.get(copy)["Body"] == b"logo"


def test_what_is_gone_is_kept_and_said(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    gone = f"{ADDRESS}/events/{event['id']}/gone.png"
    there = copying.media.put(f"events/{event['id']}/there.png")
    for address in (gone, there):
        factories.make_sponsor(connection, event, logo_url=address)
    answer = copying.copy(event, owner)
    assert answer["media"] == {"copied": 1, "gone": [gone], "foreign": [], "kept": []}
    first, second = copying.rows("sponsors", answer["id"])
    assert first["logo_url"] == gone
    assert second["logo_url"] != there


def test_another_events_media_is_not_read(copying: Copying, event: Row, owner: Row) -> None:
    address = copying.media.put(f"events/{event['id'] + 1}/secret.pdf")
    copying.run("UPDATE events SET logo_url = :address", address=address)
    answer = copying.copy(event, owner)
    assert answer["media"] == {"copied": 0, "gone": [], "foreign": [address], "kept": []}
    assert copying.event(answer["id"])["logo_url"] == address
    assert len(copying.media.keys()) == 1


def test_documents_get_new_addresses_within(copying: Copying, event: Row, owner: Row) -> None:
    address = copying.media.put(f"events/{event['id']}/programme.pdf")
    links = [{"name": "né", "link": address}, {"name": "Web", "link": "https://example.com"}]
    copying.run("UPDATE events SET document_links = CAST(:links AS jsonb)", links=json.dumps(links))
    answer = copying.copy(event, owner)
    (programme, web) = copying.event(answer["id"])["document_links"]
    assert web == links[1]
    assert programme["name"] == "né"
    assert programme["link"].startswith(f"{ADDRESS}/events/{answer['id']}/")
    assert programme["link"].endswith("/programme.pdf")


def test_slides_of_sessions_get_new_addresses_within(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    address = copying.media.put(f"events/{event['id']}/slides.pdf")
    factories.make_session(connection, event, slides=[{"name": "1", "link": address}])
    factories.make_session(connection, event, slides=[{"name": "2", "link": "else\u00adwhere"}])
    answer = copying.copy(event, owner, {"include": ["sessions"]})
    first, second = copying.rows("sessions", answer["id"])
    assert first["slides"][0]["link"].startswith(f"{ADDRESS}/events/{answer['id']}/")
    assert second["slides"] == [{"name": "2", "link": "else\u00adwhere"}]


def test_media_of_deleted_rows_is_not_copied(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    address = copying.media.put(f"events/{event['id']}/logo.png")
    sponsor = factories.make_sponsor(connection, event, logo_url=address)
    factories.delete_softly(connection, "sponsors", sponsor)
    assert copying.copy(event, owner)["media"]["copied"] == 0
    assert len(copying.media.keys()) == 1


def test_hundreds_of_media_are_copied(
    copying: Copying, connection: Connection, event: Row, owner: Row
) -> None:
    for number in range(300):
        address = copying.media.put(f"events/{event['id']}/{number}.png")
        factories.make_sponsor(connection, event, logo_url=address)
    assert copying.copy(event, owner)["media"]["copied"] == 300
    assert len(copying.media.keys()) == 600
