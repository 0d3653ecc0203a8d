"""Issue 11 §1: media where the real server puts it is exported, weighed and copied."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from tests.factories import make_event, make_session, make_speaker, make_sponsor, make_user
from tests.functions import EXPORTS, MEDIA, Cloud, client_error
from tests.integration.export.hostile_web import PNG, Site, running_site

Row = dict[str, Any]

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"
ADDRESS = "https://media.s3.amazonaws.com"
PDF = b"%PDF-1.4\n%the slides of a session\n"


@pytest.fixture
def site(cloud: Cloud) -> Iterator[Site]:
    """Open Event's own server, with files on its disk."""
    with running_site() as site:
        cloud.set("MEDIA_BASE_URLS", "")
        cloud.set("MEDIA_TRUSTED_HOSTS", site.host)
        cloud.set("MEDIA_ROOT_URL", f"http://{site.host}")
        yield site


def upload(path: str, body: bytes = PNG, extension: str = "png") -> str:
    """Store a file as the server does: its key, its headers, its ACL; return its address."""
    name = f"{uuid4()}.{extension}"
    key = f"{path}/L0RYL3g3VF/{name}"
    clients.s3().put_object(
        Bucket=MEDIA, Key=key, Body=body, ACL="public-read",
        ContentType="image/png" if body == PNG else "application/pdf",
        ContentDisposition=f"attachment; filename={name}",
    )  # fmt: skip
    return f"{ADDRESS}/{key}"


def keys() -> set[str]:
    listed = clients.s3().list_objects_v2(Bucket=MEDIA)
    return {item["Key"] for item in listed.get("Contents", [])}


@pytest.fixture
def owner(connection: Connection) -> Row:
    return make_user(connection, "owner@example.com")


@pytest.fixture
def event(connection: Connection, owner: Row, site: Site) -> Row:
    """An event of an S3 installation that had local storage before."""
    event = make_event(
        connection,
        owner,
        name="Paper Boats",
        logo_url=upload(f"temp/images/{uuid4()}"),
        original_image_url=upload("event_topic/1/system_image"),
    )
    connection.execute(
        text("UPDATE events SET large_image_url = :large WHERE id = :id"),
        {"large": upload(f"events/{event['id']}/large", extension="jpg"), "id": event["id"]},
    )
    speaker = make_speaker(connection, event, photo_url=upload("users/12/original"))
    slides = upload(f"events/temp/{uuid4()}", PDF, "pdf")
    make_session(connection, event, speaker, slides_url=slides)
    site.file("/static/media/temp/images/a/L0RYL3g3VF/a.png")
    for logo in (
        "http://localhost/static/media/temp/images/a/L0RYL3g3VF/a.png",
        upload("orders/invoices/pdf/7", PDF, "pdf"),
        upload(f"events/{event['id'] + 1000}/large"),
    ):
        make_sponsor(connection, event, logo_url=logo)
    connection.commit()
    return event


def test_it_is_exported(cloud: Cloud, owner: Row, event: Row) -> None:
    archive = cloud.export(owner, event["id"], image=True, document=True)
    files = [name for name in archive.namelist() if "/" in name and name[:7] != "tables/"]
    assert [name.split("/")[0] for name in files].count("images") == 4
    assert len(files) == 5
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["warnings"] == []
    assert [(skip["reason"], skip["file"]) for skip in manifest["skipped"]] == [
        ("not-of-this-event", "sponsors")
    ] * 2


def test_it_is_weighed(cloud: Cloud, owner: Row, event: Row) -> None:
    body = {"dry_run": True, "image": True, "document": True}
    answer = cloud.call("POST", f"/v1/events/{event['id']}/export/json", user=owner, body=body)
    assert answer.json["media"]["files"] == 5
    assert [skip["reason"] for skip in answer.json["skipped"]["media"]] == ["not-of-this-event"] * 2
    assert answer.json["warnings"] == []


