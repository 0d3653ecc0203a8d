"""Starting an export: both records and a message, or none of them."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier, Lock
from typing import Any, cast

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.errors import Unavailable
from openevent.export import starts as starts_module
from openevent.export.job import Job, new_job
from openevent.export.job_store import Jobs
from openevent.export.options import Options
from openevent.export.server_list import add_row, restore_row
from openevent.export.starts import Starts
from tests.aws import make_secret
from tests.counting import statements
from tests.database import engine
from tests.factories import (
    ROLES,
    delete_softly,
    give_role,
    insert,
    join_group,
    make_event,
    make_group,
    make_user,
)
from tests.functions import API, TABLE, Cloud, client_error

Row = dict[str, Any]


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    made = make_event(connection, owner, name="PyCon", identifier="934ebe39")
    connection.commit()
    return made


def export_jobs(connection: Connection) -> list[tuple[Any, ...]]:
    connection.rollback()
    query = "SELECT task, user_email, event_id, starts_at IS NOT NULL FROM export_jobs ORDER BY id"
    return [tuple(row) for row in connection.execute(text(query))]


def records(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """The items in DynamoDB, by key."""
    del cloud
    return {item["id"]["S"]: item for item in clients.dynamodb().scan(TableName=TABLE)["Items"]}


def post(cloud: Cloud, user: Row | None, event: object, body: object = None, **options: Any) -> Any:  # noqa: ANN401
    return cloud.call("POST", f"/v1/events/{event}/export/json", user=user, body=body, **options)


def nothing_was_done(cloud: Cloud, connection: Connection) -> bool:
    return not export_jobs(connection) and not cloud.messages() and cloud.archives() == []


def test_an_export_begins_to_wait(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    answer = post(cloud, owner, event["id"], {"image": True})
    assert answer.status == 200
    task_id = answer.json["task_url"].split("/")[3]
    page = f"{API}/v1/events/{event['id']}/exports/page/{task_id}?ticket="
    assert list(answer.json) == ["task_url", "page_url"]
    assert answer.json["task_url"] == f"/v1/tasks/{task_id}"
    assert answer.json["page_url"].startswith(page)
    assert len(task_id) == 36

    job = cloud.job(task_id)
    assert (job.event_id, job.event_identifier, job.event_name) == (
        event["id"],
        "934ebe39",
        "PyCon",
    )
    assert (job.user_id, job.user_email) == (owner["id"], "owner@example.com")
    assert (job.state, job.attempts, job.progress, job.archive) == ("WAITING", 0, None, None)
    assert job.options == Options(image=True)
    assert job.created_at.endswith("+00:00")
    assert 0 <= job.expires_at - (time.time() + 37 * 86400) + 5 < 10

    assert export_jobs(connection) == [
        (f"/v1/tasks/{task_id}", "owner@example.com", event["id"], True)
    ]
    assert [json.loads(message["Body"]) for message in cloud.messages()] == [{"task_id": task_id}]


@pytest.mark.parametrize("body", [None, "", "{}", {}])
def test_export_defect_12_no_body_is_all_false(
    cloud: Cloud, owner: Row, event: Row, body: object
) -> None:
    """No body: 500."""
    answer = post(cloud, owner, event["id"], body)
    assert answer.status == 200
    assert cloud.job(answer.json["task_url"].split("/")[3]).options == Options()


@pytest.mark.parametrize("name", [999_999, "abcdefgh", "99999999999999999999", "0", "-1", "%20"])
def test_export_defect_12_an_event_that_does_not_exist(
    cloud: Cloud, connection: Connection, owner: Row, event: Row, name: object
) -> None:
    """An event that did not exist: 200 and a task that failed; such an identifier: 500."""
    del event
    answer = post(cloud, owner, name)
    assert (answer.status, answer.codes) == (404, ["event-not-found"])
    assert nothing_was_done(cloud, connection)


def test_an_event_goes_by_its_identifier(cloud: Cloud, owner: Row, event: Row) -> None:
    assert cloud.job(cloud.start(owner, "934ebe39")).event_id == event["id"]


def test_an_identifier_of_digits_alone(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner, identifier="12345678")
    connection.commit()
    assert cloud.job(cloud.start(owner, "12345678")).event_id == event["id"]


def test_a_numeric_name_is_an_id_first(cloud: Cloud, connection: Connection, owner: Row) -> None:
    event = make_event(connection, owner)
    make_event(connection, owner, identifier=str(event["id"]))
    connection.commit()
    assert cloud.job(cloud.start(owner, event["id"])).event_id == event["id"]


def test_a_deleted_event_does_not_exist(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    delete_softly(connection, "events", event)
    connection.commit()
    for name in (event["id"], event["identifier"]):
        assert post(cloud, owner, name).codes == ["event-not-found"]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointers"),
    [
        ('{"image": "yes"}', 422, "invalid-field", ["/image"]),
        ('{"image": 1, "audio": null}', 422, "invalid-field", ["/image", "/audio"]),
        ('{"images": true}', 422, "unknown-field", ["/images"]),
        ("[]", 400, "body-not-json", [None]),
        ("true", 400, "body-not-json", [None]),
        ("{", 400, "body-not-json", [None]),
    ],
)
def test_bodies_that_are_refused(  # noqa: PLR0913, PLR0917 - fixtures and cases
    cloud: Cloud,
    connection: Connection,
    owner: Row,
    event: Row,
    body: str,
    status: int,
    code: str,
    pointers: list[str | None],
) -> None:
    answer = post(cloud, owner, event["id"], body)
    assert (answer.status, set(answer.codes)) == (status, {code})
    found = [error.get("source", {}).get("pointer") for error in answer.json["errors"]]
    assert found == pointers
    assert nothing_was_done(cloud, connection)


def test_both_content_types(cloud: Cloud, owner: Row, event: Row) -> None:
    headers = {"Content-Type": "application/vnd.api+json"}
    assert post(cloud, owner, event["id"], '{"audio": true}', headers=headers).status == 200
    headers = {"Content-Type": "text/plain"}
    assert post(cloud, owner, event["id"], '{"audio": true}', headers=headers).status == 415


MAY = {"owner", "organizer", "coorganizer"}


@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_rights(cloud: Cloud, connection: Connection, event: Row, role: str) -> None:
    user, elsewhere = make_user(connection), make_event(connection)
    give_role(connection, user, event, role)
    by_group, group = make_user(connection), make_group(connection, user)
    grouped = make_event(connection, group_id=group["id"])
    join_group(connection, by_group, group, role)
    connection.commit()
    expected = 200 if role in MAY else 403
    assert post(cloud, user, event["id"]).status == expected
    assert post(cloud, user, elsewhere["id"]).status == 403
    assert post(cloud, by_group, grouped["id"]).status == expected
    assert post(cloud, by_group, event["id"]).status == 403


def test_a_group_s_role_that_was_not_accepted_is_none(
    cloud: Cloud, connection: Connection, owner: Row
) -> None:
    user, group = make_user(connection), make_group(connection, owner)
    event = make_event(connection, group_id=group["id"])
    join_group(connection, user, group, "owner", accepted=False)
    connection.commit()
    answer = post(cloud, user, event["id"])
    assert (answer.status, answer.codes) == (403, ["access-forbidden"])
    assert answer.json["errors"][0]["detail"] == "Co-organizer access is required."


@pytest.mark.parametrize("column", ["is_admin", "is_super_admin"])
def test_staff_may(cloud: Cloud, connection: Connection, event: Row, column: str) -> None:
    staff = insert(connection, "users", **{column: True})
    connection.commit()
    assert post(cloud, staff, event["id"]).status == 200


@pytest.mark.parametrize("values", [{"deleted_at": "2026-01-01"}, {"is_blocked": True}])
def test_users_who_are_deleted_or_blocked_now(
    cloud: Cloud, connection: Connection, event: Row, values: Row
) -> None:
    user = make_user(connection, is_admin=True, **values)
    connection.commit()
    answer = post(cloud, user, event["id"])
    assert (answer.status, answer.codes) == (401, ["user-unknown"])


def test_a_call_without_a_token(cloud: Cloud, event: Row) -> None:
    answer = post(cloud, None, event["id"])
    assert (answer.status, answer.codes) == (401, ["token-missing"])
    assert answer.headers["www-authenticate"] == "JWT"


@pytest.mark.parametrize(("seconds", "status"), [(-60, 200), (60, 401)])
def test_who_logged_out_everywhere(  # noqa: PLR0913, PLR0917 - fixtures and cases
    cloud: Cloud, connection: Connection, owner: Row, event: Row, seconds: int, status: int
) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    insert(connection, "user_token_blacklist_time", user_id=owner["id"], blacklisted_at=at)
    connection.commit()
    assert post(cloud, owner, event["id"]).status == status


# Twice, and at once


def test_the_same_export_twice_is_one(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    first = cloud.start(owner, event["id"], image=True)
    assert cloud.start(owner, event["id"], image=True, video=False) == first
    assert len(export_jobs(connection)) == 1
    assert len(cloud.messages()) == 1


def test_another_user_joins_the_export_that_waits(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    other = make_user(connection, is_admin=True)
    connection.commit()
    assert cloud.start(other, event["id"]) == cloud.start(owner, event["id"])


def test_other_flags_and_other_events_are_other_exports(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    other = make_event(connection, owner)
    connection.commit()
    started = [
        cloud.start(owner, event["id"]),
        cloud.start(owner, event["id"], image=True),
        cloud.start(owner, event["id"], audio=True),
        cloud.start(owner, other["id"]),
    ]
    assert len(set(started)) == 4


def test_after_one_has_ended_another_begins(cloud: Cloud, owner: Row, event: Row) -> None:
    first = cloud.start(owner, event["id"])
    assert cloud.work(first)
    second = cloud.start(owner, event["id"])
    assert second != first
    assert cloud.call("DELETE", f"/v1/tasks/{second}", user=owner).status == 200
    assert cloud.start(owner, event["id"]) not in {first, second}


class OneAtATime:
    """A client each of whose calls is atomic, as those of DynamoDB are; moto's are not."""

    def __init__(self, client: object) -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, name: str) -> object:
        found = getattr(self._client, name)
        if name not in {"batch_get_item", "get_item", "transact_write_items", "update_item"}:
            return found

        def call(**request: object) -> object:
            with self._lock:
                return found(**request)

        return call


