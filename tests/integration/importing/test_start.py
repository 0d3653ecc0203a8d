"""Starting an import: its job, its row, its archive and its message, or nothing."""

import hashlib
import json
from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.importing.give_up import DISPLACED
from openevent.importing.job import UPLOAD_SECONDS
from openevent.importing.limits import MAX_FORM
from tests.aws import make_secret
from tests.factories import delete_softly, make_user
from tests.functions import EXPORTS, Answer, Cloud
from tests.integration.importing.calls import (
    announce,
    archive,
    import_jobs,
    job_of,
    messages,
    nothing_was_done,
    post_file,
    post_form,
    records,
    stored,
    task_of,
)
from tests.lost_answers import answer_lost, meanwhile, request_lost

Row = dict[str, Any]

ARCHIVE = archive(event={"id": 1, "name": "PyCon"})
DIGEST = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def user(connection: Connection) -> Row:
    made = make_user(connection, "ada@example.com")
    connection.commit()
    return made


def test_the_web_clients_call_starts_an_import(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    answer = post_file(cloud, user, ARCHIVE)

    task_id = task_of(answer)
    assert answer.json == {"task_url": f"/v1/tasks/{task_id}"}
    job = job_of(cloud, task_id)
    assert (job.user_id, job.user_email, job.state) == (user["id"], "ada@example.com", "WAITING")
    assert job.archive.model_dump() == {
        "name": "event.zip",
        "size": len(ARCHIVE),
        "sha256": DIGEST,
    }
    assert job.options.model_dump() == {"dry_run": False, "fetch": False}
    assert stored(f"imports/{user['id']}/{task_id}.zip") == ARCHIVE
    # The bare task id, which the server's own administrators look up.
    assert import_jobs(connection) == [(task_id, user["id"], None, None)]
    assert messages(cloud) == [{"task_id": task_id}]


def test_options_come_in_a_field_of_the_form(cloud: Cloud, user: Row) -> None:
    task_id = task_of(post_file(cloud, user, ARCHIVE, dry_run=True, fetch=True))
    assert job_of(cloud, task_id).options.model_dump() == {"dry_run": True, "fetch": True}


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (("file", "event.ZIP", ARCHIVE), "file-type-invalid"),
        (("file", "event.xml", ARCHIVE), "file-type-invalid"),
        (("archive", "event.zip", ARCHIVE), "file-not-found"),
        (("file", None, ARCHIVE), "file-not-found"),
        (("file", "", ARCHIVE), "file-not-found"),
    ],
)
def test_another_field_or_name_is_answered_as_the_server_does(
    cloud: Cloud,
    connection: Connection,
    user: Row,
    part: tuple[str, str | None, bytes],
    code: str,
) -> None:
    answer = post_form(cloud, user, part)

    assert (answer.status, answer.codes) == (404, [code])
    assert nothing_was_done(cloud, connection)


@pytest.mark.parametrize(
    ("options", "pointer"),
    [(b"{", "/options"), (b"[]", "/options"), (b'{"dry_run":1}', "/options/dry_run")],
)
def test_options_that_cannot_be_read_are_refused(
    cloud: Cloud, connection: Connection, user: Row, options: bytes, pointer: str
) -> None:
    parts = (("file", "a.zip", ARCHIVE), ("options", None, options))
    answer = post_form(cloud, user, *parts)

    assert (answer.status, answer.json["errors"][0]["source"]) == (422, {"pointer": pointer})
    assert nothing_was_done(cloud, connection)


def test_a_form_that_lambda_cannot_take_is_refused(cloud: Cloud, user: Row) -> None:
    answer = post_file(cloud, user, bytes(MAX_FORM))
    assert (answer.status, answer.codes) == (413, ["too-large"])


def test_a_body_that_is_no_form_is_refused(cloud: Cloud, user: Row) -> None:
    answer = cloud.call("POST", "/v1/events/import/json", user=user, body={"file": "x"})
    assert (answer.status, answer.codes) == (415, ["unsupported-media-type"])


