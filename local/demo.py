"""The demo: an export from start to mail, and its archive imported again, at a terminal."""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

from urllib3 import encode_multipart_formdata

from local import Failed, cloud, comparison, processes
from local.cloud import CloudOptions
from local.emulator import LOG
from local.stack import Mail, Stack
from local.steps import bar, end_bar, step

# Seconds between two polls of the task, and until the export and its mail must be finished.
PAUSE = 0.5
PATIENCE = 120

ALL_MEDIA = {"image": True, "video": True, "document": True, "audio": True}


def run(directory: Path, destination: Path) -> None:
    """Start a cloud in `directory`, export its event into `destination`, import it, and stop.

    Raises `Failed`.
    """
    start = time.monotonic()
    print("\nStarting a cloud on this machine\n")
    stack = cloud.up(directory, CloudOptions())
    try:
        archive = _export(stack, destination)
        _import(stack, archive)
    except BaseException as error:
        # The cloud's files remain, so that the cause can be found.
        processes.stop(directory)
        if isinstance(error, Failed):
            error.add_note(f"Log of the functions: {directory / LOG}")
        raise
    with step("Stop the cloud and remove its files"):
        cloud.down(directory)
    print(f"\nDone in {time.monotonic() - start:.1f} s. Archive: {archive.name}")


def _export(stack: Stack, destination: Path) -> Path:
    """Export the event, download and show the archive, and return its path."""
    print(f"\nExporting event {stack.event['id']} with all its media, as an organizer\n")
    archive = destination / f"event-{stack.event['id']}.zip"
    path = f"/v1/events/{stack.event['id']}/export/json"
    started = _start_export(stack, path)
    print(f"  {started['page_url']}\n")
    with step("Export the event"):
        task = _follow(stack, started["task_url"])
    with step("Download the archive"):
        archive.write_bytes(_download(stack, task["result"]["download_url"]))
    with step("Wait for the mail"):
        mail = _mail(stack)
    _show_archive(archive)
    _show_mail(mail)
    return archive


def _import(stack: Stack, archive: Path) -> None:
    """Import the archive as a new event, export that one, and compare the two."""
    print("\nImporting the archive again, as a new event of the organizer\n")
    with step("Import the archive"):
        task = _follow(stack, _start_import(stack, archive.read_bytes()))
    event = task["result"]
    with step("Export the new event"):
        path = f"/v1/events/{event['id']}/export/json"
        exported = _follow(stack, _start_export(stack, path)["task_url"])
        again = _download(stack, exported["result"]["download_url"])
    print(f"\nEvent {stack.event['id']} and the new event {event['id']}, a draft\n")
    with zipfile.ZipFile(archive) as first, zipfile.ZipFile(io.BytesIO(again)) as second:
        _show_comparison(first, second)
    invites = task["report"]["proposed_invites"]["count"]
    print(f"\nThe {invites} people of the archive's team have no rights; a call can invite them.")


def _show_comparison(first: zipfile.ZipFile, second: zipfile.ZipFile) -> None:
    """Print what is equal; raise `Failed` if anything differs that should not."""
    compared = comparison.compare(first, second)
    for file in compared:
        rows, differs = file.rows, ", ".join(file.differing)
        note = f"different: {differs}" if differs else "equal"
        print(f"  {file.file:<36}{rows[1]:>5} of {rows[0]:<5}{file.equal:>7} values  {note}")
    media, imported = map(comparison.media_digests, (first, second))
    note = "equal to the byte" if media == imported else "different"
    print(f"  {'media files':<36}{len(imported):>5} of {len(media):<5}{'':>15} {note}")
    if media != imported or not all(file.is_equal for file in compared):
        raise Failed("The imported event differs from its original.")


def _start_export(stack: Stack, path: str) -> dict[str, str]:
    """Start an export; return the addresses of its task and of its page."""
    answer = stack.request("POST", path, token=stack.tokens["organizer"], body=ALL_MEDIA)
    started: dict[str, str] = answer.json()
    return started


def _start_import(stack: Stack, archive: bytes) -> str:
    """Send the archive as the web client's import page does; return the address of the task."""
    body, content_type = encode_multipart_formdata(
        {"file": ("event.zip", archive, "application/zip")}
    )
    answer = stack.request(
        "POST",
        "/v1/events/import/json",
        token=stack.tokens["organizer"],
        body=body,
        headers={"Content-Type": content_type},
    )
    if answer.status != 200:  # noqa: PLR2004 (HTTP's OK)
        raise Failed(f"The import could not be started: {answer.status} {answer.body!r}")
    return str(answer.json()["task_url"])


def _follow(stack: Stack, task_url: str) -> dict[str, Any]:
    """Poll a task until it ends, and return it."""
    token = stack.tokens["organizer"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        task: dict[str, Any] = stack.request("GET", task_url, token=token).json()
        if task["state"] != "WAITING":
            end_bar()
            break
        progress = task.get("progress") or {"stage": "waiting", "done": 0, "total": 1}
        bar(progress["stage"], progress["done"], progress["total"])
        time.sleep(PAUSE)
    if task["state"] != "SUCCESS":
        raise Failed(f"The task failed: {json.dumps(task)}")
    return task


def _download(stack: Stack, address: str) -> bytes:
    answer = stack.request("GET", address)
    if answer.status != 200:  # noqa: PLR2004 (HTTP's OK)
        raise Failed(f"The archive could not be downloaded: {answer.status} {answer.body!r}")
    return answer.body


def _mail(stack: Stack) -> Mail:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if mails := stack.mails():
            return mails[0]
        time.sleep(PAUSE)
    raise Failed(f"No mail arrived within {PATIENCE} s.")


def _show_archive(file: Path) -> None:
    print(f"\n{file.name}, {_size(file.stat().st_size)}\n")
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        rows = {entry["path"]: entry.get("rows") for entry in manifest["files"]}
        for entry in archive.infolist():
            count = rows.get(entry.filename)
            shown = "" if count is None else f"{count} row{'' if count == 1 else 's'}"
            print(f"  {entry.filename:<52}{_size(entry.file_size):>9}  {shown}".rstrip())
    for skipped in manifest["skipped"]:
        place = f"{skipped['file']} {skipped['id']}, {skipped['field']}"
        print(f"\nSkipped: {place}: {skipped['detail']} ({skipped['address']})")


def _show_mail(mail: Mail) -> None:
    print(f"\nFrom: {mail.sender}\nTo: {', '.join(mail.to)}\nSubject: {mail.subject}\n")
    print("".join(f"  {line}".rstrip() + "\n" for line in mail.text.splitlines()))


def _size(count: int) -> str:
    if count < 1000:  # noqa: PLR2004 (a kB)
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"  # noqa: PLR2004
