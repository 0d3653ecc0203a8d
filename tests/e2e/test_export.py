"""The whole way of an export, through the deployed template."""

import hashlib
import io
import re
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest
import urllib3

from local.stack import Stack
from openevent.catalogue.files import CONTRACT_FILES, FURTHER_FILES
from tests.browser import Browser
from tests.e2e.exporting import (
    ALL_MEDIA,
    Download,
    download,
    export,
    finished,
    linked,
    mails_about,
    poll,
    record,
    start,
    task_id_of,
    until,
)

ORGANIZER = "organizer@paperboats.example"
DEAD = "http://media.invalid/portraits/darya.jpg"


@pytest.fixture(scope="module")
def whole(stack: Stack) -> tuple[str, Download]:
    """The sample event with all its media: its task, and its archive."""
    task_id = start(stack, body=ALL_MEDIA)
    return task_id, download(finished(stack, task_id))


def test_an_organizer_gets_all_data_of_an_event(whole: tuple[str, Download]) -> None:
    names = set(whole[1].zip.namelist())

    data = {file.name for file in (*CONTRACT_FILES, *FURTHER_FILES)} | {"roles", "meta"}
    assert data <= names
    assert len(whole[1].json("sessions")) == 60
    assert len(whole[1].json("speakers")) == 40
    assert len(whole[1].json("sponsors")) == 8
    assert len(whole[1].json("tracks")) == 6
    assert len(whole[1].json("microlocations")) == 10
    assert {"email": "owner@paperboats.example", "role": "owner"} in whole[1].json("roles")


def test_the_media_is_in_the_archive_where_its_fields_say(whole: tuple[str, Download]) -> None:
    archive = whole[1]
    fields = [
        archive.json("event")["logo_url"],
        archive.json("event")["original_image_url"],
        *(speaker["photo_url"] for speaker in archive.json("speakers")),
        *(sponsor["logo_url"] for sponsor in archive.json("sponsors")),
        *(
            session[field]
            for session in archive.json("sessions")
            for field in ("slides_url", "audio_url", "video_url")
        ),
    ]

    filled = [field for field in fields if field]
    assert [field for field in filled if field.lstrip("/") not in archive.zip.namelist()] == [DEAD]


def test_a_dead_address_is_skipped_and_said(stack: Stack, whole: tuple[str, Download]) -> None:
    task_id, archive = whole
    speaker = next(row for row in archive.json("speakers") if row["photo_url"] == DEAD)
    skipped = {
        "file": "speakers",
        "id": speaker["id"],
        "field": "photo_url",
        "address": DEAD,
        "reason": "host-unknown",
        "detail": "there is no such server",
    }

    assert archive.json("manifest.json")["skipped"] == [skipped]
    assert poll(stack, task_id)["skipped"] == {"count": 1, "media": [skipped]}
    until(lambda: record(stack, task_id), lambda job: "mailed_at" in job)
    assert DEAD in mails_about(stack, task_id, ORGANIZER)[0].text