def test_no_login_no_import(cloud: Cloud, connection: Connection, user: Row) -> None:
    delete_softly(connection, "users", user)
    connection.commit()

    assert post_file(cloud, None, ARCHIVE).status == 401
    assert post_file(cloud, user, ARCHIVE).status == 401
    assert announce(cloud, None, ARCHIVE).status == 401
    assert nothing_was_done(cloud, connection)


@pytest.mark.parametrize(
    ("allowed", "who", "codes"),
    [
        ("any", {"is_verified": False}, []),
        ("verified", {"is_verified": True}, []),
        ("verified", {"is_verified": False}, ["address-unverified"]),
        ("verified", {"is_verified": False, "is_admin": True}, []),
        ("staff", {"is_verified": True}, ["import-forbidden"]),
        ("staff", {"is_verified": False, "is_super_admin": True}, []),
    ],
)
def test_the_operator_says_who_may_import(
    cloud: Cloud, connection: Connection, allowed: str, who: Row, codes: list[str]
) -> None:
    cloud.set("IMPORT_ALLOWED", allowed)
    caller = make_user(connection, "eve@example.com", **who)
    connection.commit()

    answer = post_file(cloud, caller, ARCHIVE)

    assert (answer.status, answer.codes if codes else []) == (403 if codes else 200, codes)
    assert bool(import_jobs(connection)) is not bool(codes)


