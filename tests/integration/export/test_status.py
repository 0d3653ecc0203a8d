"""Asking for tasks and archives: whose they are, what is said of them, and what is gone."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.archive.progress import Progress
from openevent.export import job_store, tickets
from openevent.export.tickets import Ticket
from tests.counting import statements
from tests.factories import delete_softly, give_role, make_event, make_user
from tests.functions import TABLE, TICKET_KEY, Cloud, client_error

Row = dict[str, Any]

UNKNOWN = "b7ca7088-876e-4c29-a0ee-b8029a64849a"


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    made = make_event(connection, owner, name="PyCon", identifier="934ebe39")
    connection.commit()
    return made


@pytest.fixture
def done(cloud: Cloud, owner: Row, event: Row) -> str:
    """A task that has ended well."""
    task_id = cloud.start(owner, event["id"])
    assert cloud.work(task_id)
    return task_id


@pytest.fixture
def stranger(connection: Connection, event: Row) -> Row:
    """A user with a role that gives no right to export."""
    user = make_user(connection)
    give_role(connection, user, event, "moderator")
    connection.commit()
    return user


def path_of(cloud: Cloud, task_id: str) -> str:
    archive = cloud.job(task_id).archive
    assert archive is not None
    return archive.path


def download(cloud: Cloud, event: object, path: str, **options: Any) -> Any:  # noqa: ANN401
    return cloud.call("GET", f"/v1/events/{event}/exports/{path}", **options)


def ticket(cloud: Cloud, task_id: str) -> str:
    """The ticket of the task's mail."""
    (mail,) = [mail for mail in cloud.mails() if task_id in mail.body]
    start = mail.body.index("?ticket=") + len("?ticket=")
    return str(mail.body[start:].split()[0].split('"')[0])


def expire(task_id: str, *, seconds: int = -1) -> None:
    """Let the task's archive expire in `seconds`."""
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET #archive.expires_at = :then",
        ExpressionAttributeNames={"#archive": "archive"},
        ExpressionAttributeValues={":then": {"N": str(int(time.time()) + seconds)}},
    )


def lose_the_right(connection: Connection) -> None:
    connection.execute(text("DELETE FROM users_events_roles"))
    connection.commit()


# A task


def test_a_task_that_waits_and_one_that_runs(cloud: Cloud, owner: Row, event: Row) -> None:
    task_id = cloud.start(owner, event["id"])
    answer = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner)
    assert (answer.status, answer.json) == (200, {"state": "WAITING", "progress": None})
    job = cloud.jobs.claim(task_id, "one", seconds=100)
    assert job is not None
    cloud.jobs.advance(job, "one", Progress(stage="media", done=3, total=9, bytes=1234))
    answer = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner)
    assert answer.json == {
        "state": "WAITING",
        "progress": {"stage": "media", "done": 3, "total": 9, "bytes": 1234},
    }


def test_while_a_task_waits_the_database_is_timed_out(cloud: Cloud, owner: Row, event: Row) -> None:
    task_id = cloud.start(owner, event["id"])
    with statements() as seen:
        assert cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).status == 200
    assert seen == []