def test_it_is_copied(cloud: Cloud, connection: Connection, owner: Row, event: Row) -> None:
    before = keys()
    path = f"/v1/events/{event['id']}/copy"
    body = {"include": ["sessions"]}
    dry = cloud.call("POST", path, user=owner, body={**body, "dry_run": True}).json
    assert keys() == before
    answer = cloud.call("POST", path, user=owner, body=body).json
    assert dry["media"] == answer["media"]
    media = answer["media"]
    assert (media["copied"], media["gone"]) == (5, [])
    assert media["kept"] == ["http://localhost/static/media/temp/images/a/L0RYL3g3VF/a.png"]
    assert [address.split("/")[3] for address in media["foreign"]] == ["events", "orders"]
    assert answer["warnings"] == []
    made = keys() - before
    assert len(made) == 5
    assert all(key.startswith(f"events/{answer['id']}/{answer['identifier']}/") for key in made)
    for key in made:
        acl = clients.s3().get_object_acl(Bucket=MEDIA, Key=key)
        assert ALL in [grant["Grantee"].get("URI") for grant in acl["Grants"]]
        head = clients.s3().head_object(Bucket=MEDIA, Key=key)
        assert head["ContentDisposition"].startswith("attachment; filename=")
    row = connection.execute(
        text("SELECT name, logo_url, large_image_url FROM events WHERE id = :id"),
        {"id": answer["id"]},
    ).one()
    assert row.name == "Copy of Paper Boats"
    assert {row.logo_url, row.large_image_url} <= {f"{ADDRESS}/{key}" for key in made}


def test_a_copy_of_a_copy_has_objects_of_its_own(cloud: Cloud, owner: Row, event: Row) -> None:
    body = {"include": ["sessions"]}
    first = cloud.call("POST", f"/v1/events/{event['id']}/copy", user=owner, body=body).json
    before = keys()
    second = cloud.call("POST", f"/v1/events/{first['id']}/copy", user=owner, body=body).json
    assert second["media"]["copied"] == 5
    made = keys() - before
    assert len(made) == 5
    assert all(key.startswith(f"events/{second['id']}/") for key in made)


def test_a_bucket_that_no_address_leads_to_is_said(cloud: Cloud, owner: Row, event: Row) -> None:
    cloud.set("MEDIA_BUCKET", EXPORTS)
    cloud.forget()
    warning = {"code": "media-bucket-unused"}
    path = f"/v1/events/{event['id']}"
    body = {"image": True, "dry_run": True}
    dry = cloud.call("POST", f"{path}/export/json", user=owner, body=body).json
    assert dry["warnings"] == [warning]
    task_id = cloud.start(owner, event["id"], image=True)
    assert cloud.work(task_id)
    task = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert task["warnings"] == [warning]
    manifest = json.loads(cloud.archive(task_id).read("manifest.json"))
    assert manifest["warnings"] == [warning]
    copy = cloud.call("POST", f"{path}/copy", user=owner, body={}).json
    assert copy["warnings"] == [{**warning, "table": None, "column": None}]
    assert copy["media"]["copied"] == 0


def test_an_event_without_media_files_is_no_reason_to_warn(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    event = make_event(connection, owner, logo_url=None, original_image_url=None)
    connection.commit()
    body = {"image": True, "dry_run": True}
    path = f"/v1/events/{event['id']}"
    dry = cloud.call("POST", f"{path}/export/json", user=owner, body=body).json
    assert dry["warnings"] == []
    assert cloud.call("POST", f"{path}/copy", user=owner, body={}).json["warnings"] == []


def test_a_denied_right_rings_in_a_dry_run_too(
    cloud: Cloud,
    owner: Row,
    event: Row,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def denied(**_: object) -> None:
        raise client_error("403")

    monkeypatch.setattr(clients.s3(), "head_object", denied)
    body = {"image": True, "dry_run": True}
    capsys.readouterr()
    path = f"/v1/events/{event['id']}"
    dry = cloud.call("POST", f"{path}/export/json", user=owner, body=body).json
    assert [skip["reason"] for skip in dry["skipped"]["media"]].count("access-denied") == 3
    refused = cloud.call("POST", f"{path}/copy", user=owner, body={})
    assert (refused.status, refused.codes) == (503, ["media-access-denied"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = [line["MediaAccessDenied"] for line in lines if "MediaAccessDenied" in line]
    assert counted == [[1, 1, 1], [1]]