def test_the_imports_of_a_user_are_limited_per_hour(cloud: Cloud, user: Row) -> None:
    cloud.set("IMPORTS_PER_HOUR", "2")

    assert [post_file(cloud, user, ARCHIVE).status for _ in range(2)] == [200, 200]
    refused = announce(cloud, user, ARCHIVE)

    assert (refused.status, refused.codes) == (429, ["too-many-imports"])
    assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_the_imports_of_a_user_that_wait_or_run_are_limited(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    """Twenty imports an hour, each of them slow, keep all workers from the others."""
    cloud.set("IMPORTS_RUNNING_PER_USER", "2")
    first = task_of(post_file(cloud, user, ARCHIVE, key="one"))
    announced = task_of(announce(cloud, user, ARCHIVE))
    upload(cloud, announced)

    def refused() -> Answer:
        return post_file(cloud, user, ARCHIVE)

    assert (refused().status, refused().codes) == (429, ["too-many-running-imports"])
    assert refused().headers["retry-after"] == "60"
    assert len(import_jobs(connection)) == 2
    # A repeated call starts nothing, and others are not affected.
    assert task_of(post_file(cloud, user, ARCHIVE, key="one")) == first
    another = make_user(connection, "eve@example.com")
    connection.commit()
    assert announce(cloud, another, ARCHIVE).status == 200
    # One that has ended makes room for one.
    assert cloud.imports.remove(job_of(cloud, first)).removed_at is not None
    assert refused().status == 200
    assert refused().status == 429
    assert job_of(cloud, announced).is_waiting


def upload(cloud: Cloud, task_id: str) -> None:
    """Upload the archive of an announced import."""
    key = job_of(cloud, task_id).archive_key
    clients.s3().put_object(Bucket=EXPORTS, Key=key, Body=ARCHIVE)


def counted(user: Row) -> list[str]:
    """The user's imports that count as waiting or running."""
    return sorted(records()[f"running-imports#{user['id']}"].get("tasks", {}).get("SS", []))


def test_the_oldest_import_without_its_upload_makes_room(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    """Nothing else ends it, after the browser was closed, for over an hour."""
    cloud.set("IMPORTS_RUNNING_PER_USER", "2")
    first, second = (task_of(announce(cloud, user, ARCHIVE)) for _ in range(2))

    third = task_of(announce(cloud, user, ARCHIVE))

    assert counted(user) == sorted([second, third])
    shown = cloud.call("GET", f"/v1/tasks/{first}", user=user).json
    assert (shown["state"], shown["result"]) == ("FAILED", DISPLACED)
    # What comes with the call takes a place, too, and one that is uploaded keeps its own.
    upload(cloud, second)
    fourth = task_of(post_file(cloud, user, ARCHIVE))
    assert counted(user) == sorted([second, fourth])
    assert announce(cloud, user, ARCHIVE).codes == ["too-many-running-imports"]
    # A late upload starts nothing. Its message brings the row and the mail, if the sweeper has not.
    upload(cloud, first)
    assert cloud.work(first, to="import_worker")
    assert import_jobs(connection)[0] == (first, user["id"], DISPLACED, "FAILURE")
    assert "A newer import" in cloud.mails()[0].body
    assert connection.execute(text("SELECT id FROM events")).all() == []


def test_an_import_that_made_room_is_left_to_the_sweeper(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    first = task_of(announce(cloud, user, ARCHIVE))

    assert announce(cloud, user, ARCHIVE).status == 200

    job = job_of(cloud, first)
    assert job.is_mail_due
    assert first in [pending.id for pending in cloud.imports.pending()]
    assert import_jobs(connection)[0] == (first, user["id"], None, None)


def test_an_import_that_a_worker_has_just_taken_makes_no_room(cloud: Cloud, user: Row) -> None:
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    first = task_of(announce(cloud, user, ARCHIVE))

    def take() -> None:
        assert cloud.imports.claim(first, "a worker", seconds=60) is not None

    with meanwhile(clients.s3(), "ListObjectsV2", take):
        refused = announce(cloud, user, ARCHIVE)

    assert (refused.status, refused.codes) == (429, ["too-many-running-imports"])
    assert job_of(cloud, first).is_waiting
    assert counted(user) == [first]


def test_two_announcements_at_once_do_not_exceed_the_limit(cloud: Cloud, user: Row) -> None:
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    first = task_of(announce(cloud, user, ARCHIVE))
    others: list[str] = []

    def announce_another() -> None:
        others.append(task_of(announce(cloud, user, ARCHIVE)))

    with meanwhile(clients.s3(), "ListObjectsV2", announce_another):
        last = task_of(announce(cloud, user, ARCHIVE))

    assert counted(user) == [last]
    assert [job_of(cloud, task_id).state for task_id in (first, *others)] == ["FAILED", "FAILED"]
    assert job_of(cloud, last).is_waiting


@pytest.mark.parametrize("number", [1, 2])
def test_a_lost_answer_while_room_is_made_is_no_fault(cloud: Cloud, user: Row, number: int) -> None:
    """The first write ends the earlier import, the second takes it out of those that count."""
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    first = task_of(announce(cloud, user, ARCHIVE))
    writes: list[object] = []

    def is_chosen(request: object) -> bool:
        writes.append(request)
        return len(writes) == number

    with answer_lost(clients.dynamodb(), "UpdateItem", of=is_chosen) as lost:
        second = task_of(announce(cloud, user, ARCHIVE))

    assert lost
    assert counted(user) == [second]
    assert job_of(cloud, first).failure == DISPLACED


def test_a_call_repeated_while_the_first_runs_gets_its_task_at_the_limit(
    cloud: Cloud, user: Row
) -> None:
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    cloud.set("IMPORTS_PER_HOUR", "1")
    first: list[str] = []

    def call_first() -> None:
        first.append(task_of(post_file(cloud, user, ARCHIVE, key="one")))

    with meanwhile(clients.dynamodb(), "TransactWriteItems", call_first):
        second = post_file(cloud, user, ARCHIVE, key="one")

    assert task_of(second) == first[0]


def test_an_import_that_was_not_started_does_not_count(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    cloud.set("IMPORTS_RUNNING_PER_USER", "1")
    with request_lost(clients.s3(), "PutObject"):
        assert post_file(cloud, user, ARCHIVE).status == 503

    assert nothing_was_done(cloud, connection)
    assert post_file(cloud, user, ARCHIVE).status == 200


def test_the_bytes_of_a_user_are_limited_per_hour(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    cloud.set("IMPORT_MEGABYTES_PER_HOUR", "3")

    assert announce(cloud, user, ARCHIVE, size=2_000_000).status == 200
    refused = announce(cloud, user, ARCHIVE, size=1_000_001)

    assert (refused.status, refused.codes) == (429, ["too-many-bytes"])
    assert len(import_jobs(connection)) == 1
    assert announce(cloud, user, ARCHIVE, size=1_000_000).status == 200


def test_an_archive_can_be_too_large(cloud: Cloud, connection: Connection, user: Row) -> None:
    cloud.set("IMPORT_MAX_MEGABYTES", "2")

    refused = announce(cloud, user, ARCHIVE, size=2_000_001)

    assert (refused.status, refused.codes) == (413, ["archive-too-large"])
    assert nothing_was_done(cloud, connection)


def test_an_announced_archive_gets_a_form_for_s3(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    answer = announce(cloud, user, ARCHIVE, dry_run=True)

    task_id, upload = task_of(answer), answer.json["upload"]
    job = job_of(cloud, task_id)
    assert job.options.dry_run is True
    assert urlsplit(upload["url"]).hostname == f"{EXPORTS}.s3.eu-central-1.amazonaws.com"
    assert upload["fields"]["key"] == f"imports/{user['id']}/{task_id}.zip"
    assert upload["expires_at"] == job.upload_until == job.queued_at
    policy = policy_of(upload)
    assert ["content-length-range", len(ARCHIVE), len(ARCHIVE)] in policy
    checksum = {"x-amz-checksum-sha256": upload["fields"]["x-amz-checksum-sha256"]}
    assert checksum in policy
    # S3 sends the message when the archive is there.
    assert messages(cloud) == []
    assert import_jobs(connection) == [(task_id, user["id"], None, None)]


def policy_of(upload: Any) -> list[Any]:  # noqa: ANN401 - JSON
    conditions: list[Any] = json.loads(b64decode(upload["fields"]["policy"]))["conditions"]
    return conditions


def test_a_job_that_waits_for_its_upload_is_not_idle(cloud: Cloud, user: Row) -> None:
    job = job_of(cloud, task_of(announce(cloud, user, ARCHIVE)))

    assert not job.is_idle(job.upload_until)
    assert job.is_idle(job.upload_until + 300)
    assert UPLOAD_SECONDS == 3600


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "event.xml"}, "/name"),
        ({"name": "a" * 252 + ".zip"}, "/name"),
        ({"size": 0}, "/size"),
        ({"size": "12"}, "/size"),
        ({"sha256": "ab"}, "/sha256"),
        ({"sha256": None}, "/sha256"),
        ({"dry_run": 1}, "/dry_run"),
        ({"state": "published"}, "/state"),
    ],
)
def test_an_announcement_that_cannot_be_is_refused(
    cloud: Cloud, connection: Connection, user: Row, changes: Row, pointer: str
) -> None:
    answer = announce(cloud, user, ARCHIVE, **changes)

    assert (answer.status, answer.json["errors"][0]["source"]) == (422, {"pointer": pointer})
    assert nothing_was_done(cloud, connection)


def test_a_repeated_call_gets_the_same_task(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    first = task_of(post_file(cloud, user, ARCHIVE, key="k-1"))

    assert task_of(post_file(cloud, user, ARCHIVE, key="k-1")) == first
    assert len(import_jobs(connection)) == 1
    assert messages(cloud) == [{"task_id": first}]
    assert task_of(post_file(cloud, user, ARCHIVE, key="k-2")) != first


def test_a_repeated_call_brings_the_archive_that_a_dead_one_has_not_stored(
    cloud: Cloud, user: Row
) -> None:
    """Only a repetition has the archive: without it, the job would fail."""
    first = task_of(post_file(cloud, user, ARCHIVE, key="k-1"))
    job = cloud.imports.find(first)
    assert job is not None
    clients.s3().delete_object(Bucket=EXPORTS, Key=job.archive_key)

    assert task_of(post_file(cloud, user, ARCHIVE, key="k-1")) == first

    assert clients.s3().get_object(Bucket=EXPORTS, Key=job.archive_key)["Body"].read() == ARCHIVE


def test_a_repeated_announcement_gets_the_same_task_and_a_fresh_form(
    cloud: Cloud, user: Row
) -> None:
    first = announce(cloud, user, ARCHIVE, key="k-1")
    second = announce(cloud, user, ARCHIVE, key="k-1")

    assert task_of(second) == task_of(first)
    assert second.json["upload"]["fields"]["key"] == first.json["upload"]["fields"]["key"]


def test_a_key_belongs_to_one_user_and_one_archive(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    other = make_user(connection, "eve@example.com")
    connection.commit()
    first = task_of(post_file(cloud, user, ARCHIVE, key="k-1"))

    assert task_of(post_file(cloud, other, ARCHIVE, key="k-1")) != first
    for refused in (
        post_file(cloud, user, archive(event={}), key="k-1"),
        post_file(cloud, user, ARCHIVE, key="k-1", dry_run=True),
        announce(cloud, user, ARCHIVE, key="k-1"),
    ):
        assert (refused.status, refused.codes) == (422, ["idempotency-key-reused"])
    bad = post_file(cloud, user, ARCHIVE, key="a key")
    assert (bad.status, bad.codes) == (422, ["idempotency-key-invalid"])


@pytest.mark.parametrize("operation", ["TransactWriteItems"])
def test_a_lost_answer_of_dynamodb_makes_one_job(
    cloud: Cloud, connection: Connection, user: Row, operation: str
) -> None:
    with answer_lost(clients.dynamodb(), operation) as lost:
        task_id = task_of(post_file(cloud, user, ARCHIVE, key="k-1"))

    assert lost
    assert [name for name, item in records().items() if "state" in item] == [task_id]
    assert import_jobs(connection) == [(task_id, user["id"], None, None)]


def test_a_job_whose_archive_cannot_be_stored_is_withdrawn(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    with request_lost(clients.s3(), "PutObject"):
        answer = post_file(cloud, user, ARCHIVE, key="k-1")

    assert (answer.status, answer.codes) == (503, ["storage-unavailable"])
    assert nothing_was_done(cloud, connection)
    # Neither the limit nor the key remembers it.
    cloud.set("IMPORTS_PER_HOUR", "1")
    cloud.forget()
    assert post_file(cloud, user, ARCHIVE, key="k-1").status == 200


def test_a_job_without_message_is_left_to_the_sweeper(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    with request_lost(clients.sqs(), "SendMessage"):
        task_id = task_of(post_file(cloud, user, ARCHIVE))

    assert messages(cloud) == []
    assert import_jobs(connection) == [(task_id, user["id"], None, None)]
    assert task_id in [job.id for job in cloud.imports.pending()]
    # It is no export, and no export's sweep sees it.
    assert cloud.jobs.find(task_id) is None
    assert list(cloud.jobs.pending()) == []


def test_nothing_starts_while_the_database_is_away(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    place = {"host": "/nowhere", "dbname": "x", "username": "x"}
    cloud.set("DATABASE_SECRET_ARN", make_secret(json.dumps(place)))

    answer = post_file(cloud, user, ARCHIVE)

    assert (answer.status, answer.codes) == (503, ["database-unavailable"])
    assert nothing_was_done(cloud, connection)


def test_a_row_that_the_database_refuses_leaves_no_job(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    connection.execute(text("ALTER TABLE import_jobs ADD CHECK (user_id < 0)"))
    connection.commit()

    answer = post_file(cloud, user, ARCHIVE)

    assert (answer.status, answer.codes) == (500, ["internal-error"])
    assert "import_jobs" not in answer.text
    assert nothing_was_done(cloud, connection)


def test_a_database_without_the_table_of_jobs(
    cloud: Cloud, connection: Connection, user: Row
) -> None:
    connection.execute(text("DROP TABLE import_jobs"))
    connection.commit()

    task_id = task_of(post_file(cloud, user, ARCHIVE))

    assert messages(cloud) == [{"task_id": task_id}]
