"""The page of an export, by its ticket: who may open it, what it leads to, and what it removes."""

import re
import time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.archive.progress import Progress
from openevent.errors import Unavailable
from openevent.export import tickets
from openevent.export.contents_by_kind import kind_of
from openevent.export.job_store import Jobs
from openevent.export.tickets import Ticket
from openevent.rights.access import RIGHTS, Action, Role
from tests.counting import statements
from tests.factories import delete_softly, give_role, make_event, make_user
from tests.functions import API, TABLE, TICKET_KEY, Answer, Cloud

Row = dict[str, Any]

UNKNOWN = "b7ca7088-876e-4c29-a0ee-b8029a64849a"
DAY = 86_400


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    made = make_event(
        connection, owner, name="Días & <Noches>", identifier="934ebe39", timezone="US / Pacific"
    )
    connection.commit()
    return made


@pytest.fixture
def done(cloud: Cloud, owner: Row, event: Row) -> str:
    """A task that has ended well."""
    task_id = cloud.start(owner, event["id"])
    assert cloud.work(task_id)
    return task_id


def page_url(cloud: Cloud, user: Row, task_id: str, **changes: Any) -> str:  # noqa: ANN401
    """The address of the task's page for a user."""
    job = cloud.job(task_id)
    facts = {"user_id": user["id"], "task_id": task_id, "expires_at": job.expires_at, **changes}
    ticket = tickets.issue(Ticket(**facts), TICKET_KEY)
    return f"{API}/v1/events/{job.event_id}/exports/page/{task_id}?ticket={ticket}"


