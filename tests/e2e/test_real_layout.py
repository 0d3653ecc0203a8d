"""Issue 11 §1 on the emulator: media where the real server puts it, by the roles of the template.

The functions reach S3 through a relay that notes what they ask for; the server's own disk and
Google's storage are web servers of this test.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.stack import Stack
from tests.e2e.copying import add_sponsor, copied, event_of, objects
from tests.e2e.exporting import Download, download, finished, start
from tests.e2e.faults import reads_refused
from tests.e2e.installation import GOOGLE, WatchedS3, google, settings, watched_s3
from tests.e2e.web import Page, Web

CDN = "https://cdn.example/media"
STATIC_DOMAIN = "https://static.example"
HASH = "L0RYL3g3VF"
AT_GOOGLE = f"https://{GOOGLE}/eventyay.com/events/6/logo/{HASH}/6d.png"
PUBLIC = "http://acs.amazonaws.com/groups/global/AllUsers"

# Hosts of all buckets, before the path begins with the bucket's name.
ENDPOINTS = [
    "s3.amazonaws.com",
    "s3.us-east-1.amazonaws.com",
    "s3-us-east-1.amazonaws.com",
    "s3.dualstack.us-east-1.amazonaws.com",
    "s3-external-1.amazonaws.com",
]
# Hosts that follow the bucket's name only.
OWN_ENDPOINTS = ["s3-accelerate.amazonaws.com", "s3-website-us-east-1.amazonaws.com"]


@dataclass(frozen=True)
class Installation:
    """A server's media in S3, on its disk and at Google, and an event that uses it all.

    `media`: addresses of the event's media files, with their content. `private`: addresses that its
    rows hold, of files that are never read. `public`: keys of the event's objects. `stored`: keys
    of all objects in the bucket.
    """

    event_id: int
    s3: WatchedS3
    disk: Web
    google: Web
    media: dict[str, bytes]
    private: list[str]
    public: list[str]
    stored: set[str]


def spellings(bucket: str, key: str) -> list[str]:
    """The addresses of an object, as the server, its versions and its operators write them."""
    return [
        *(f"https://{bucket}.{endpoint}/{key}" for endpoint in (*ENDPOINTS, *OWN_ENDPOINTS)),
        *(f"https://{endpoint}/{bucket}/{key}" for endpoint in ENDPOINTS),
        f"http://{bucket}.s3.amazonaws.com/{key}",
        f"{CDN}/{key}",
        f"{STATIC_DOMAIN}/{key}",
    ]


def picture(text: str) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + text.encode()


def upload(stack: Stack, key: str) -> bytes:
    """Store an object as the server does; return its content."""
    body = picture(key)
    stack.client("s3").put_object(
        Bucket=stack.media_bucket, Key=key, Body=body, ACL="public-read", ContentType="image/png",
        ContentDisposition=f"attachment; filename={key.rpartition('/')[2]}",
    )  # fmt: skip
    return body


@pytest.fixture(scope="module")
def installation(
    stack: Stack, web: Web, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    event_id = event_of(stack, [])
    other_id = stack.event["id"]
    public = [
        f"temp/images/4b/{HASH}/4b.png",
        f"events/temp/4b/{HASH}/4b.png",
        f"users/12/original/{HASH}/4b.png",
        f"events/{event_id}/large/{HASH}/4b.png",
    ]
    private = [
        f"orders/invoices/pdf/7/{HASH}/a.pdf",
        f"attendees/tickets/pdf/7/{HASH}/a.pdf",
        f"events/organizer/invoices/pdf/7/{HASH}/a.pdf",
        f"badge-forms/generated-pdf/7/{HASH}/a.pdf",
        f"exports/7/zip/{HASH}/a.zip",
        f"events/{other_id}/large/{HASH}/4b.png",
    ]
    bodies = {key: upload(stack, key) for key in (*public, *private)}
    bucket = stack.media_bucket
    media = {address: bodies[key] for key in public for address in spellings(bucket, key)}
    for path in (f"temp/images/5c/{HASH}/5c.png", f"events/{event_id}/large/{HASH}/5c.png"):
        body = picture(path)
        web.put(f"/static/media/{path}", Page(body))
        for host in ("http://localhost", "http://127.0.0.1:5000", f"http://{web.host}", ""):
            media[f"{host}/static/media/{path}"] = body
    media[AT_GOOGLE] = picture(AT_GOOGLE)
    refused = [
        *(address for key in private for address in spellings(bucket, key)),
        f"https://{bucket}.s3.amazonaws.com/temp/images/../../{private[0]}",
        f"https://{bucket}.s3.amazonaws.com/temp/images/%2e%2e/%2e%2e/{private[0]}",
        "/static/media/orders/invoices/pdf/7/a.pdf",
        f"http://localhost/static/media/events/{other_id}/large/{HASH}/4b.png",
        f"http://{web.host}/static/uploads/exports/event7.zip",
        f"https://{GOOGLE}/eventyay.com/orders/invoices/pdf/7/a.pdf",
    ]
    for address in (*media, *refused):
        add_sponsor(stack, event_id, address)
    with ExitStack() as running:
        s3 = running.enter_context(watched_s3(stack))
        directory = tmp_path_factory.mktemp("google")
        at_google, redirection = running.enter_context(google(directory))
        at_google.put(urlsplit(AT_GOOGLE).path, Page(media[AT_GOOGLE]))
        values = {
            "AWS_ENDPOINT_URL_S3": s3.url,
            "MEDIA_BASE_URLS": f"{CDN},{STATIC_DOMAIN}",
            "MEDIA_ROOT_URL": f"http://{web.host}",
            "MEDIA_TRUSTED_HOSTS": f"{web.host},{GOOGLE}:443",
            **redirection,
        }
        functions = ["export_start", "export_worker", "copy_event"]
        running.enter_context(settings(stack, functions, values))
        stored = set(objects(stack))
        yield Installation(event_id, s3, web, at_google, media, refused, public, stored)


def export(stack: Stack, event_id: int) -> tuple[dict[str, Any], Download]:
    """Export the images of the event as its owner; the task and the archive."""
    token = stack.tokens["owner"]
    task = finished(stack, start(stack, event_id, token=token, body={"image": True}), token=token)
    return task, download(task)


def dry_run(stack: Stack, event_id: int) -> dict[str, Any]:
    path = f"/v1/events/{event_id}/export/json"
    body = {"image": True, "dry_run": True}
    answer = stack.request("POST", path, token=stack.tokens["owner"], body=body)
    assert answer.status == 200, answer.body
    described: dict[str, Any] = answer.json()
    return described


def logged(stack: Stack, function: str, text: str) -> list[dict[str, Any]]:
    """The lines that the function has logged and that contain `text`."""
    group = f"/aws/lambda/{stack.functions[function]}"
    found = stack.client("logs").filter_log_events(logGroupName=group, limit=10_000)
    lines = [event["message"] for event in found["events"] if text in event["message"]]
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def archive(stack: Stack, installation: Installation) -> Download:
    return export(stack, installation.event_id)[1]


@pytest.fixture(scope="module")
def described(stack: Stack, installation: Installation) -> dict[str, Any]:
    return dry_run(stack, installation.event_id)


@pytest.fixture(scope="module")
def copy(stack: Stack, installation: Installation) -> dict[str, Any]:
    return copied(stack, installation.event_id)


def test_an_export_has_each_media_file(installation: Installation, archive: Download) -> None:
    logos = [sponsor["logo_url"] for sponsor in archive.json("sponsors")]
    stored = [archive.zip.read(logo[1:]) for logo in logos if logo.startswith("/images/")]
    assert sorted(stored) == sorted(installation.media.values())
    refused = [logo for logo in logos if not logo.startswith("/images/")]
    assert sorted(refused) == sorted(installation.private)


def test_the_manifest_names_what_is_never_read(
    installation: Installation, archive: Download
) -> None:
    manifest = archive.json("manifest.json")
    assert manifest["warnings"] == []
    skipped = sorted((skip["reason"], skip["address"]) for skip in manifest["skipped"])
    assert skipped == [("not-of-this-event", address) for address in sorted(installation.private)]


def test_a_dry_run_weighs_each_media_file(
    installation: Installation, described: dict[str, Any]
) -> None:
    assert described["media"] == {
        "files": len(installation.media),
        "bytes": sum(map(len, installation.media.values())),
        "of_unknown_size": 0,
        "timed_out": 0,
    }
    assert described["skipped"]["count"] == len(installation.private)
    assert {skip["reason"] for skip in described["skipped"]["media"]} == {"not-of-this-event"}
    assert described["warnings"] == []


def test_a_copy_has_public_objects_of_its_own_and_shares_what_is_elsewhere(
    stack: Stack, installation: Installation, copy: dict[str, Any]
) -> None:
    made = {key for key in objects(stack) if key.startswith(f"events/{copy['id']}/")}
    assert len(made) == copy["media"]["copied"] == len(installation.public)
    for key in made:
        acl = stack.client("s3").get_object_acl(Bucket=stack.media_bucket, Key=key)
        assert PUBLIC in [grant["Grantee"].get("URI") for grant in acl["Grants"]]
    hosts = f"(localhost|127.0.0.1:5000|{installation.disk.host}|{GOOGLE})"
    elsewhere = re.compile(rf"/static/|https?://{hosts}/")
    addresses = sorted([*installation.media, *installation.private])
    assert copy["media"]["kept"] == [one for one in addresses if elsewhere.match(one)]
    assert copy["media"]["foreign"] == [
        one for one in sorted(installation.private) if not elsewhere.match(one)
    ]


def test_nothing_else_is_asked_for(
    stack: Stack,
    installation: Installation,
    archive: Download,
    described: dict[str, Any],
    copy: dict[str, Any],
) -> None:
    """By an export, a dry run and a copy: neither in S3, nor on the disk, nor at Google."""
    assert archive.content
    assert described["dry_run"]
    assert copy["copied"]
    asked = installation.s3.asked(stack.media_bucket)
    assert asked & installation.stored == set(installation.public)
    assert not [key for key in asked if "orders" in key]
    on_disk = {path for path in installation.disk.asked if path.startswith("/static/")}
    assert on_disk == {path for path in installation.media if path.startswith("/static/")}
    assert set(installation.google.asked) == {urlsplit(AT_GOOGLE).path}


def test_an_object_that_is_denied_is_said_logged_and_counted(stack: Stack) -> None:
    key = f"temp/images/{uuid4()}/{HASH}/4b.png"
    upload(stack, key)
    address = f"https://{stack.media_bucket}.s3.amazonaws.com/{key}"
    event_id = event_of(stack, [address])
    functions = ["export_start", "export_worker"]
    before = {name: len(logged(stack, name, "MediaAccessDenied")) for name in functions}
    with reads_refused(stack, key):
        described = dry_run(stack, event_id)
        task, archive = export(stack, event_id)
    in_manifest = archive.json("manifest.json")["skipped"]
    for skipped in (described["skipped"]["media"], task["skipped"]["media"], in_manifest):
        assert [(skip["reason"], skip["address"]) for skip in skipped] == [
            ("access-denied", address)
        ]
    for name in functions:
        [line] = logged(stack, name, address)
        assert (line["level"], line["reason"]) == ("WARNING", "access-denied")
        counted = logged(stack, name, "MediaAccessDenied")[before[name] :]
        assert [line["MediaAccessDenied"] for line in counted] == [[1.0]]


def test_a_bucket_to_which_no_address_leads_is_said_and_logged(stack: Stack) -> None:
    functions = ["export_start", "export_worker"]
    code = "media-bucket-unused"
    before = {name: len(logged(stack, name, code)) for name in functions}
    event_id = event_of(stack, [f"https://another.s3.amazonaws.com/temp/images/4b/{HASH}/4b.png"])
    described = dry_run(stack, event_id)
    task, archive = export(stack, event_id)
    for found in (described, task, archive.json("manifest.json")):
        assert found["warnings"] == [{"code": code}]
    for name in functions:
        [line] = logged(stack, name, code)[before[name] :]
        assert (line["level"], line["code"]) == ("WARNING", code)
