"""Media in archives: what each flag brings, where from, and how missing ones are reported."""

import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.archive import maker
from tests.factories import make_event, make_session, make_speaker, make_sponsor, make_user
from tests.functions import MEDIA, Cloud, client_error
from tests.integration.export.hostile_web import PNG, Site, dripping, running_site

Row = dict[str, Any]

BASE = "https://media.s3.example.com"
FLAGS = ("image", "video", "document", "audio")


@pytest.fixture
def site(cloud: Cloud) -> Iterator[Site]:
    """A web server that the operator vouches for."""
    with running_site() as site:
        cloud.set("MEDIA_TRUSTED_HOSTS", site.host)
        cloud.set("MEDIA_ROOT_URL", f"http://{site.host}")
        yield site


@pytest.fixture
def owner(connection: Connection) -> Row:
    user = make_user(connection, "owner@example.com")
    connection.commit()
    return user


def put(key: str, body: bytes = PNG, content_type: str = "image/png") -> str:
    """An object in the media bucket; its address."""
    clients.s3().put_object(Bucket=MEDIA, Key=key, Body=body, ContentType=content_type)
    return f"{BASE}/{key}"


def data(archive: zipfile.ZipFile, name: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(archive.read(name))


def media(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if "/" in name and name[:7] != "tables/"]


@pytest.fixture
def event(connection: Connection, owner: Row, site: Site) -> Row:
    """An event with one media file in each field that can have one."""
    event = make_event(
        connection,
        owner,
        logo_url=site.file("/logo.jpg"),
        original_image_url=site.file("/background.png.png", PNG + b"background"),
        external_event_url=site.file("/home"),
    )
    make_speaker(connection, event, name="David Crellin", photo_url=site.file("/david"))
    make_sponsor(connection, event, name="A/B Corp;", logo_url=site.file("/ab.gif"))
    make_session(
        connection,
        event,
        slides_url=site.file("/slides.pdf", b"%PDF-1.7"),
        audio_url=site.file("/talk.mp3", b"ID3\x04audio"),
        video_url=site.file("/talk.mp4", b"\x00\x00\x00\x18ftypmp42video"),
    )
    connection.commit()
    return event


def paths(connection: Connection) -> dict[str, str]:
    """The paths of that event's media, by flag and field, as the contract has them."""
    connection.rollback()
    ids = {
        table: connection.execute(text(f"SELECT id FROM {table}")).scalar_one()  # noqa: S608
        for table in ("speaker", "sponsors", "sessions")
    }
    return {
        "logo_url": "/images/logo.png",
        "original_image_url": "/images/background.png",
        "photo_url": f"/images/speakers/DavidCrellin_{ids['speaker']}.png",
        "sponsor": f"/images/sponsors/ABCorp_{ids['sponsors']}.png",
        "video_url": f"/videos/session_{ids['sessions']}.mp4",
        "audio_url": f"/audios/session_{ids['sessions']}.mp3",
        "slides_url": f"/slides/session_{ids['sessions']}.pdf",
    }


OF_FLAG = {
    "image": {"logo_url", "original_image_url", "photo_url", "sponsor"},
    "video": {"video_url"},
    "audio": {"audio_url"},
    "document": {"slides_url"},
}


@pytest.mark.parametrize("flags", [(), *((flag,) for flag in FLAGS), FLAGS], ids=str)
def test_each_flag_brings_its_media(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, flags: tuple[str, ...]
) -> None:
    archive = cloud.export(owner, event["id"], **dict.fromkeys(flags, True))
    wanted = {field for flag in flags for field in OF_FLAG[flag]}
    expected = {field: path for field, path in paths(connection).items() if field in wanted}
    assert sorted(media(archive)) == sorted(path[1:] for path in expected.values())
    (session,), (speaker,) = data(archive, "sessions"), data(archive, "speakers")
    (sponsor,), exported = data(archive, "sponsors"), data(archive, "event")
    values = {**session, **speaker, **exported, "sponsor": sponsor["logo_url"]}
    for field in {field for fields in OF_FLAG.values() for field in fields}:
        if field in wanted:
            assert values[field] == expected[field]
        else:
            assert values[field].startswith("http://")


def test_export_defect_5_the_background_is_no_home_page(
    cloud: Cloud, owner: Row, event: Row, site: Site
) -> None:
    """The background was fetched from `external_event_url`, the event's home page."""
    archive = cloud.export(owner, event["id"], image=True)
    assert archive.read("images/background.png") == PNG + b"background"
    assert "GET /home" not in site.paths()
    assert data(archive, "event")["external_event_url"] == event["external_event_url"]


def test_media_is_stored_and_json_deflated(cloud: Cloud, owner: Row, event: Row) -> None:
    archive = cloud.export(owner, event["id"], **dict.fromkeys(FLAGS, True))
    for info in archive.infolist():
        # A workbook is a ZIP file of its own.
        stored = info.filename in media(archive) or info.filename.endswith(".xlsx")
        expected = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        assert info.compress_type == expected, info.filename


def test_export_defect_1_what_is_missing_is_reported_everywhere(
    cloud: Cloud, connection: Connection, owner: Row, site: Site
) -> None:
    """A media address that answered badly failed the whole export; nowhere was it reported."""
    dead = "http://127.0.0.1:9/x.png"
    event = make_event(connection, owner, logo_url=dead, original_image_url="/missing.png")
    speaker = make_speaker(connection, event, name="Ada", photo_url="file:///etc/passwd")
    make_speaker(connection, event, name="Bo", photo_url="   ")
    make_speaker(connection, event, name="Cy", photo_url=None)
    make_speaker(connection, event, name="Di", photo_url=site.file("/di.png"))
    connection.commit()
    task_id = cloud.start(owner, event["id"], image=True)
    assert cloud.work(task_id)
    archive = cloud.archive(task_id)
    expected = [
        {
            "file": "event",
            "id": event["id"],
            "field": "original_image_url",
            "address": "/missing.png",
            "reason": "http-status",
            "detail": "the server refused (404)",
        },
        {
            "file": "event",
            "id": event["id"],
            "field": "logo_url",
            "address": dead,
            "reason": "address-not-public",
            "detail": "the address is not a public one",
        },
        {
            "file": "speakers",
            "id": speaker["id"],
            "field": "photo_url",
            "address": "file:///etc/passwd",
            "reason": "address-invalid",
            "detail": "the address is not one that can be fetched",
        },
    ]
    assert data(archive, "manifest.json")["skipped"] == expected
    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert task["skipped"] == {"count": 3, "media": expected}
    (mail,) = cloud.mails()
    assert "the server refused (404) (/missing.png)" in mail.body
    exported = data(archive, "event")
    assert (exported["logo_url"], exported["original_image_url"]) == (dead, "/missing.png")
    photos = [row["photo_url"] for row in data(archive, "speakers")]
    assert photos[:3] == ["file:///etc/passwd", "   ", None]
    assert photos[3].startswith("/images/speakers/Di_")


def test_very_many_that_are_missing_are_counted_and_some_named(
    cloud: Cloud, connection: Connection, owner: Row, site: Site
) -> None:
    event = make_event(connection, owner)
    address = f"http://{site.host}/{'x' * 500}"
    for number in range(25):
        make_speaker(connection, event, photo_url=f"{address}{number}")
    connection.commit()
    task_id = cloud.start(owner, event["id"], image=True)
    assert cloud.work(task_id)
    record = cloud.job(task_id).archive
    assert record is not None
    assert (record.skipped_count, len(record.skipped)) == (25, 20)
    assert all(len(media_file.address) == 300 for media_file in record.skipped)
    assert len(data(cloud.archive(task_id), "manifest.json")["skipped"]) == 25
    (mail,) = cloud.mails()
    assert "and 15 more; manifest.json in the archive lists all of them" in mail.body


# Our own bucket


def test_media_in_our_bucket_is_read_by_its_key(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner, identifier="934ebe39")
    query = text("UPDATE events SET logo_url = :logo, original_image_url = :image WHERE id = :id")
    addresses = {
        "logo": put(f"events/{event['id']}/logo/a b.jpg"),
        "image": put("events/934ebe39/x.png", PNG + b"2"),
        "id": event["id"],
    }
    connection.execute(query, addresses)
    connection.commit()
    archive = cloud.export(owner, event["id"], image=True)
    assert archive.read("images/logo.png") == PNG
    assert archive.read("images/background.png") == PNG + b"2"


def test_nothing_is_read_from_our_bucket_but_the_event_s_own(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner)
    secret = put("orders/invoices/pdf/secret.png")
    put("events/999/logo.png")
    addresses = [
        secret,
        f"{BASE}/events/999/logo.png",
        f"{BASE}/events/{event['id']}/../999/logo.png",
        f"{BASE}/events/{event['id']}/%2e%2e/999/logo.png",
        f"{BASE}/events/{event['id']}%2F..%2F999/logo.png",
        f"{BASE}/events/{event['id']}0/logo.png",
        f"{BASE}/events/{event['id']}/missing.png",
    ]
    for address in addresses:
        make_speaker(connection, event, photo_url=address)
    connection.commit()
    archive = cloud.export(owner, event["id"], image=True)
    assert media(archive) == []
    reasons = [item["reason"] for item in data(archive, "manifest.json")["skipped"]]
    assert reasons == ["not-of-this-event"] * 6 + ["not-found"]


def test_a_missing_right_is_no_missing_file(
    cloud: Cloud,
    connection: Connection,
    owner: Row,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Denied was reported as "the file is gone", in an export that ended as SUCCESS."""
    event = make_event(connection, owner)
    connection.execute(
        text("UPDATE events SET logo_url = :logo, original_image_url = :image WHERE id = :id"),
        {
            "logo": put(f"events/{event['id']}/logo.png"),
            "image": put(f"events/{event['id']}/image.png"),
            "id": event["id"],
        },
    )
    connection.commit()

    def denied(**_: object) -> None:
        raise client_error("AccessDenied")

    monkeypatch.setattr(clients.s3(), "get_object", denied)
    task_id = cloud.start(owner, event["id"], image=True)
    capsys.readouterr()

    assert cloud.work(task_id)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["MediaAccessDenied"] for line in lines if "MediaAccessDenied" in line] == [[1, 1]]
    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert [skip["reason"] for skip in task["skipped"]["media"]] == ["access-denied"] * 2


def test_limits_are_the_operator_s(
    cloud: Cloud, connection: Connection, owner: Row, site: Site
) -> None:
    cloud.set("MEDIA_MAX_FILE_MEGABYTES", "1")
    cloud.set("MEDIA_MAX_FILE_SECONDS", "1")
    slow = site.put("/slow", dripping(PNG, pause=0.2))
    event = make_event(
        connection, owner, logo_url=site.file("/large", bytes(1_000_001)), original_image_url=slow
    )
    connection.commit()
    archive = cloud.export(owner, event["id"], image=True)
    reasons = [item["reason"] for item in data(archive, "manifest.json")["skipped"]]
    assert reasons == ["too-slow", "too-large"]


def test_defect_4_an_archive_is_finished_without_media_that_did_not_come_in_time(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow media made exports fail, after three tries."""
    monkeypatch.setattr(maker, "MEDIA_SHARE", 0.0)
    task_id = cloud.start(owner, event["id"], **dict.fromkeys(FLAGS, True))

    assert cloud.work(task_id)

    assert cloud.job(task_id).state == "SUCCESS"
    archive = cloud.archive(task_id)
    assert media(archive) == []
    skips = data(archive, "manifest.json")["skipped"]
    assert {skip["reason"] for skip in skips} == {"timed-out"}
    assert len(skips) == 7
    assert data(archive, "event")["logo_url"] == event["logo_url"]


# Memory


def peak(cloud: Cloud, owner: Row, event: Row, **flags: bool) -> int:
    """The most bytes of Python's that the worker had at a time."""
    task_id = cloud.start(owner, event["id"], **flags)
    tracemalloc.start()
    try:
        assert cloud.work(task_id)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("flags", "growth"),
    [({"tables": False, "pages": False}, 5_000_000), ({"video": True}, 8_000_000)],
    ids=str,
)
def test_export_defect_15_memory_does_not_grow_with_the_rows(
    cloud: Cloud, connection: Connection, owner: Row, flags: dict[str, bool], growth: int
) -> None:
    """10,000 sessions and 5,000 speakers took 389 MB of memory.

    Texts repeat, so that the archive is small: moto keeps copies of it in this process.
    """
    small, large = make_event(connection, owner), make_event(connection, owner)
    fill = text("""
        INSERT INTO sessions (event_id, title, long_abstract, state, is_locked, video_url)
        SELECT :event, 'x', repeat(md5(mod(n, 5)::text), 100), 'accepted', false,
               CASE WHEN n = 1 THEN 'file:///x' END
        FROM generate_series(1, :count) n
    """)
    for event, count in ((small, 1_500), (large, 6_000)):
        connection.execute(fill, {"event": event["id"], "count": count})
    connection.commit()
    peak(cloud, owner, small, **flags)
    few = peak(cloud, owner, small, **flags)
    many = peak(cloud, owner, large, **flags)
    # The sessions of the large one alone are 19 MB. Tables and pages have them three times more.
    # What grows is the archive, of which moto keeps copies.
    assert many < few + growth, (few, many)
