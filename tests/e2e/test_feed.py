"""The public feed of schedules, through the deployed template."""

import gzip
import json
from collections.abc import Iterator

import pytest
import urllib3
from sqlalchemy import Connection, text

from local.stack import Answer, Stack
from tests.database import engine
from tests.e2e.exporting import until

ENDINGS = ("ics", "xcs", "xml", "json")


@pytest.fixture
def database(stack: Stack) -> Iterator[Connection]:
    with engine(stack.database_url).connect() as connection:
        yield connection


def poll(stack: Stack, ending: str = "json", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/v1/events/{stack.event['identifier']}/schedule.{ending}"
    return stack.request("GET", path, headers=sent)


def test_everyone_reads_the_sample_event(stack: Stack) -> None:
    """48 of its 60 sessions are accepted or confirmed."""
    answers = {ending: poll(stack, ending) for ending in ENDINGS}

    assert {answer.status for answer in answers.values()} == {200}
    days = answers["json"].json()["schedule"]["conference"]["days"]
    assert sum(len(one) for day in days for one in day["rooms"].values()) == 48
    assert answers["ics"].body.count(b"BEGIN:VEVENT") == 48
    assert answers["xml"].body.count(b"<event ") == 48
    assert answers["xcs"].body.count(b"<vevent>") == 48
    for answer in answers.values():
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=1"


@pytest.mark.parametrize("ending", ENDINGS)
def test_polls_without_a_change_are_small(stack: Stack, ending: str) -> None:
    first = poll(stack, ending)
    for headers in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_Modified_Since": first.headers["Last-Modified"]},
    ):
        again = poll(stack, ending, **headers)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


def test_it_is_compressed_for_clients_that_accept_it(stack: Stack) -> None:
    plain = poll(stack, "ics")
    address = f"{stack.api_url}/v1/events/{stack.event['identifier']}/schedule.ics"
    answer = urllib3.request(
        "GET",
        address,
        headers={"Accept-Encoding": "gzip, deflate, br"},
        decode_content=False,
        preload_content=False,
    )
    body = answer.read()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(body) < len(plain.body) / 3
    assert gzip.decompress(body) == plain.body
    assert answer.headers["ETag"] == plain.headers["ETag"]


def test_head_has_the_headers_alone(stack: Stack) -> None:
    path = f"/v1/events/{stack.event['identifier']}/schedule.xml"
    answer = stack.request("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["ETag"] == poll(stack, "xml").headers["ETag"]


def test_an_unpublished_schedule_is_gone(stack: Stack, database: Connection) -> None:
    def publish(moment: str) -> None:
        query = text("UPDATE events SET schedule_published_on = :moment WHERE id = :id")
        database.execute(query, {"moment": moment, "id": stack.event["id"]})
        database.commit()

    tag = poll(stack).headers["ETag"]
    try:
        publish("1970-01-01T00:00:00Z")
        gone = until(
            lambda: poll(stack, If_None_Match=tag), lambda answer: answer.status not in (200, 304)
        )
        assert gone.status == 404
        assert json.loads(gone.body)["errors"][0]["code"] == "schedule-not-found"
    finally:
        publish("2027-02-20T10:00:00+05:45")
    assert until(lambda: poll(stack), lambda answer: answer.status == 200).headers["ETag"] == tag


@pytest.mark.parametrize("event", ["e4417e00", "1a4e51de", "nothing0", "%27%3B--"])
def test_other_events_have_none(stack: Stack, event: str) -> None:
    """A draft, an event without a published schedule, and none."""
    assert stack.request("GET", f"/v1/events/{event}/schedule.ics").status == 404
