"""Update of a stack from the first release, with exports, a copy and an invite in flight."""

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import urllib3

from local import cloud, processes, sam
from local.cloud import CloudOptions
from local.emulator import Access
from local.places import ROOT, claimed
from local.stack import Stack
from tests.e2e.conftest import CLOUDS
from tests.e2e.exporting import (
    ALL_MEDIA,
    download,
    finished,
    mails_about,
    poll,
    record,
    start,
    until,
)
from tests.e2e.faults import kill_worker, worker_paused
from tests.e2e.web import Page, Web

# The commit of release 1.0.
FIRST_RELEASE = "110d7b7"

VIDEO = Random(7).randbytes(12 << 20)  # noqa: S311 - no secret
SLOW = b"\x00\x00\x00\x18ftypmp42"
KEY = {"Idempotency-Key": "made-before-the-update"}


@dataclass(frozen=True)
class Updated:
    """The stack after its update, and what was begun before it."""

    stack: Stack
    done: dict[str, Any]
    done_id: str
    waiting_id: str
    assembling_id: str
    failed_record: dict[str, Any]
    copy: dict[str, Any]
    invite_token: str


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of release 1.0."""
    git = shutil.which("git")
    archived = git and subprocess.run(
        [git, "-C", str(ROOT), "archive", FIRST_RELEASE], capture_output=True, check=False
    )
    if not archived or archived.returncode:
        pytest.fail(
            f"Release 1.0 (commit {FIRST_RELEASE}) is not in this working copy's history. "
            "Fetch the whole history: git fetch --unshallow",
            pytrace=False,
        )
    directory = tmp_path_factory.mktemp("release-1.0")
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as files:
        files.extractall(directory, filter="data")
    return directory


@pytest.fixture(scope="module")
def updated(first_release: Path, web: Web) -> Iterator[Updated]:
    """A stack of release 1.0 with work in flight, updated to this working copy."""
    # A process cannot start a second PostgreSQL in the directory of its first one.
    with claimed(f"e2e-update-{number}" for number in range(1, CLOUDS + 1)) as directory:
        parameters = {"MediaTrustedHosts": web.host, "AssembleAboveMegabytes": "10"}
        stack = cloud.up(directory, CloudOptions(parameters=parameters, source=first_release))
        done_id = start(stack, body=ALL_MEDIA)
        done = finished(stack, done_id)
        # A worker that is killed before it has recorded its mail would send it twice.
        until(lambda: record(stack, done_id), lambda job: "mailed_at" in job)
        copy = copy_event(stack)
        token = invite(stack)
        assembling_id = interrupt_assembly(stack, web)
        with worker_paused(stack):
            waiting_id = start(stack, body={"image": True})
            in_flight = record(stack, assembling_id)
            update(directory, stack)
        web.put("/slow-update.mp4", Page(SLOW))
        yield Updated(stack, done, done_id, waiting_id, assembling_id, in_flight, copy, token)
        processes.stop(directory)


def update(directory: Path, stack: Stack) -> None:
    """Deploy this working copy over the stack, with the parameters that it has."""
    sam.build(directory)
    access = Access(
        stack.aws_endpoint_url,
        stack.aws_access_key_id,
        stack.aws_secret_access_key,
        stack.aws_region,
    )
    sam.deploy(directory, access, {})


def copy_event(stack: Stack) -> dict[str, Any]:
    answer = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/copy",
        token=stack.tokens["organizer"],
        body={"name": "Copied once"},
        headers=KEY,
    )
    assert answer.status == 200, answer.body
    copied: dict[str, Any] = answer.json()
    return copied


def invite(stack: Stack) -> str:
    """Invite the stranger; returns the token of the mail."""
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM roles WHERE name = 'moderator'")
        role = cursor.fetchone()[0]
        cursor.execute("SELECT _email FROM users WHERE id = %s", [stack.users["stranger"]])
        address = cursor.fetchone()[0]
    relationships = {
        "event": {"data": {"type": "event", "id": str(stack.event["id"])}},
        "role": {"data": {"type": "role", "id": str(role)}},
    }
    attributes = {"email": address, "role-name": "moderator"}
    document = {
        "data": {"type": "role-invite", "attributes": attributes, "relationships": relationships}
    }
    answer = stack.request(
        "POST", "/v1/role-invites", token=stack.tokens["organizer"], body=document
    )
    assert answer.status == 201, answer.body
    found = re.search(r"token=([\w-]+)", stack.mails(address)[-1].text)
    assert found
    return found[1]


def interrupt_assembly(stack: Stack, web: Web) -> str:
    """Start an export that S3 assembles, and kill its worker; returns the id of its task."""
    key = f"events/{stack.event['empty_id']}/video.mp4"
    stack.client("s3").put_object(Bucket=stack.media_bucket, Key=key, Body=VIDEO)
    slow = web.put("/slow-update.mp4", Page(SLOW, delay=20))
    with stack.connect() as connection:
        cursor = connection.cursor()
        for address in (f"{stack.media_url}/{key}", slow):
            cursor.execute(
                "INSERT INTO sessions (event_id, title, video_url, state, is_mail_sent, is_locked)"
                " VALUES (%s, %s, %s, 'accepted', false, false)",
                [stack.event["empty_id"], address, address],
            )
        connection.commit()
    task_id = start(
        stack, stack.event["empty_id"], token=stack.tokens["admin"], body={"video": True}
    )
    until(lambda: web.asked, lambda asked: "/slow-update.mp4" in asked)
    until(lambda: record(stack, task_id), lambda found: "upload" in found)
    assert kill_worker(stack) > 0
    return task_id


def test_a_finished_export_remains(updated: Updated) -> None:
    stack, before = updated.stack, updated.done
    now = poll(stack, updated.done_id)

    assert {name: now[name] for name in ("state", "size", "sha256", "files", "expires_at")} == {
        name: before[name] for name in ("state", "size", "sha256", "files", "expires_at")
    }
    assert now["skipped"] == before["left_out"]
    assert now["repaired"] == before["mended"]  # words: allow
    assert download(now).zip.testzip() is None


def test_the_link_in_the_mail_of_a_finished_export_works(updated: Updated) -> None:
    stack = updated.stack
    (mail,) = mails_about(stack, updated.done_id, "organizer@paperboats.example")
    found = re.search(r"http\S+/exports/zip/\S+", mail.text)
    assert found

    assert urllib3.request("GET", found[0]).data == download(poll(stack, updated.done_id)).content


def test_a_finished_export_is_listed_and_can_be_removed(updated: Updated) -> None:
    stack, token = updated.stack, updated.stack.tokens["organizer"]
    path = f"/v1/events/{stack.event['id']}/exports"
    listed = stack.request("GET", path, token=token)
    assert listed.status == 200
    assert updated.done_id in listed.body.decode()


def test_a_waiting_export_is_made_by_the_new_release(updated: Updated) -> None:
    task = finished(updated.stack, updated.waiting_id)

    assert download(task).zip.testzip() is None
    until(lambda: record(updated.stack, updated.waiting_id), lambda job: "mailed_at" in job)
    # Keys of release 1.0 do not hold the job's id.
    assert updated.waiting_id in record(updated.stack, updated.waiting_id)["archive"]["key"]["S"]
    assert len(mails_about(updated.stack, updated.waiting_id, "organizer@paperboats.example")) == 1


def test_an_archive_that_s3_was_assembling_is_begun_again(updated: Updated) -> None:
    stack, token = updated.stack, updated.stack.tokens["admin"]
    assert "upload" in updated.failed_record

    task = finished(stack, updated.assembling_id, token=token)

    archive = download(task).zip
    videos = [archive.read(name) for name in archive.namelist() if name.startswith("videos/")]
    assert sorted(videos) == sorted([VIDEO, SLOW])
    s3 = stack.client("s3")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=stack.export_bucket)


def test_a_repeated_copy_gets_its_first_answer(updated: Updated) -> None:
    assert copy_event(updated.stack) == updated.copy


def test_an_invite_is_accepted_with_its_mail(updated: Updated) -> None:
    stack = updated.stack
    answer = stack.request(
        "POST",
        "/v1/role_invites/accept-invite",
        token=stack.tokens["stranger"],
        body={"data": {"token": updated.invite_token}},
    )
    assert (answer.status, answer.json()["role"]) == (200, "moderator")
