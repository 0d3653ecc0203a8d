"""The whole way of an import, through the deployed template."""

import hashlib
import json
from typing import Any

import pytest
import urllib3

from local.stack import Answer, Stack
from tests.e2e.exporting import (
    ALL_MEDIA,
    Download,
    download,
    export,
    finished,
    poll,
    start,
    task_id_of,
    until,
)
from tests.forms import CONTENT_TYPE, form

ORGANIZER = "organizer@paperboats.example"


@pytest.fixture(scope="module")
def original(stack: Stack) -> Download:
    """The sample event with its images."""
    return export(stack, body={"image": True})


@pytest.fixture(scope="module")
def imported(stack: Stack, original: Download) -> dict[str, Any]:
    """The task of its import, by the call that the web client makes."""
    return finished(stack, task_id_of(post(stack, original.content)))


def post(stack: Stack, content: bytes, *, role: str = "organizer", **options: bool) -> Answer:
    """Send an archive as the web client's import page does."""
    parts: list[tuple[str, str | None, bytes]] = [("file", "event.zip", content)]
    if options:
        parts.append(("options", None, json.dumps(options).encode()))
    return stack.request(
        "POST",
        "/v1/events/import/json",
        token=stack.tokens[role],
        body=form(*parts),
        headers={"Content-Type": CONTENT_TYPE},
    )


def announce(stack: Stack, content: bytes) -> dict[str, Any]:
    answer = ask_to_upload(stack, content, "organizer")
    assert answer.status == 200, answer.body
    announced: dict[str, Any] = answer.json()
    return announced


def ask_to_upload(stack: Stack, content: bytes, user: str) -> Answer:
    return stack.request(
        "POST",
        "/v1/events/import",
        token=stack.tokens[user],
        body={
            "name": "event.zip",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )


def upload(announced: dict[str, Any], content: bytes) -> int:
    """Upload an archive with the form that its announcement got; S3's status."""
    fields = {**announced["upload"]["fields"], "file": ("event.zip", content, "application/zip")}
    return urllib3.request("POST", announced["upload"]["url"], fields=fields, timeout=300).status


def names(archive: Download, file: str, key: str = "name") -> list[str]:
    return sorted(row[key] for row in archive.json(file))


def import_row(stack: Stack, task_id: str) -> tuple[Any, ...]:
    connection = stack.connect()
    try:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT user_id, result, result_status FROM import_jobs WHERE task = %s", (task_id,)
        )
        return tuple(cursor.fetchone())
    finally:
        connection.close()


def test_an_archive_comes_back_as_an_event_of_the_importer(
    stack: Stack, original: Download, imported: dict[str, Any]
) -> None:
    assert imported["state"] == "SUCCESS"
    event_id = imported["result"]["id"]
    assert event_id != stack.event["id"]
    assert imported["result"]["event_name"] == original.json("event")["name"]

    again = export(stack, event_id, body={"image": True})

    event = again.json("event")
    assert (event["state"], event["id"]) == ("draft", event_id)
    assert event["identifier"] == imported["result"]["identifier"]
    assert names(again, "sessions", "title") == names(original, "sessions", "title")
    for file in ("speakers", "tracks", "microlocations", "session_types", "sponsors"):
        assert names(again, file) == names(original, file)
    pictures = [
        sorted(
            hashlib.sha256(archive.zip.read(name)).hexdigest()
            for name in archive.zip.namelist()
            if name.startswith("images/")
        )
        for archive in (again, original)
    ]
    assert pictures[0] == pictures[1] != []


def test_its_report_can_be_downloaded(stack: Stack, imported: dict[str, Any]) -> None:
    del stack
    report = urllib3.request("GET", imported["report"]["download_url"]).json()

    assert report["event"]["id"] == imported["result"]["id"]
    assert report["files"] == imported["report"]["files"]
    assert {row["table"] for row in report["ids"]} >= {"events", "sessions", "speaker"}
    assert {"email": "owner@paperboats.example", "role": "owner"} in report["proposed_invites"]


def test_no_one_of_the_archives_team_has_got_a_right(
    stack: Stack, imported: dict[str, Any]
) -> None:
    refused = stack.request(
        "POST",
        f"/v1/events/{imported['result']['id']}/export/json",
        token=stack.tokens["owner"],
        body={},
    )
    assert refused.status == 403


