"""Archives that S3 puts together, through the deployed template."""

import io
import zipfile
from random import Random

import pytest

from local.stack import Stack
from tests.e2e.exporting import download, finished, record, start, until
from tests.e2e.faults import kill_worker
from tests.e2e.web import Page, Web

MIB = 1 << 20
EMPTY_ID = "empty_id"


@pytest.fixture
def videos(stack: Stack) -> dict[str, bytes]:
    """Videos of the empty event in the media bucket, more than goes over the worker's disk."""
    noise = Random(7).randbytes  # noqa: S311 - no secret
    sizes = {"a": 12 * MIB, "b": 300_000, "c": 17 * MIB + 1}
    found = {f"events/{stack.event[EMPTY_ID]}/{name}": noise(size) for name, size in sizes.items()}
    for key, body in found.items():
        stack.client("s3").put_object(Bucket=stack.media_bucket, Key=key, Body=body)
    return found


def sessions(stack: Stack, addresses: list[str]) -> int:
    """The empty event, with a session for each address of a video; returns its id."""
    event = int(stack.event[EMPTY_ID])
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("DELETE FROM sessions WHERE event_id = %s", [event])
        for address in addresses:
            cursor.execute(
                "INSERT INTO sessions (event_id, title, video_url, state, is_mail_sent, is_locked)"
                " VALUES (%s, %s, %s, 'accepted', false, false)",
                [event, address, address],
            )
        connection.commit()
    return event


@pytest.fixture(autouse=True)
def _empty_again(stack: Stack) -> object:
    yield
    sessions(stack, [])


def addresses(stack: Stack, videos: dict[str, bytes]) -> list[str]:
    return [f"{stack.media_url}/{key}" for key in videos]


def check(content: bytes, expected: list[bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = sorted(name for name in archive.namelist() if name.startswith("videos/"))
        assert sorted(archive.read(name) for name in names) == sorted(expected)


def check_nothing_else_is_left(stack: Stack, task_id: str) -> None:
    s3 = stack.client("s3")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=stack.export_bucket)
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=stack.export_bucket)["Contents"]]
    left = [key for key in keys if task_id in key and not key.endswith(".zip")]
    assert left == []


def test_s3_puts_a_large_archive_together(stack: Stack, videos: dict[str, bytes]) -> None:
    event = sessions(stack, addresses(stack, videos))

    task_id = start(stack, event, token=stack.tokens["admin"], body={"video": True})
    task = finished(stack, task_id, token=stack.tokens["admin"])

    assert task["state"] == "SUCCESS"
    assert task["sha256"] is None
    assert task["skipped"]["count"] == 0
    check(download(task).content, list(videos.values()))
    check_nothing_else_is_left(stack, task_id)


def test_another_worker_resumes_when_one_is_killed_while_s3_copies(
    stack: Stack, videos: dict[str, bytes], web: Web
) -> None:
    slow = web.put("/slow.mp4", Page(b"\x00\x00\x00\x18ftypmp42", delay=15))
    event = sessions(stack, [*addresses(stack, videos), slow])
    task_id = start(stack, event, token=stack.tokens["admin"], body={"video": True})
    until(lambda: web.asked, lambda asked: "/slow.mp4" in asked)

    assert kill_worker(stack) > 0
    body = web.put("/slow.mp4", Page(b"\x00\x00\x00\x18ftypmp42"))

    task = finished(stack, task_id, token=stack.tokens["admin"])
    assert body == slow
    check(download(task).content, [*videos.values(), b"\x00\x00\x00\x18ftypmp42"])
    assert int(record(stack, task_id)["attempts"]) > 1
    check_nothing_else_is_left(stack, task_id)


def test_a_job_that_is_removed_leaves_no_upload(
    stack: Stack, videos: dict[str, bytes], web: Web
) -> None:
    slow = web.put("/slower.mp4", Page(b"\x00\x00\x00\x18ftypmp42", delay=8))
    event = sessions(stack, [*addresses(stack, videos), slow])
    token = stack.tokens["admin"]
    task_id = start(stack, event, token=token, body={"video": True})
    until(lambda: web.asked, lambda asked: "/slower.mp4" in asked)

    answer = stack.request("DELETE", f"/v1/tasks/{task_id}", token=token)

    assert answer.status == 200
    assert stack.request("GET", f"/v1/tasks/{task_id}", token=token).status == 410
    until(lambda: uploads(stack), lambda found: not found)
    until(lambda: kept(stack, task_id), lambda found: not found)


def uploads(stack: Stack) -> list[str]:
    found = stack.client("s3").list_multipart_uploads(Bucket=stack.export_bucket)
    return [upload["Key"] for upload in found.get("Uploads", [])]


def kept(stack: Stack, task_id: str) -> list[str]:
    found = stack.client("s3").list_objects_v2(Bucket=stack.export_bucket).get("Contents", [])
    return [
        each["Key"] for each in found if task_id in each["Key"] and "/parts/" not in each["Key"]
    ]


def test_what_is_not_ready_in_time_is_resumed_in_the_next_invocation(
    stack: Stack, videos: dict[str, bytes], web: Web
) -> None:
    """Each try would be over before the slow server has answered for all."""
    slow = [
        web.put(f"/tardy/{i}.mp4", Page(b"\x00\x00\x00\x18ftypmp42" + bytes([i]), delay=4))
        for i in range(96)
    ]
    event = sessions(stack, [*addresses(stack, videos), *slow])
    task_id = start(stack, event, token=stack.tokens["admin"], body={"video": True})

    task = finished(stack, task_id, token=stack.tokens["admin"])

    bodies = [web.pages[f"/tardy/{i}.mp4"].body for i in range(96)]
    check(download(task).content, [*videos.values(), *bodies])
    assert int(record(stack, task_id)["attempts"]) > 1