def test_the_manifest_has_size_and_digest_of_every_file(whole: tuple[str, Download]) -> None:
    archive = whole[1].zip
    listed = {file["path"]: file for file in whole[1].json("manifest.json")["files"]}

    assert set(listed) == set(archive.namelist()) - {"manifest.json"}
    for name, file in listed.items():
        content = archive.read(name)
        assert (file["size"], file["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
    assert listed["sessions"]["rows"] == 60
    assert "rows" not in listed["images/logo.png"]


def test_the_task_says_what_the_archive_is(stack: Stack, whole: tuple[str, Download]) -> None:
    task_id, archive = whole

    task = poll(stack, task_id)

    assert task["size"] == len(archive.content)
    assert task["sha256"] == hashlib.sha256(archive.content).hexdigest()
    assert task["files"] == len(archive.zip.namelist())
    assert task["expires_at"] == int(record(stack, task_id)["expires_at"]) - 30 * 24 * 3600


def test_unzip_finds_nothing_wrong(whole: tuple[str, Download], tmp_path: Path) -> None:
    (tmp_path / "event.zip").write_bytes(whole[1].content)

    assert whole[1].zip.testzip() is None
    try:
        done = subprocess.run(["unzip", "-tqq", tmp_path / "event.zip"], check=False)
    except FileNotFoundError:
        pytest.skip("this machine has no unzip; Python's zipfile has read it")
    assert done.returncode == 0


def test_nothing_confidential_is_in_the_archive(whole: tuple[str, Download]) -> None:
    archive = whole[1].zip

    found = [name for name in archive.namelist() if b"confidential" in archive.read(name).lower()]

    assert found == []


def test_one_mail_tells_who_asked(stack: Stack, whole: tuple[str, Download]) -> None:
    task_id, _ = whole
    until(lambda: record(stack, task_id), lambda job: "mailed_at" in job)

    mails = mails_about(stack, task_id, ORGANIZER)

    assert [mail.subject for mail in mails] == ["The export of Paper Boats 2027 is ready"]
    assert mails[0].to == [ORGANIZER]


def test_the_mails_link_leads_to_the_archive(stack: Stack, whole: tuple[str, Download]) -> None:
    task_id, archive = whole
    until(lambda: record(stack, task_id), lambda job: "mailed_at" in job)
    link = re.search(r"http\S+ticket=\S+", mails_about(stack, task_id, ORGANIZER)[0].text)
    assert link is not None

    page = stack.request("GET", link[0])
    answer = stack.request("GET", linked(page, "Download the archive", link[0]))

    assert (page.status, answer.status) == (200, 302)
    assert urllib3.request("GET", answer.headers["Location"]).data == archive.content


def test_the_page_leads_from_the_start_to_the_removal(stack: Stack) -> None:
    started = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/export/json",
        token=stack.tokens["owner"],
        body={"image": True, "video": True},
    )
    address = started.json()["page_url"]
    task_id = task_id_of(started)

    seen = until(lambda: stack.request("GET", address), lambda page: b"<progress" not in page.body)
    finished(stack, task_id, token=stack.tokens["owner"])
    page = stack.request("GET", address)
    assert (seen.status, page.status) == (200, 200)
    assert b"The archive is ready" in page.body

    signed = stack.request("GET", linked(page, "Download the archive", address)).headers["Location"]
    whole = urllib3.request("GET", signed)
    name = f'attachment; filename="event{stack.event["id"]}.zip"'
    assert whole.headers["Content-Disposition"] == name
    assert zipfile.ZipFile(io.BytesIO(whole.data)).testzip() is None
    # An interrupted download is resumed with an address that is signed again.
    signed = stack.request("GET", linked(page, "Download the archive", address)).headers["Location"]
    rest = urllib3.request("GET", signed, headers={"Range": "bytes=1000-"})
    assert (rest.status, rest.data) == (206, whole.data[1000:])

    removal = linked(page, "Remove this archive", address)
    assert b'<form method="post">' in stack.request("GET", removal).body
    assert urllib3.request("GET", signed).status == 200
    sent = stack.request(
        "POST",
        removal,
        body=b"",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert sent.status == 303
    gone = stack.request("GET", urljoin(removal, sent.headers["Location"]))
    assert (gone.status, b"This archive was removed" in gone.body) == (410, True)
    assert urllib3.request("GET", signed).status == 404


def test_a_browser_waits_and_removes(stack: Stack, browser: Browser) -> None:
    started = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/export/json",
        token=stack.tokens["owner"],
        body={"image": True, "audio": True, "document": True},
    )
    address = started.json()["page_url"]

    ready = browser.visit(
        address, script=True, until="Download the archive", screenshot="export-deployed"
    )
    gone = browser.visit(address, clicks=["Remove this archive", "Remove the archive"])

    assert (ready.status, ready.foreign(), ready.errors) == (200, [], [])
    assert (ready.invalid, ready.violations) == ([], [])
    assert (gone.status, gone.address, gone.foreign()) == (410, address, [])
    assert "This archive was removed" in gone.text
    assert (gone.invalid, gone.violations) == ([], [])


def test_the_address_is_signed_and_no_other_reads_the_archive(
    whole: tuple[str, Download],
) -> None:
    address = whole[1].address

    assert urllib3.request("GET", address.partition("?")[0]).status == 403
    assert urllib3.request("GET", address.replace("Signature=", "Signature=0")).status == 403


def test_the_archive_is_downloaded_by_its_path(stack: Stack, whole: tuple[str, Download]) -> None:
    exports = stack.request(
        "GET", f"/v1/events/{stack.event['id']}/exports", token=stack.tokens["owner"]
    ).json()
    found = next(export for export in exports["data"] if export["id"] == whole[0])
    path = f"/v1/events/{stack.event['identifier']}/exports/{found['attributes']['path']}"

    answer = stack.request("GET", path, token=stack.tokens["owner"])

    assert answer.status == 302
    assert urllib3.request("GET", answer.headers["Location"]).data == whole[1].content


def test_an_identifier_is_as_good_as_an_id(stack: Stack) -> None:
    archive = export(stack, stack.event["identifier"])

    assert archive.json("event")["identifier"] == stack.event["identifier"]
    assert archive.json("event")["logo_url"].startswith("http")


def test_an_event_without_anything_is_exported(stack: Stack) -> None:
    archive = export(stack, stack.event["empty_id"], token=stack.tokens["owner"], body=ALL_MEDIA)

    assert archive.json("sessions") == []
    assert archive.zip.read("tracks") == b"[]"
    assert archive.json("manifest.json")["skipped"] == []


def test_two_at_once_are_both_whole(stack: Stack) -> None:
    """Export, 10: two at once shared one directory, and both lacked photos."""
    bodies = ({"image": True}, {"image": True, "audio": True})
    tasks = [start(stack, body=body) for body in bodies]

    archives = [download(finished(stack, task_id)) for task_id in tasks]

    assert len(set(tasks)) == 2
    for archive in archives:
        photos = [name for name in archive.zip.namelist() if "images/speakers/" in name]
        with_photo = [s for s in archive.json("speakers") if (s["photo_url"] or "")[:1] == "/"]
        assert len(photos) == len(with_photo) == 37


def test_an_impatient_finger_gets_the_same_task(stack: Stack) -> None:
    token = stack.tokens["coorganizer"]
    body = {"document": True}

    tasks = {start(stack, token=token, body=body) for _ in range(3)}

    assert len(tasks) == 1
    finished(stack, tasks.pop(), token=token)


def test_open_events_administrators_see_the_job(stack: Stack) -> None:
    task_id = start(stack, body={"video": True})

    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT user_email, event_id FROM export_jobs WHERE task = %s", [f"/v1/tasks/{task_id}"]
        )
        assert cursor.fetchall() == ([ORGANIZER, stack.event["id"]],)
    finished(stack, task_id)


def test_a_removed_export_is_gone(stack: Stack) -> None:
    token = stack.tokens["owner"]
    task_id = start(stack, token=token, body={"audio": True, "document": True})
    archive = download(finished(stack, task_id, token=token))

    removed = stack.request("DELETE", f"/v1/tasks/{task_id}", token=token)

    assert removed.status == 200
    assert urllib3.request("GET", archive.address).status == 404
    asked = stack.request("GET", f"/v1/tasks/{task_id}", token=token)
    assert (asked.status, asked.json()["errors"][0]["code"]) == (410, "export-removed")
