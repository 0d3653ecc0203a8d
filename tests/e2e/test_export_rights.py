"""The table of rights: every caller and every deployed route of the export."""

import pytest

from local.stack import Stack
from tests.e2e.exporting import finished, start

# Of the wire contract: who may start an export, see its task, list and download exports.
MAY = {
    "admin": True,
    "owner": True,
    "organizer": True,
    "coorganizer": True,
    "track_organizer": False,
    "moderator": False,
    "registrar": False,
    "attendee": False,
    "group_organizer": False,  # of a group that the event is not in
    "stranger": False,
}

# At an event of a group. The owner of the sample event and the others have no role there.
MAY_IN_GROUP = {role: role in ("admin", "group_organizer") for role in MAY}


@pytest.fixture(scope="module")
def task_id(stack: Stack) -> str:
    """An export that the owner made."""
    token = stack.tokens["owner"]
    task_id = start(stack, token=token)
    assert finished(stack, task_id, token=token)["state"] == "SUCCESS"
    return task_id


@pytest.fixture(scope="module")
def path(stack: Stack, task_id: str) -> str:
    """Where its archive is downloaded."""
    event = stack.event["id"]
    exports = stack.request("GET", f"/v1/events/{event}/exports", token=stack.tokens["owner"])
    (found,) = (export for export in exports.json()["data"] if export["id"] == task_id)
    return f"/v1/events/{event}/exports/{found['attributes']['path']}"


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_start(stack: Stack, role: str, *, may: bool) -> None:
    answer = stack.request(
        "POST", f"/v1/events/{stack.event['id']}/export/json", token=stack.tokens[role]
    )

    assert answer.status == (200 if may else 403), answer.body


@pytest.mark.parametrize(("role", "may"), MAY_IN_GROUP.items())
def test_start_in_a_group(stack: Stack, role: str, *, may: bool) -> None:
    event = stack.event["of_a_group_id"]

    answer = stack.request("POST", f"/v1/events/{event}/export/json", token=stack.tokens[role])

    assert answer.status == (200 if may else 403), answer.body


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_see_the_task(stack: Stack, task_id: str, role: str, *, may: bool) -> None:
    answer = stack.request("GET", f"/v1/tasks/{task_id}", token=stack.tokens[role])
    unknown = stack.request(
        "GET", "/v1/tasks/3f0c2e1a-0000-4000-8000-000000000000", token=stack.tokens[role]
    )

    assert answer.status == (200 if may else 404), answer.body
    if not may:
        assert answer.body == unknown.body


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_list(stack: Stack, role: str, *, may: bool) -> None:
    path = f"/v1/events/{stack.event['id']}/exports"

    answer = stack.request("GET", path, token=stack.tokens[role])

    assert answer.status == (200 if may else 403), answer.body


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_download(stack: Stack, path: str, role: str, *, may: bool) -> None:
    answer = stack.request("GET", path, token=stack.tokens[role])

    assert answer.status == (302 if may else 403), answer.body


@pytest.mark.parametrize("role", [role for role, may in MAY.items() if not may])
def test_others_remove_nothing(stack: Stack, task_id: str, path: str, role: str) -> None:
    answer = stack.request("DELETE", f"/v1/tasks/{task_id}", token=stack.tokens[role])

    assert answer.status == 404
    assert stack.request("GET", path, token=stack.tokens["owner"]).status == 302


@pytest.mark.parametrize("role", [role for role, may in MAY.items() if may])
def test_remove(stack: Stack, role: str) -> None:
    token = stack.tokens["admin"]
    task_id = start(stack, token=token, body={"audio": True})
    finished(stack, task_id, token=token)

    assert stack.request("DELETE", f"/v1/tasks/{task_id}", token=stack.tokens[role]).status == 200
    assert stack.request("GET", f"/v1/tasks/{task_id}", token=token).status == 410


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/events/1/export/json"),
        ("GET", "/v1/tasks/3f0c2e1a-0000-4000-8000-000000000000"),
        ("DELETE", "/v1/tasks/3f0c2e1a-0000-4000-8000-000000000000"),
        ("GET", "/v1/events/1/exports"),
        ("GET", "/v1/events/1/exports/zip/x/event1.zip"),
    ],
)
def test_a_call_without_a_token(stack: Stack, method: str, path: str) -> None:
    """Export, 11: the task asked for no token, and an unknown one was answered 200."""
    answer = stack.request(method, path)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "JWT"
    assert answer.json()["errors"][0]["code"] == "token-missing"