def test_an_uploaded_archive_starts_by_itself(stack: Stack, original: Download) -> None:
    announced = announce(stack, original.content)

    assert upload(announced, original.content) == 204

    task_id = announced["task_url"].split("/")[3]
    task = finished(stack, task_id)
    assert task["state"] == "SUCCESS"
    assert [warning["code"] for warning in task["report"]["warnings"]] in (
        [],
        ["archive-imported-before"],
    )
    row = import_row(stack, task_id)
    assert row == (stack.users["organizer"], str(task["result"]["id"]), "SUCCESS")
    until(
        lambda: [mail for mail in stack.mails(ORGANIZER) if task_id in mail.text],
        lambda mails: len(mails) == 1,
    )


def test_s3_takes_no_archive_of_another_size(stack: Stack, original: Download) -> None:
    announced = announce(stack, original.content)

    assert upload(announced, original.content + b"x") == 400
    assert poll(stack, announced["task_url"].split("/")[3])["state"] == "WAITING"


def test_imports_that_wait_for_their_upload_are_limited(stack: Stack) -> None:
    """The function has the right to read which of them have ended, and whose archive is there."""
    answers = [ask_to_upload(stack, b"an archive", "registrar") for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    tasks = [
        stack.request("GET", answer.json()["task_url"], token=stack.tokens["registrar"]).json()
        for answer in answers
    ]
    assert [task["state"] for task in tasks] == ["FAILED", "WAITING", "WAITING"]


def test_a_broken_archive_fails_with_words(stack: Stack, original: Download) -> None:
    task_id = task_id_of(post(stack, original.content[:-100]))

    task = finished(stack, task_id)

    assert task["state"] == "FAILED"
    assert task["result"].endswith(".")
    assert import_row(stack, task_id)[1:] == (task["result"], "FAILURE")
    mails = until(lambda: [mail for mail in stack.mails(ORGANIZER) if task_id in mail.text], bool)
    assert task["result"] in mails[0].text


def test_a_dry_run_writes_nothing(stack: Stack, original: Download) -> None:
    task = finished(stack, task_id_of(post(stack, original.content, dry_run=True)))

    assert (task["state"], task["dry_run"]) == ("SUCCESS", True)
    assert task["result"] == {"event_name": original.json("event")["name"]}
    assert task["report"]["files"]["sessions"]["written"] == 60


def test_a_task_is_hidden_from_all_others(stack: Stack, original: Download) -> None:
    task_id = task_id_of(post(stack, original.content, dry_run=True))

    for role in ("stranger", "owner", "admin"):
        answer = stack.request("GET", f"/v1/tasks/{task_id}", token=stack.tokens[role])
        assert (answer.status, answer.json()["errors"][0]["code"]) == (404, "task-not-found")
    assert finished(stack, task_id)["state"] == "SUCCESS"


def test_calls_without_a_login_or_an_archive_are_refused(stack: Stack) -> None:
    refused = stack.request(
        "POST",
        "/v1/events/import/json",
        body=form(("file", "event.zip", b"PK")),
        headers={"Content-Type": CONTENT_TYPE},
    )
    assert refused.status == 401
    wrong = stack.request(
        "POST",
        "/v1/events/import/json",
        token=stack.tokens["organizer"],
        body=form(("file", "event.ical", b"BEGIN:VCALENDAR")),
        headers={"Content-Type": CONTENT_TYPE},
    )
    assert (wrong.status, wrong.json()["errors"][0]["code"]) == (404, "file-type-invalid")


def test_the_archives_team_is_invited_when_asked(stack: Stack, imported: dict[str, Any]) -> None:
    del imported
    small = export(stack, body={})
    task_id = task_id_of(post(stack, small.content))
    task = finished(stack, task_id)
    chosen = task["report"]["proposed_invites"]["invites"][0]["email"]

    answer = stack.request(
        "POST",
        f"/v1/events/import/{task_id}/invites",
        token=stack.tokens["organizer"],
        body={"emails": [chosen]},
    )

    assert answer.status == 200, answer.body
    assert answer.json()["sent"] == 1
    assert any("role-invites/invitation?token=" in mail.text for mail in stack.mails(chosen))


def test_a_large_archive_comes_back_with_all_its_media(stack: Stack) -> None:
    whole = download(finished(stack, start(stack, body=ALL_MEDIA)))
    announced = announce(stack, whole.content)
    assert upload(announced, whole.content) == 204

    task = finished(stack, announced["task_url"].split("/")[3])

    media = [
        name
        for name in whole.zip.namelist()
        if name.startswith(("images/", "videos/", "audios/", "slides/"))
    ]
    assert task["report"]["media"]["placed"] >= len(media)
