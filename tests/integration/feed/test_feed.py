"""The public feed: what everyone sees, how long, and how little it asks of the database."""

import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, text

from local.schema.rows import Row
from openevent.adapters import clients
from openevent.adapters.storage import list_keys
from openevent.feed import serve
from openevent.feed.store import ScheduleStore
from tests import factories
from tests.counting import statements
from tests.functions import EXPORTS, Answer, Cloud, client_error

FORMATS = {
    "ics": "text/calendar; charset=utf-8",
    "xcs": "application/calendar+xml; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "json": "application/json",
}
INTERVAL = 60


class Clock:
    """The time of day, which passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def pass_interval(self) -> None:
        self.now += INTERVAL


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def event(connection: Connection) -> Row:
    """A published event with a session."""
    event = published(connection)
    track = factories.make_track(connection, event, name="Talks")
    speaker = factories.make_speaker(
        connection, event, name="Ada", email="ada@example.org", mobile="+49 30 1"
    )
    session(connection, event, speaker, title="Opening", track_id=track["id"])
    session(connection, event, title="Rejected talk", state="rejected")
    connection.commit()
    return event


def published(connection: Connection, **values: object) -> Row:
    columns: dict[str, Any] = {
        "name": "Days",
        "privacy": "public",
        "state": "published",
        "schedule_published_on": "2027-01-01T00:00:00Z",
        "timezone": "Europe/Berlin",
        "starts_at": "2027-03-27T08:00:00Z",
        "ends_at": "2027-03-28T16:00:00Z",
        **values,
    }
    return factories.make_event(connection, **columns)


def session(connection: Connection, event: Row, *speakers: Row, **values: object) -> Row:
    times = {"starts_at": "2027-03-27T09:00:00Z", "ends_at": "2027-03-27T10:00:00Z"}
    return factories.make_session(connection, event, *speakers, **{**times, **values})


def poll(
    cloud: Cloud,
    event: Row,
    ending: str = "json",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    path = f"/v1/events/{event['identifier']}/schedule.{ending}"
    return cloud.call(method, path, headers=headers)


def titles(answer: Answer) -> list[str]:
    days = answer.json["schedule"]["conference"]["days"]
    return [one["title"] for day in days for room in day["rooms"].values() for one in room]


def change(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))
    connection.commit()


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("ending", "content_type"), FORMATS.items())
def test_everyone_reads_the_schedule(
    cloud: Cloud, event: Row, ending: str, content_type: str
) -> None:
    answer = poll(cloud, event, ending)

    assert answer.status == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["cache-control"] == f"public, max-age={INTERVAL}"
    assert answer.headers["last-modified"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == "ETag, Last-Modified"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "Opening" in answer.text
    assert "Rejected" not in answer.text
    assert "ada@" not in answer.text
    assert "+49" not in answer.text
    by_id = cloud.call("GET", f"/v1/events/{event['id']}/schedule.{ending}")
    assert by_id.text == answer.text


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("ending", FORMATS)
def test_a_client_with_the_schedule_gets_304(cloud: Cloud, event: Row, ending: str) -> None:
    first = poll(cloud, event, ending)

    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
        {"if-none-match": f'"other", {first.headers["etag"]}'},
    ):
        answer = poll(cloud, event, ending, headers=headers)
        assert (answer.status, answer.text) == (304, "")
        for name in ("etag", "last-modified", "cache-control", "access-control-allow-origin"):
            assert answer.headers[name] == first.headers[name]


def test_head_is_answered_without_the_content(cloud: Cloud, event: Row) -> None:
    got = poll(cloud, event)
    answer = poll(cloud, event, method="HEAD")
    assert (answer.status, answer.text) == (200, "")
    assert answer.headers == got.headers
    assert poll(cloud, event, method="POST").status == 405


def test_pages_of_every_origin_may_ask_whether_it_changed(cloud: Cloud, event: Row) -> None:
    headers = {"Origin": "https://anywhere.example", "Access-Control-Request-Method": "GET"}
    answer = poll(cloud, event, method="OPTIONS", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].replace(" ", "").split(",")
    assert {"If-None-Match", "If-Modified-Since"} <= set(allowed)


HIDDEN = {
    "a draft": "state = 'draft'",
    "private": "privacy = 'private'",
    "of unknown privacy": "privacy = NULL",
    "deleted": "deleted_at = now()",
    "without a published schedule": "schedule_published_on = NULL",
    "unpublished by the web client": "schedule_published_on = '1970-01-01T00:00:00Z'",
}


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN)
def test_other_events_have_no_schedule(
    cloud: Cloud, connection: Connection, event: Row, clock: Clock, values: str
) -> None:
    """A schedule is gone with the first look at the database, whatever is kept of it."""
    first = poll(cloud, event)
    assert first.status == 200
    change(connection, f"UPDATE events SET {values}")  # noqa: S608
    clock.pass_interval()

    for headers in ({}, {"If-None-Match": first.headers["etag"]}):
        for ending in FORMATS:
            answer = poll(cloud, event, ending, headers=headers)
            assert (answer.status, answer.codes) == (404, ["schedule-not-found"])
            assert answer.headers["cache-control"] == "no-store"
            assert "Days" not in answer.text

    cloud.forget()  # another process finds nothing in S3 either
    assert poll(cloud, event).status == 404
    assert cloud.call("GET", f"/v1/events/{event['id']}/schedule.ics").status == 404


def test_it_appears_within_the_interval(
    cloud: Cloud, connection: Connection, event: Row, clock: Clock
) -> None:
    change(connection, "UPDATE events SET state = 'draft'")
    assert poll(cloud, event).status == 404
    change(connection, "UPDATE events SET state = 'published'")
    assert poll(cloud, event).status == 404
    clock.pass_interval()
    assert poll(cloud, event).status == 200


def test_hostile_names_have_no_schedule(cloud: Cloud) -> None:
    names = [
        *("0", "99999999", "zzzzzzzz", "a" * 65, "a" * 5000, "..", "%2e%2e", "'", "1 OR 1=1", "*"),
        *("schedules", "1%00", "\u0661", "e0000001;", "-1", "1e3", "NULL"),
    ]
    with statements() as seen:
        statuses = {
            name: cloud.call("GET", f"/v1/events/{name}/schedule.ics").status for name in names
        }
    assert statuses == dict.fromkeys(names, 404)
    # Names that no event can have are not looked for.
    assert len([one for one in seen if "fingerprint" in one]) == 7


def test_a_number_is_an_id_first(cloud: Cloud, connection: Connection, event: Row) -> None:
    """An event is not shown because another one, whose id is its identifier, is private."""
    number = str(int(event["id"]) + 1)
    change(connection, f"UPDATE events SET identifier = '{number}'")  # noqa: S608
    assert poll(cloud, {**event, "identifier": number}).status == 200
    cloud.forget()
    private = published(connection, privacy="private")
    connection.commit()
    assert str(private["id"]) == number
    assert poll(cloud, {**event, "identifier": number}).status == 404


def test_hostile_headers_change_nothing(cloud: Cloud, event: Row) -> None:
    for headers in (
        {"If-None-Match": '"' * 9000},
        {"If-None-Match": 'W/"' + "\u00e9" * 100},
        {"If-Modified-Since": "Fri, 99 Foo 2027 88:00:00 GMT"},
        {"If-Modified-Since": "9" * 5000},
        {"Authorization": "JWT nonsense"},
        {"Accept": "image/png", "Range": "bytes=0-1", "Accept-Encoding": "\u00e9"},
    ):
        assert titles(poll(cloud, event, headers=headers)) == ["Opening"]


CHANGES = {
    "another title": "UPDATE sessions SET title = 'Closing' WHERE title = 'Opening'",
    "a deleted session": "UPDATE sessions SET deleted_at = now() WHERE title = 'Opening'",
    "a session that is gone": (
        "WITH gone AS (DELETE FROM speakers_sessions) DELETE FROM sessions WHERE title = 'Opening'"
    ),
    "another track": "UPDATE tracks SET name = 'Workshops'",
    "another speaker": "UPDATE speaker SET name = 'Grace'",
    "a speaker less": "DELETE FROM speakers_sessions",
    "another time zone": "UPDATE events SET timezone = 'US / Pacific'",
    "an accepted session": "UPDATE sessions SET state = 'accepted'",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_every_change_is_noticed(
    cloud: Cloud, connection: Connection, event: Row, clock: Clock, statement: str
) -> None:
    before = poll(cloud, event)
    change(connection, statement)
    assert poll(cloud, event).text == before.text
    clock.pass_interval()

    headers = {
        "If-None-Match": before.headers["etag"],
        "If-Modified-Since": before.headers["last-modified"],
    }
    after = poll(cloud, event, headers=headers)
    assert after.status == 200
    assert after.text != before.text
    assert after.headers["last-modified"] == "Fri, 15 Jan 2027 08:01:00 GMT"
    by_date = {"If-Modified-Since": before.headers["last-modified"]}
    assert poll(cloud, event, headers=by_date).status == 200


def test_the_fingerprint_is_of_all_tables_that_are_read(cloud: Cloud, event: Row) -> None:
    with statements() as seen:
        assert poll(cloud, event).status == 200
    looked = next(place for place, one in enumerate(seen) if "fingerprint" in one)
    check, *reading = seen[looked:]
    read = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(reading)))
    assert {"sessions", "tracks", "speakers_sessions"} <= read
    assert read <= set(re.findall(r"(\w+)\.xmin", check))


def test_a_change_that_is_not_shown_changes_no_tag(
    cloud: Cloud, connection: Connection, event: Row, clock: Clock
) -> None:
    before = poll(cloud, event)
    change(connection, "UPDATE events SET paypal_email = 'pay@example.org'")
    clock.pass_interval()
    after = poll(cloud, event)
    assert (after.text, after.headers) == (before.text, before.headers)


def test_two_hundred_clients_cost_one_query_an_interval(
    cloud: Cloud, connection: Connection, event: Row, clock: Clock
) -> None:
    """A day of a conference in small: 200 clients poll six times, and one session changes once."""
    cloud.call("GET", "/v1/events/nothing0/schedule.ics")  # reads the schema
    tags: dict[int, str] = {}
    statuses: list[int] = []
    asked: list[int] = []
    for interval in range(6):
        with statements() as seen:
            for client in range(200):
                headers = {"If-None-Match": tags[client]} if client in tags else {}
                answer = poll(cloud, event, headers=headers)
                statuses.append(answer.status)
                tags[client] = answer.headers["etag"]
        asked.append(len(seen))
        if interval == 2:
            change(connection, "UPDATE sessions SET title = 'Closing' WHERE title = 'Opening'")
        clock.pass_interval()

    assert statuses.count(200) == 2 * 200  # each client once, and once more after the change
    assert statuses.count(304) == 4 * 200
    # One look an interval, and four statements more that read what is new.
    assert asked == [5, 1, 1, 5, 1, 1]
    assert len(kept(event)) == 2


def test_a_schedule_is_made_once_for_all_processes(cloud: Cloud, event: Row, clock: Clock) -> None:
    first = [poll(cloud, event, ending) for ending in FORMATS]
    (key,) = kept(event)
    for _ in range(3):
        cloud.forget()
        clock.pass_interval()
        with statements() as seen:
            again = [poll(cloud, event, ending) for ending in FORMATS]
        assert [one for one in seen if "sessions.title" in one] == []
        assert [(one.text, one.headers) for one in again] == [
            (one.text, one.headers) for one in first
        ]
    assert kept(event) == [key]


def test_two_processes_that_make_it_at_once_agree(
    cloud: Cloud, event: Row, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one finds what the first one kept meanwhile, and shows its time."""
    first = poll(cloud, event)
    cloud.forget()
    clock.now += 5
    missing = [True]
    find = ScheduleStore.find

    def find_late(store: ScheduleStore, *key: Any) -> object:  # noqa: ANN401
        return None if missing.pop() else find(store, *key)

    missing.insert(0, False)
    monkeypatch.setattr(ScheduleStore, "find", find_late)
    second = poll(cloud, event)
    assert (second.text, second.headers) == (first.text, first.headers)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"null", b'{"files": {}}'])