def test_a_task_that_ended_well(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    answer = cloud.call("GET", f"/v1/tasks/{done}", user=owner)
    record = cloud.job(done).archive
    assert record is not None
    body = answer.json
    assert body["state"] == "SUCCESS"
    assert (body["size"], body["sha256"]) == (record.size, record.sha256)
    assert (body["files"], body["expires_at"]) == (record.files, record.expires_at)
    assert body["skipped"] == {"count": 0, "media": []}
    address = urlsplit(body["result"]["download_url"])
    query = parse_qs(address.query)
    assert address.netloc == "exports.s3.eu-central-1.amazonaws.com"
    assert address.path == f"/{record.key}"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["3600"]
    disposition = f'attachment; filename="event{event["id"]}.zip"'
    assert query["response-content-disposition"] == [disposition]


def test_an_address_is_not_good_for_longer_than_its_archive(
    cloud: Cloud, owner: Row, done: str
) -> None:
    expire(done, seconds=30)
    answer = cloud.call("GET", f"/v1/tasks/{done}", user=owner)
    query = parse_qs(urlsplit(answer.json["result"]["download_url"]).query)
    assert 25 <= int(query["X-Amz-Expires"][0]) <= 30


def test_a_task_that_failed(cloud: Cloud, connection: Connection, owner: Row, event: Row) -> None:
    task_id = cloud.start(owner, event["id"])
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.work(task_id)
    shown = cloud.call("GET", f"/v1/tasks/{task_id}", user=owner).json
    assert shown.pop("mail")["state"] == "sent"
    assert shown == {
        "state": "FAILED",
        "result": "The event was deleted before its export could be made.",
    }


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("name", [UNKNOWN, "x", "%20", "x" * 3000, "last%23x", "'"])
def test_export_defect_11_an_unknown_task(cloud: Cloud, owner: Row, name: str, method: str) -> None:
    """An unknown id answered 200 `PENDING`."""
    answer = cloud.call(method, f"/v1/tasks/{name}", user=owner)
    assert (answer.status, answer.codes) == (404, ["task-not-found"])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_other_records_are_no_tasks(cloud: Cloud, owner: Row, done: str, method: str) -> None:
    items = clients.dynamodb().scan(TableName=TABLE)["Items"]
    others = [item["id"]["S"] for item in items if item["id"]["S"] != done]
    assert len(others) == 4
    for name in others:
        assert cloud.call(method, f"/v1/tasks/{name}", user=owner).status == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_export_defect_11_a_task_asks_for_a_token(cloud: Cloud, done: str, method: str) -> None:
    """`/v1/tasks/<id>` asked for no token."""
    answer = cloud.call(method, f"/v1/tasks/{done}")
    assert (answer.status, answer.codes) == (401, ["token-missing"])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_s_task_looks_like_an_unknown_one(
    cloud: Cloud, stranger: Row, done: str, method: str
) -> None:
    others = cloud.call(method, f"/v1/tasks/{done}", user=stranger)
    unknown = cloud.call(method, f"/v1/tasks/{UNKNOWN}", user=stranger)
    assert (others.status, others.text) == (unknown.status, unknown.text)
    assert cloud.job(done).removed_at is None


def test_who_has_the_right_sees_another_s_task(
    cloud: Cloud, connection: Connection, event: Row, done: str
) -> None:
    other = make_user(connection)
    give_role(connection, other, event, "coorganizer")
    connection.commit()
    assert cloud.call("GET", f"/v1/tasks/{done}", user=other).json["state"] == "SUCCESS"


def test_an_address_is_handed_out_to_those_alone_who_may_now(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, done: str
) -> None:
    lose_the_right(connection)
    answer = cloud.call("GET", f"/v1/tasks/{done}", user=owner)
    assert (answer.status, answer.codes) == (403, ["access-forbidden"])
    answer = download(cloud, event["id"], path_of(cloud, done), user=owner)
    assert (answer.status, answer.codes) == (403, ["access-forbidden"])


def test_a_task_of_an_event_that_is_gone(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, done: str
) -> None:
    staff = make_user(connection, is_admin=True)
    make_event(connection, staff, identifier=str(event["id"]))
    delete_softly(connection, "events", event)
    connection.commit()
    assert cloud.call("GET", f"/v1/tasks/{done}", user=owner).codes == ["event-not-found"]
    assert cloud.call("GET", f"/v1/tasks/{done}", user=staff).codes == ["task-not-found"]


# What is gone


def test_an_archive_that_expired(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    path, good_until_then = path_of(cloud, done), ticket(cloud, done)
    expire(done)
    for answer in (
        cloud.call("GET", f"/v1/tasks/{done}", user=owner),
        download(cloud, event["id"], path, user=owner),
    ):
        assert (answer.status, answer.codes) == (410, ["export-expired"])
    page = download(cloud, event["id"], path, query={"ticket": good_until_then})
    assert (page.status, page.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "This export has expired. Please start a new one." in page.text


def test_an_archive_that_was_removed(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    path, of_the_mail = path_of(cloud, done), ticket(cloud, done)
    answer = cloud.call("DELETE", f"/v1/tasks/{done}", user=owner)
    assert (answer.status, answer.json) == (
        200,
        {"meta": {"message": "Object successfully deleted"}, "jsonapi": {"version": "1.0"}},
    )
    assert cloud.archives() == []
    assert cloud.call("GET", f"/v1/tasks/{done}", user=owner).codes == ["export-removed"]
    page = download(cloud, event["id"], path, query={"ticket": of_the_mail})
    assert (page.status, page.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "This export was removed." in page.text


def test_removed_twice_is_removed_once(cloud: Cloud, owner: Row, done: str) -> None:
    first = cloud.call("DELETE", f"/v1/tasks/{done}", user=owner)
    second = cloud.call("DELETE", f"/v1/tasks/{done}", user=owner)
    assert (first.status, second.status, second.text) == (200, 200, first.text)


def test_an_archive_that_could_not_be_removed_is_removed_by_the_next_try(
    cloud: Cloud, owner: Row, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise client_error("SlowDown")

    with monkeypatch.context() as broken:
        broken.setattr(clients.s3(), "delete_objects", away)
        answer = cloud.call("DELETE", f"/v1/tasks/{done}", user=owner)
        assert (answer.status, answer.codes) == (503, ["storage-unavailable"])
    assert len(cloud.archives()) == 1
    assert cloud.call("DELETE", f"/v1/tasks/{done}", user=owner).status == 200
    assert cloud.archives() == []


def test_an_archive_made_between_looking_and_removing_is_removed(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = cloud.start(owner, event["id"])
    waiting = cloud.job(task_id)
    assert cloud.work(task_id)
    with monkeypatch.context() as late:
        late.setattr(job_store.Jobs, "find", lambda *_: waiting)
        assert cloud.call("DELETE", f"/v1/tasks/{task_id}", user=owner).status == 200
    assert cloud.archives() == []


def test_a_job_that_waits_is_removed(cloud: Cloud, owner: Row, event: Row) -> None:
    task_id = cloud.start(owner, event["id"])
    assert cloud.call("DELETE", f"/v1/tasks/{task_id}", user=owner).status == 200
    assert cloud.work(task_id)
    assert (cloud.archives(), cloud.mails()) == ([], [])


# Downloading


def test_a_download_redirects_to_a_fresh_address(
    cloud: Cloud, owner: Row, event: Row, done: str
) -> None:
    for name in (event["id"], event["identifier"]):
        answer = download(cloud, name, path_of(cloud, done), user=owner)
        record = cloud.job(done).archive
        assert record is not None
        assert answer.status == 302
        assert urlsplit(answer.headers["location"]).path == f"/{record.key}"
        assert answer.headers["cache-control"] == "no-store"


def test_the_mail_s_link_downloads_without_a_login(cloud: Cloud, event: Row, done: str) -> None:
    query = {"ticket": ticket(cloud, done)}
    answer = download(cloud, event["id"], path_of(cloud, done), query=query)
    assert answer.status == 302


PATHS = [
    *("zip/x/event1.zip", "zip/../event1.zip", "zip/x/../../secret", "../../etc/passwd"),
    *("zip/%2e%2e/event1.zip", "zip/..%2f..%2fetc/passwd", "zip/\x00/event1.zip", "zip/x/"),
    *("zip//event1.zip", "zip", "/etc/passwd", "zip/x/y/event1.zip"),
]


def test_export_defect_14_no_path_leads_anywhere_else(
    cloud: Cloud, owner: Row, event: Row, done: str
) -> None:
    """`GET …/exports/<path>` opened any path on the server's disk."""
    query = {"ticket": ticket(cloud, done)}
    for path in PATHS:
        answer = download(cloud, event["id"], path, user=owner)
        assert answer.status == 404, path
        assert answer.codes in (["export-not-found"], ["not-found"]), path
        assert download(cloud, event["id"], path, query=query).status == 404, path


def test_an_archive_is_not_had_by_another_event(
    cloud: Cloud, connection: Connection, owner: Row, done: str
) -> None:
    other = make_event(connection, owner)
    connection.commit()
    path = path_of(cloud, done)
    assert download(cloud, other["id"], path, user=owner).codes == ["export-not-found"]
    query = {"ticket": ticket(cloud, done)}
    assert download(cloud, other["id"], path, query=query).status == 404


def test_no_login_and_no_ticket(cloud: Cloud, event: Row, done: str) -> None:
    answer = download(cloud, event["id"], path_of(cloud, done))
    assert (answer.status, answer.codes) == (401, ["token-missing"])


def test_a_ticket_of_who_has_lost_the_right(
    cloud: Cloud, connection: Connection, event: Row, done: str
) -> None:
    query = {"ticket": ticket(cloud, done)}
    lose_the_right(connection)
    page = download(cloud, event["id"], path_of(cloud, done), query=query)
    assert (page.status, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "Co-organizer access is required." in page.text


def test_a_ticket_of_who_is_blocked(
    cloud: Cloud, connection: Connection, event: Row, done: str
) -> None:
    query = {"ticket": ticket(cloud, done)}
    connection.execute(text("UPDATE users SET is_blocked = true"))
    connection.commit()
    page = download(cloud, event["id"], path_of(cloud, done), query=query)
    assert (page.status, page.headers["content-type"]) == (401, "text/html; charset=utf-8")


def test_invalid_tickets(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    later = int(time.time()) + 100
    path = path_of(cloud, done)
    good = tickets.issue(Ticket(owner["id"], done, later), TICKET_KEY)
    assert download(cloud, event["id"], path, query={"ticket": good}).status == 302
    unknown = tickets.issue(Ticket(owner["id"], UNKNOWN, later), TICKET_KEY)
    forged = jwt.encode({"sub": "1", "task": done, "exp": later}, "x" * 32, algorithm="HS256")
    for text_, status in ((unknown, 404), (forged, 401), ("<script>", 401), ("", 401)):
        page = download(cloud, event["id"], path, query={"ticket": text_})
        assert (page.status, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in page.text


# Listing


def test_an_event_s_exports_newest_first(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    time.sleep(0.01)
    waiting = cloud.start(owner, event["id"], image=True)
    time.sleep(0.01)
    removed = cloud.start(owner, event["id"], audio=True)
    cloud.call("DELETE", f"/v1/tasks/{removed}", user=owner)
    answer = cloud.call("GET", "/v1/events/934ebe39/exports", user=owner)
    assert answer.headers["content-type"] == "application/vnd.api+json"
    first, second = answer.json["data"]
    assert answer.json["meta"] == {"count": 2}
    assert (first["type"], first["id"], second["id"]) == ("export", waiting, done)
    assert first["links"] == {"self": f"/v1/tasks/{waiting}"}
    record = cloud.job(done).archive
    assert record is not None
    attributes = second["attributes"]
    assert attributes["state"] == "SUCCESS"
    assert attributes["requested-by"] == "owner@example.com"
    assert (attributes["size"], attributes["expires-at"]) == (record.size, record.expires_at)
    assert (attributes["path"], attributes["skipped"]) == (record.path, 0)
    assert first["attributes"]["path"] is None


def test_exports_come_in_pages(cloud: Cloud, owner: Row, event: Row) -> None:
    flags = ("image", "video", "document", "audio")
    started = []
    for flag in flags:
        started.append(cloud.start(owner, event["id"], **{flag: True}))
        time.sleep(0.005)
    path = f"/v1/events/{event['id']}/exports"
    query = {"page[size]": "3", "page[number]": "2"}
    answer = cloud.call("GET", path, user=owner, query=query)
    assert [item["id"] for item in answer.json["data"]] == [started[0]]
    assert answer.json["meta"] == {"count": 4}
    assert answer.json["links"].keys() == {"self", "first", "last", "prev"}
    assert answer.json["links"]["prev"].startswith(f"{path}?")
    answer = cloud.call("GET", path, user=owner, query={"page[size]": "many"})
    assert (answer.status, answer.codes) == (422, ["invalid-parameter"])


def test_who_may_list(cloud: Cloud, stranger: Row, owner: Row, event: Row) -> None:
    path = f"/v1/events/{event['id']}/exports"
    assert cloud.call("GET", path).status == 401
    assert cloud.call("GET", path, user=stranger).codes == ["access-forbidden"]
    assert cloud.call("GET", "/v1/events/nowhere/exports", user=owner).codes == ["event-not-found"]
    assert cloud.call("GET", path, user=owner).json["data"] == []