def visit(cloud: Cloud, address: str, method: str = "GET") -> Answer:
    """Send what a browser sends, without a login."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return cloud.call(method, parts.path, query=query)


def link(page: Answer, name: str, address: str) -> str:
    """The absolute address of the link whose text begins with `name`, on the page at `address`."""
    (found,) = re.findall(rf'<a [^>]*href="([^"]+)"[^>]*>{name}', page.text)
    return urljoin(address, unescape(found))


def heading(page: Answer) -> str:
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    (found,) = re.findall(r"<h1>(.*?)</h1>", page.text)
    return unescape(found)


def progress(cloud: Cloud, task_id: str, **at: Any) -> None:  # noqa: ANN401
    job = cloud.jobs.claim(task_id, "one", seconds=100)
    assert job is not None
    cloud.jobs.advance(job, "one", Progress(**at))


# From the start to the removal


def test_the_page_leads_from_the_start_to_the_removal(cloud: Cloud, owner: Row, event: Row) -> None:
    started = cloud.call("POST", "/v1/events/934ebe39/export/json", user=owner, body={}).json
    address = started["page_url"]
    task_id = started["task_url"].split("/")[3]

    waiting = visit(cloud, address)
    assert (waiting.status, heading(waiting)) == (200, "The export waits to start")
    assert waiting.headers["refresh"] == "3"
    assert "Export of <bdi>Días &amp; &lt;Noches&gt;</bdi>" in waiting.text

    assert cloud.work(task_id)
    ready = visit(cloud, address)
    assert (ready.status, heading(ready)) == (200, "The archive is ready")
    assert "refresh" not in ready.headers
    assert " UTC (" in ready.text
    assert " in US/Pacific)" in ready.text

    download = visit(cloud, link(ready, "Download the archive", address))
    archive = cloud.job(task_id).archive
    assert archive is not None
    signed = urlsplit(download.headers["location"])
    assert (download.status, signed.path) == (302, f"/{archive.key}")
    disposition = f'attachment; filename="event{event["id"]}.zip"'
    assert parse_qs(signed.query)["response-content-disposition"] == [disposition]

    removal = link(ready, "Remove this archive", address)
    asked = visit(cloud, removal)
    assert (asked.status, heading(asked)) == (200, "Remove this archive?")
    assert link(asked, "Keep it", removal) == address
    assert len(cloud.archives()) == 1

    sent = visit(cloud, removal, "POST")
    assert sent.status == 303
    assert urljoin(removal, sent.headers["location"]) == address
    assert cloud.archives() == []
    gone = visit(cloud, address)
    assert (gone.status, heading(gone)) == (410, "This archive was removed")
    assert visit(cloud, removal, "POST").status == 303


def test_a_running_export_shows_its_progress_and_is_stopped(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    task_id = cloud.start(owner, event["id"], image=True)
    address = page_url(cloud, owner, task_id)
    progress(cloud, task_id, stage="media", done=3, total=9, bytes=1234)

    page = visit(cloud, address)

    assert heading(page) == "The archive is being made"
    assert "3 of 9 media files, 1.2 kB so far" in page.text
    assert 'max="9" value="3"' in page.text
    removal = link(page, "Stop this export", address)
    assert heading(visit(cloud, removal)) == "Stop this export?"
    assert visit(cloud, removal, "POST").status == 303
    stopped = visit(cloud, address)
    assert (stopped.status, heading(stopped)) == (410, "This export was stopped")


def test_the_contents_are_recorded_by_kind(cloud: Cloud, owner: Row, event: Row) -> None:
    archive = cloud.export(owner, event["id"])
    (task_id,) = {job.id for job in cloud.jobs.of_event(event["id"])}
    record = cloud.job(task_id).archive
    assert record is not None

    counted: dict[str, list[int]] = {}
    for entry in archive.infolist():
        if entry.filename != "manifest.json":
            counted.setdefault(kind_of(entry.filename), []).append(entry.file_size)
    assert {kind: (each.files, each.bytes) for kind, each in record.contents.items()} == {
        kind: (len(sizes), sum(sizes)) for kind, sizes in counted.items()
    }
    page = visit(cloud, page_url(cloud, owner, task_id))
    assert page.text.count("<rect ") == 2 * len(record.contents)


def test_the_mail_leads_to_the_page(cloud: Cloud, owner: Row, done: str) -> None:
    (mail,) = cloud.mails()
    address = page_url(cloud, owner, done, expires_at=cloud.job(done).expires_at)
    assert urlsplit(address).path in mail.body
    (found,) = set(re.findall(r"https://api\.example\.com/\S+?ticket=[\w.-]+", mail.body))
    assert heading(visit(cloud, found)) == "The archive is ready"


def test_a_listed_export_leads_to_its_page(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    (export,) = cloud.call("GET", f"/v1/events/{event['id']}/exports", user=owner).json["data"]
    assert export["id"] == done
    assert heading(visit(cloud, export["attributes"]["page-url"])) == "The archive is ready"


def test_who_joins_gets_a_page_of_their_own(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    other = make_user(connection)
    give_role(connection, other, event, "coorganizer")
    connection.commit()
    path = f"/v1/events/{event['id']}/export/json"
    first, second = (
        cloud.call("POST", path, user=user, body={}).json["page_url"] for user in (owner, other)
    )
    assert urlsplit(first).path == urlsplit(second).path
    assert "you will get a mail" in visit(cloud, first).text
    assert "The person who started the export will get a mail." in visit(cloud, second).text
    question = visit(cloud, link(visit(cloud, first), "Stop this export", first))
    assert "1 other person has asked for this export, too." in question.text


def test_a_schedule_has_a_page_too(cloud: Cloud, owner: Row, event: Row) -> None:
    started = cloud.call("GET", f"/v1/events/{event['id']}/export/ical", user=owner).json
    waiting = visit(cloud, started["page_url"])
    assert "Keep this page open, or come back to it, to download the calendar." in waiting.text
    assert cloud.work(started["task_url"].split("/")[3])
    assert heading(visit(cloud, started["page_url"])) == "The calendar is ready"


def test_a_dry_run_has_no_page(cloud: Cloud, owner: Row, event: Row) -> None:
    path = f"/v1/events/{event['id']}/export/json"
    assert "page_url" not in cloud.call("POST", path, user=owner, body={"dry_run": True}).json


# Safety


def test_no_reader_but_the_visitor_gets_the_ticket(cloud: Cloud, owner: Row, done: str) -> None:
    page = visit(cloud, page_url(cloud, owner, done))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-frame-options"] == "DENY"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_no_ticket_is_logged(
    cloud: Cloud, owner: Row, done: str, caplog: pytest.LogCaptureFixture
) -> None:
    address = page_url(cloud, owner, done)
    caplog.clear()
    visit(cloud, address)
    visit(cloud, address[:-3])
    visit(cloud, address.replace("?", "/remove?"), "POST")
    assert [record.getMessage() for record in caplog.records] == ["Refused", "Removed"]
    logged = caplog.text + repr([vars(record) for record in caplog.records])
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    assert [part for part in ticket.split(".") if part[:-3] in logged] == []


def test_head_is_answered_as_get_is(cloud: Cloud, owner: Row, done: str) -> None:
    address = page_url(cloud, owner, done)
    whole, head = visit(cloud, address), visit(cloud, address, "HEAD")
    assert (head.status, head.headers, head.text) == (whole.status, whole.headers, "")


def test_what_a_mail_scanner_opens_changes_nothing(
    cloud: Cloud, owner: Row, event: Row, done: str
) -> None:
    waiting = cloud.start(owner, event["id"], image=True)
    for task_id in (done, waiting):
        before = cloud.job(task_id)
        address = page_url(cloud, owner, task_id)
        for method in ("GET", "HEAD"):
            for asked in (address, address.replace("?", "/remove?")):
                assert visit(cloud, asked, method).status == 200
        assert cloud.job(task_id) == before
    assert len(cloud.archives()) == 1


# Rights


@pytest.fixture
def others(connection: Connection, event: Row) -> dict[str, Row]:
    """A user with each role, and one without."""
    users = {role: make_user(connection) for role in (*Role, "nobody")}  # words: allow
    for role in Role:
        give_role(connection, users[role], event, role)
    users["staff"] = make_user(connection, is_admin=True)
    connection.commit()
    return users


def test_every_role_against_page_download_and_removal(
    cloud: Cloud, event: Row, done: str, others: dict[str, Row]
) -> None:
    archive = cloud.job(done).archive
    assert archive is not None
    for role, user in others.items():
        address = page_url(cloud, user, done)
        path = f"{API}/v1/events/{event['id']}/exports/{archive.path}?{urlsplit(address).query}"
        may = role == "staff" or role in RIGHTS[Action.EXPORT]
        seen = [
            visit(cloud, address).status,
            visit(cloud, address.replace("?", "/remove?")).status,
            visit(cloud, path).status,
        ]
        assert seen == ([200, 200, 302] if may else [403, 403, 403]), role
    for role in ("moderator", "nobody", "coorganizer"):  # words: allow
        address = page_url(cloud, others[role], done).replace("?", "/remove?")
        answer = visit(cloud, address, "POST")
        assert answer.status == (303 if role == "coorganizer" else 403)
        assert (cloud.archives() == []) == (role == "coorganizer")


def every_way(cloud: Cloud, address: str) -> list[tuple[int, str]]:
    """The answers of the page at `address` and of its removal, asked and sent."""
    removal = address.replace("?", "/remove?")
    calls = ((address, "GET"), (removal, "GET"), (removal, "POST"))
    answers = [visit(cloud, asked, method) for asked, method in calls]
    return [(answer.status, heading(answer)) for answer in answers]


@pytest.mark.parametrize(
    "change",
    ["UPDATE users SET is_blocked = true", "UPDATE users SET deleted_at = now()"],
)
def test_a_blocked_or_deleted_user(
    cloud: Cloud, connection: Connection, owner: Row, done: str, change: str
) -> None:
    connection.execute(text(change))
    connection.commit()
    answers = every_way(cloud, page_url(cloud, owner, done))
    assert answers == [(401, "This account cannot be used")] * 3
    assert len(cloud.archives()) == 1


def test_a_right_that_was_lost(cloud: Cloud, connection: Connection, owner: Row, done: str) -> None:
    connection.execute(text("DELETE FROM users_events_roles"))
    connection.commit()
    answers = every_way(cloud, page_url(cloud, owner, done))
    assert answers == [(403, "You have no access to this export any more")] * 3
    assert "Noches" not in visit(cloud, page_url(cloud, owner, done)).text
    assert len(cloud.archives()) == 1


def test_a_ticket_is_for_one_task_at_its_own_event(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, done: str
) -> None:
    other = make_event(connection, owner)
    connection.commit()
    second = cloud.start(owner, event["id"], image=True)
    query = urlsplit(page_url(cloud, owner, done)).query
    for event_id, task_id in ((event["id"], second), (other["id"], done), (event["id"], UNKNOWN)):
        address = f"{API}/v1/events/{event_id}/exports/page/{task_id}?{query}"
        assert every_way(cloud, address) == [(404, "There is no such export")] * 3
    assert len(cloud.archives()) == 1
    assert cloud.job(second).removed_at is None


def test_tickets_that_are_wrong_or_expired(cloud: Cloud, owner: Row, done: str) -> None:
    address = page_url(cloud, owner, done)
    expired = page_url(cloud, owner, done, expires_at=int(time.time()) - 1)
    for asked, status, title in (
        (address.partition("?")[0], 401, "This link is not complete"),
        (address[:-4], 401, "This link is not valid"),
        (f"{address}x", 401, "This link is not valid"),
        (expired, 410, "This archive has expired"),
    ):
        if "?" in asked:
            assert every_way(cloud, asked) == [(status, title)] * 3
        else:
            answer = visit(cloud, asked)
            assert (answer.status, heading(answer)) == (status, title)
    assert len(cloud.archives()) == 1


def test_a_login_is_no_ticket(cloud: Cloud, owner: Row, event: Row, done: str) -> None:
    path = f"/v1/events/{event['id']}/exports/page/{done}"
    assert heading(cloud.call("GET", path, user=owner)) == "This link is not complete"


def test_a_deleted_event(cloud: Cloud, connection: Connection, owner: Row, event: Row) -> None:
    task_id = cloud.start(owner, event["id"])
    delete_softly(connection, "events", event)
    connection.commit()
    answer = visit(cloud, page_url(cloud, owner, task_id))
    assert (answer.status, heading(answer)) == (404, "The event was deleted")


# Later


def expire(task_id: str) -> None:
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"id": {"S": task_id}},
        UpdateExpression="SET #archive.expires_at = :then",
        ExpressionAttributeNames={"#archive": "archive"},
        ExpressionAttributeValues={":then": {"N": str(int(time.time()) - 1)}},
    )


def test_the_link_of_the_mail_outlives_the_archive(cloud: Cloud, owner: Row, done: str) -> None:
    expire(done)
    page = visit(cloud, page_url(cloud, owner, done))
    assert (page.status, heading(page)) == (410, "This archive has expired")
    job = cloud.job(done)
    assert job.archive is not None
    assert job.expires_at - job.archive.expires_at > 30 * DAY


def test_a_ticket_of_release_1_0_opens_the_page_and_downloads(
    cloud: Cloud, owner: Row, event: Row, done: str
) -> None:
    archive = cloud.job(done).archive
    assert archive is not None
    address = page_url(cloud, owner, done, expires_at=archive.expires_at)
    path = f"{API}/v1/events/{event['id']}/exports/{archive.path}?{urlsplit(address).query}"
    assert (visit(cloud, path).status, visit(cloud, address).status) == (302, 200)


def test_earlier_exports_are_listed_and_never_later_ones(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    tasks = []
    for flag in ("image", "video", "audio"):
        tasks.append(cloud.start(owner, event["id"], **{flag: True}))
        assert cloud.work(tasks[-1])
        time.sleep(0.002)
    expire(tasks[0])
    soon = int(time.time()) + 100
    address = page_url(cloud, owner, tasks[2], expires_at=soon)

    listed = re.findall(r'<li><a href="([^"]+)"', visit(cloud, address).text)

    earlier = urljoin(address, unescape(listed[0]))
    assert [urljoin(address, one).partition("?")[0].rpartition("/")[2] for one in listed] == [
        tasks[1]
    ]
    ticket = parse_qs(urlsplit(earlier).query)["ticket"][0]
    assert tickets.verify(ticket, TICKET_KEY) == Ticket(owner["id"], tasks[1], soon)
    page = visit(cloud, earlier)
    assert heading(page) == "The archive is ready"
    assert tasks[2] not in page.text
    assert "Earlier exports" not in page.text


def test_a_database_that_is_away(
    cloud: Cloud, owner: Row, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = page_url(cloud, owner, done)
    monkeypatch.setenv("DATABASE_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:1:secret:x")
    cloud.forget()
    assert every_way(cloud, address) == [(503, "The service is temporarily unavailable")] * 3
    assert visit(cloud, address).headers["refresh"] == "10"
    assert len(cloud.archives()) == 1


def test_a_table_that_is_away(
    cloud: Cloud, owner: Row, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("jobs-unavailable", "x")

    address = page_url(cloud, owner, done)
    monkeypatch.setattr(Jobs, "find", away)
    answer = visit(cloud, address)
    assert (answer.status, heading(answer)) == (503, "The service is temporarily unavailable")


def test_an_opening_costs_four_queries(cloud: Cloud, owner: Row, done: str) -> None:
    address = page_url(cloud, owner, done)
    visit(cloud, address)
    with statements() as seen:
        visit(cloud, address)
    assert len(seen) == 4