def test_an_unreadable_object_is_made_again(cloud: Cloud, event: Row, content: bytes) -> None:
    first = poll(cloud, event)
    (key,) = kept(event)
    clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=content)
    cloud.forget()
    assert poll(cloud, event).text == first.text


@pytest.mark.usefixtures("clock")
def test_without_s3_it_is_made_for_this_process(
    cloud: Cloud, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise client_error("SlowDown", "PutObject")

    monkeypatch.setattr(clients.s3(), "put_object", refuse)
    assert titles(poll(cloud, event)) == ["Opening"]
    with statements() as seen:
        assert titles(poll(cloud, event)) == ["Opening"]
    assert seen == []


def test_without_the_database_nothing_is_shown(
    cloud: Cloud, event: Row, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the event is still public cannot be known then."""
    assert poll(cloud, event).status == 200
    clock.pass_interval()
    monkeypatch.setenv("DATABASE_HOST", "/nowhere")
    cloud.forget()
    answer = poll(cloud, event)
    assert (answer.status, answer.codes) == (503, ["database-unavailable"])


def test_a_clock_that_is_set_back_asks_again(cloud: Cloud, event: Row, clock: Clock) -> None:
    poll(cloud, event)
    clock.now -= 3600
    with statements() as seen:
        poll(cloud, event)
    assert len(seen) == 1


def test_memory_has_a_limit(
    cloud: Cloud, connection: Connection, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "REMEMBERED", 1)
    other = published(connection)
    connection.commit()
    for one in (event, other, event):
        with statements() as seen:
            assert poll(cloud, one).status == 200
        assert seen


def kept(event: Row) -> list[str]:
    return list_keys(clients.s3(), EXPORTS, f"schedules/{event['id']}/")