def job(number: int = 1, *, user_id: int = 1, event_id: int = 7, **flags: bool) -> Job:
    return new_job(
        task_id=f"00000000-0000-0000-0000-{number:012}",
        event_id=event_id,
        event_identifier="abcd1234",
        event_name="PyCon",
        user_id=user_id,
        user_email="ada@example.com",
        options=Options.model_validate(flags),
        archive_days=7,
    )


def over(cloud: Cloud, client: object, **quotas: int) -> Starts:
    """Opening of jobs through that client."""
    used = cast("Any", client)
    return replace(cloud.starts(**quotas), client=used, jobs=Jobs(used, TABLE))


def test_many_at_once_are_one(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts_module, "CONFLICT_PAUSE", 0.001)
    starts = over(cloud, OneAtATime(clients.dynamodb()), starts_per_hour=1)
    barrier = Barrier(8)

    def start(number: int) -> str:
        barrier.wait()
        return starts.open(job(number, user_id=number)).id

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(start, range(1, 9)))
    assert len(set(opened)) == 1
    waiting = [item for item in records(cloud).values() if "state" in item]
    assert [item["id"]["S"] for item in waiting] == [opened[0]]


def test_somebody_else_is_faster_between_looking_and_writing(cloud: Cloud) -> None:
    client = clients.dynamodb()

    class Slow(OneAtATime):
        def __getattr__(self, name: str) -> object:
            if name == "transact_write_items" and not winners:
                winners.append(cloud.starts().open(job(2)).id)
            return super().__getattr__(name)

    winners: list[str] = []
    mine = over(cloud, Slow(client)).open(job(1))
    assert [mine.id] == winners


# Limits


def test_starts_an_hour_are_limited(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    cloud.set("EXPORT_STARTS_PER_HOUR", "2")
    other = make_user(connection, is_admin=True)
    connection.commit()
    cloud.start(owner, event["id"])
    cloud.start(owner, event["id"], image=True)
    # The one that waits counts once.
    cloud.start(owner, event["id"])
    answer = post(cloud, owner, event["id"], {"audio": True})
    assert (answer.status, answer.codes) == (429, ["too-many-exports"])
    assert 1 <= int(answer.headers["retry-after"]) <= 3600
    assert len(export_jobs(connection)) == 2
    assert len(cloud.messages()) == 2
    # Neither another user nor another event has to wait.
    cloud.start(other, event["id"], audio=True)
    cloud.start(other, make_committed(connection, owner)["id"])


def make_committed(connection: Connection, owner: Row) -> Row:
    made = make_event(connection, owner)
    connection.commit()
    return made


def test_the_next_hour_the_count_begins_again(cloud: Cloud) -> None:
    def at(time: str) -> Starts:
        moment = datetime.fromisoformat(time).timestamp()
        counters = replace(cloud.counters, clock=lambda: moment)
        return replace(cloud.starts(starts_per_hour=1), counters=counters)

    at("2026-11-21T10:59:59.999+00:00").open(job(1))
    at("2026-11-21T11:00:00.000+00:00").open(job(2, image=True))


# Both records, or a clean 503 and neither


def away(name: str) -> Callable[..., None]:
    def call(**_: object) -> None:
        raise client_error("ServiceUnavailable", name)

    return call


def refused(cloud: Cloud, owner: Row, event: Row) -> list[str]:
    answer = post(cloud, owner, event["id"])
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert "from inside" not in answer.text
    return list(answer.codes)


def test_the_queue_is_away(
    cloud: Cloud,
    connection: Connection,
    owner: Row,
    event: Row,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(clients.sqs(), "send_message", away("SendMessage"))
        assert refused(cloud, owner, event) == ["queue-unavailable"]
    assert nothing_was_done(cloud, connection)
    assert not any("state" in item for item in records(cloud).values())
    # And it does not stand in the way of the next one.
    assert cloud.work(cloud.start(owner, event["id"]))


def test_what_could_not_be_started_is_not_counted(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.set("EXPORT_STARTS_PER_HOUR", "1")
    with monkeypatch.context() as broken:
        broken.setattr(clients.sqs(), "send_message", away("SendMessage"))
        refused(cloud, owner, event)
        refused(cloud, owner, event)
    cloud.start(owner, event["id"])


@pytest.mark.parametrize("operation", ["get_item", "transact_write_items"])
def test_dynamodb_is_away(  # noqa: PLR0913, PLR0917 - fixtures and cases
    cloud: Cloud,
    connection: Connection,
    owner: Row,
    event: Row,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(clients.dynamodb(), operation, away(operation))
        assert refused(cloud, owner, event) == ["jobs-unavailable"]
    assert nothing_was_done(cloud, connection)
    cloud.start(owner, event["id"])


def test_dynamodb_goes_away_before_it_can_be_taken_back(
    cloud: Cloud,
    connection: Connection,
    owner: Row,
    event: Row,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that no message names stays: a later start joins it, and sends one."""
    transact = clients.dynamodb().transact_write_items
    calls: list[object] = []

    def once(**request: Any) -> object:  # noqa: ANN401
        calls.append(request)
        return transact(**request) if len(calls) == 1 else away("TransactWriteItems")()

    with monkeypatch.context() as broken:
        broken.setattr(clients.sqs(), "send_message", away("SendMessage"))
        broken.setattr(clients.dynamodb(), "transact_write_items", once)
        assert refused(cloud, owner, event) == ["queue-unavailable"]
    assert nothing_was_done(cloud, connection)


def test_the_commit_fails(cloud: Cloud, connection: Connection, owner: Row, event: Row) -> None:
    connection.execute(
        text("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'from inside' USING ERRCODE = '40001'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON export_jobs
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
        """)
    )
    connection.commit()
    assert refused(cloud, owner, event) == ["database-unavailable"]
    assert export_jobs(connection) == []
    assert not any("state" in item for item in records(cloud).values())
    # The message that was sent names no job any more, and asks for nothing.
    (message,) = cloud.messages()
    assert cloud.deliver(message["Body"])
    assert (cloud.mails(), cloud.archives()) == ([], [])


def test_the_database_refuses_for_good(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    connection.execute(text("ALTER TABLE export_jobs ADD CHECK (event_id < 0)"))
    connection.commit()
    answer = post(cloud, owner, event["id"])
    assert (answer.status, answer.codes) == (500, ["internal-error"])
    assert "export_jobs" not in answer.text
    assert nothing_was_done(cloud, connection)
    assert not any("state" in item for item in records(cloud).values())


def test_a_database_without_the_table_of_jobs(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    connection.execute(text("DROP TABLE export_jobs"))
    connection.commit()
    assert cloud.work(cloud.start(owner, event["id"]))


def test_a_worker_adds_the_row_that_a_dead_start_has_not_added(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    """A start can die between the job's record and the commit of its row, or at the commit."""
    task_id = cloud.start(owner, event["id"])
    connection.execute(text("DELETE FROM export_jobs"))
    connection.commit()

    assert cloud.work(task_id)

    assert export_jobs(connection) == [
        (f"/v1/tasks/{task_id}", "owner@example.com", event["id"], True)
    ]


def test_a_worker_waits_for_the_commit_of_the_start(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    """The message is sent before the commit, so a worker can be faster."""
    job = cloud.job(cloud.start(owner, event["id"]))
    connection.execute(text("DELETE FROM export_jobs"))
    connection.commit()

    with ThreadPoolExecutor(1) as pool, engine(cloud.database_url).connect() as other:
        with cloud.database.transaction() as session:
            add_row(session, job)
            worker = pool.submit(restore_row, cloud.database, job)
            waits = """
                SELECT EXISTS (
                    SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
                    WHERE NOT granted AND datname = current_database()
                )
            """
            while not other.execute(text(waits)).scalar_one():
                assert not worker.done()
        worker.result()

    assert len(export_jobs(connection)) == 1


def test_the_database_is_away(cloud: Cloud, owner: Row, event: Row) -> None:
    place = {"host": "/nowhere", "dbname": "x", "username": "x"}
    cloud.set("DATABASE_SECRET_ARN", make_secret(json.dumps(place)))
    assert refused(cloud, owner, event) == ["database-unavailable"]


def test_a_job_that_is_gone_blocks_no_other(cloud: Cloud) -> None:
    """DynamoDB may expire the record of a job before that of the last job of its kind."""
    first = cloud.starts().open(job(1))
    clients.dynamodb().delete_item(TableName=TABLE, Key={"id": {"S": first.id}})
    assert cloud.starts().open(job(2)).id == job(2).id


def test_when_others_are_always_faster(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts_module, "CONFLICT_PAUSE", 0)
    monkeypatch.setattr(Starts, "_last_like", lambda *_: None)
    cloud.starts().open(job(1))
    with pytest.raises(Unavailable) as caught:
        cloud.starts().open(job(2))
    assert caught.value.code == "export-not-started"


def test_a_start_costs_a_literal_number_of_statements(cloud: Cloud, owner: Row, event: Row) -> None:
    cloud.start(owner, event["id"])
    with statements() as seen:
        cloud.start(owner, event["id"], image=True)
    # The user, the tokens that were revoked, the event, the roles, the row for administrators, and
    # the transaction's id, to ask for its outcome should the commit not be confirmed.
    assert len(seen) == 6
