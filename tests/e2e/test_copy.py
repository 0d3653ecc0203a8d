"""Copying through the deployed template: rights, rows, media, failures, and calls made twice."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from local.stack import Stack
from openevent.rights.access import RIGHTS, Action, Role
from tests.e2e.copying import (
    State,
    call,
    copied,
    cut_line,
    event_row,
    key_of,
    objects,
    run,
)
from tests.e2e.faults import copies_refused, database_away

STAFF = {"admin"}
ROLES = [*Role, "admin", "group_organizer", "stranger"]
COPY_ROLES = {str(role) for role in RIGHTS[Action.COPY]} | STAFF


# Rights


def test_the_table_of_rights_is_that_of_the_contract() -> None:
    assert sorted(COPY_ROLES) == ["admin", "coorganizer", "organizer", "owner"]


@pytest.mark.parametrize("role", ROLES)
def test_rights(stack: Stack, role: str) -> None:
    answer = call(stack, stack.event["id"], role=role, body={"dry_run": True})
    assert answer.status == (200 if role in COPY_ROLES else 403), answer.body
    if answer.status == 403:
        (error,) = answer.json()["errors"]
        assert (error["code"], error["detail"]) == (
            "access-forbidden",
            "Co-organizer access is required.",
        )


@pytest.mark.parametrize("role", ROLES)
def test_rights_in_a_group(stack: Stack, role: str) -> None:
    answer = call(stack, stack.event["of_a_group_id"], role=role, body={"dry_run": True})
    assert answer.status == (200 if role in STAFF | {"group_organizer"} else 403)


def test_a_copy_needs_a_token(stack: Stack) -> None:
    answer = stack.request("POST", f"/v1/events/{stack.event['id']}/copy", body={})
    assert answer.status == 401
    assert answer.json()["errors"][0]["code"] == "token-missing"


@pytest.mark.parametrize("event", [2**31 - 1, 2**64, 0, "nothing", "%00", "a%2Fb", "%F0%9F%98%80"])
def test_no_such_event(stack: Stack, event: object) -> None:
    """Copy, 5: an event that does not exist was a 500."""
    answer = call(stack, event, role="admin")
    assert answer.status == 404, answer.body


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "body-not-json", None),
        (b"[]", 400, "body-not-json", None),
        (b'{"nmae": "x"}', 422, "unknown-field", "/nmae"),
        (b'{"name": "\\ud800"}', 400, "body-not-text", None),
        (b'{"name": "\\u0000"}', 400, "body-not-text", None),
        (b'{"exclude": ["orders"]}', 422, "invalid-field", "/exclude/0"),
        (b'{"starts_at": "tomorrow"}', 422, "invalid-field", "/starts_at"),
    ],
)
def test_bodies_that_are_refused(
    stack: Stack, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    answer = stack.request(
        "POST",
        f"/v1/events/{stack.event['id']}/copy",
        token=stack.tokens["owner"],
        body=body,
        headers={"Content-Type": "application/vnd.api+json"},
    )
    (error,) = answer.json()["errors"]
    assert (answer.status, error["code"]) == (status, code)
    assert error.get("source", {}).get("pointer") == pointer


# The copy


def test_a_copy_is_whole(stack: Stack) -> None:
    """Copy, 1 to 4, against the sample event: rows, team, media, what is reset."""
    before = State.now(stack)
    answer = copied(stack, stack.event["identifier"], role="coorganizer")
    after = State.now(stack)
    added = after.rows.added_since(before.rows)
    assert answer["rows"] == {
        **dict.fromkeys(answer["rows"], 0),
        **{table: len(rows) for table, rows in added.items()},
    }
    assert answer["rows"]["tickets"] > 0
    assert answer["rows"]["session_types"] > 0
    assert answer["rows"]["users_events_roles"] == 7
    (event,) = added["events"]
    assert (event["id"], event["identifier"]) == (answer["id"], answer["identifier"])
    assert (event["state"], event["schedule_published_on"]) == ("draft", None)
    assert len(after.objects) - len(before.objects) == answer["media"]["copied"] > 0
    # The caller may continue with the copy.
    again = call(stack, answer["identifier"], role="coorganizer", body={"dry_run": True})
    assert again.status == 200


def test_media_is_copied_in_s3(stack: Stack) -> None:
    """Copy, 3: media was shared with the original."""
    before = objects(stack)
    answer = copied(stack, stack.event["id"], body={"include": ["sessions"]})
    after = objects(stack)
    original, copy = event_row(stack, int(stack.event["id"])), event_row(stack, answer["id"])
    for column in ("logo_url", "original_image_url"):
        old, new = key_of(stack, original[column]), key_of(stack, copy[column])
        assert old != new
        assert new.startswith(f"events/{answer['id']}/")
        assert after[new] == before[old]
    assert before.items() <= after.items()
    made = after.keys() - before.keys()
    assert len(made) == answer["media"]["copied"]
    assert all(key.startswith(f"events/{answer['id']}/") for key in made)
    addresses = run(
        stack,
        "SELECT photo_url FROM speaker WHERE event_id = %s AND photo_url LIKE %s",
        answer["id"],
        f"{stack.media_url}/%",
    )
    assert len(addresses) > 1
    assert {key_of(stack, address) for (address,) in addresses} <= made


def test_a_dry_run_changes_nothing(stack: Stack) -> None:
    before = State.now(stack)
    body = {"dry_run": True, "include": ["sessions"], "starts_at": "2030-06-01T09:00:00+02:00"}
    answer = call(stack, stack.event["id"], body=body).json()
    assert State.now(stack) == before
    assert (answer["id"], answer["identifier"], answer["copied"]) == (None, None, False)
    assert answer["media"]["copied"] > 0
    assert answer["rows"]["sessions"] > 0
    assert {date["table"] for date in answer["dates"]} >= {"events", "tickets", "sessions"}


def test_a_new_start_and_name(stack: Stack) -> None:
    body = {"name": "Paper Boats 2030", "starts_at": "2030-06-01T09:00:00+00:00"}
    answer = copied(stack, stack.event["id"], body=body)
    copy = event_row(stack, answer["id"])
    assert copy["name"] == "Paper Boats 2030"
    assert copy["starts_at"] == "2030-06-01T09:00:00+00:00"


def test_what_is_added_under_a_warm_function_is_copied(stack: Stack) -> None:
    copied(stack, stack.event["id"])
    run(stack, "ALTER TABLE events ADD COLUMN motto text DEFAULT 'Fold, float'")
    run(stack, "CREATE TABLE prizes (id serial PRIMARY KEY, event_id int REFERENCES events(id))")
    try:
        answer = copied(stack, stack.event["id"])
        run(stack, "UPDATE events SET motto = 'Sink' WHERE id = %s", stack.event["id"])
        assert event_row(stack, answer["id"])["motto"] == "Fold, float"
        assert event_row(stack, copied(stack, stack.event["id"])["id"])["motto"] == "Sink"
        assert answer["warnings"] == [{"code": "table-unknown", "table": "prizes", "column": None}]
    finally:
        run(stack, "ALTER TABLE events DROP COLUMN motto")
        run(stack, "DROP TABLE prizes")


def test_two_at_once_are_two_copies(stack: Stack) -> None:
    before = State.now(stack)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: copied(stack, stack.event["id"]), range(2)))
    after = State.now(stack)
    assert len({answer["id"] for answer in answers}) == 2
    assert len(after.rows.added_since(before.rows)["events"]) == 2
    made = after.objects.keys() - before.objects.keys()
    assert len(made) == sum(answer["media"]["copied"] for answer in answers)


# When something fails


def test_a_database_that_fails_at_any_statement_leaves_nothing(stack: Stack) -> None:
    """Copy, 6: half a copy stayed. The line is cut at each message of a call in turn."""
    copied(stack, stack.event["id"])  # from now on the function is warm
    before = State.now(stack)
    statuses = []
    with cut_line(stack) as proxy:
        for number in range(1, 200):
            proxy.arm(number)
            statuses.append(call(stack, stack.event["id"]).status)
            if not proxy.has_cut:
                break
            assert objects(stack) == before.objects, number
    *failed, succeeded = statuses
    assert succeeded == 200
    assert len(failed) > 10
    assert set(failed) == {503}
    added = State.now(stack).rows.added_since(before.rows)
    assert len(added["events"]) == 1


def test_an_unconfirmed_commit_is_a_copy(stack: Stack) -> None:
    copied(stack, stack.event["id"])
    with cut_line(stack) as proxy:
        proxy.arm(None)
        copied(stack, stack.event["id"])
        commit = proxy.statements
        proxy.arm(commit, is_done_first=True)
        answer = copied(stack, stack.event["id"])
        assert proxy.has_cut
    copy = event_row(stack, answer["id"])
    assert key_of(stack, copy["logo_url"]) in objects(stack)


def test_a_database_that_is_away_is_a_503(stack: Stack) -> None:
    before = State.now(stack)
    with database_away(stack):
        answer = call(stack, stack.event["id"])
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert State.now(stack) == before


def test_an_s3_that_refuses_leaves_nothing(stack: Stack) -> None:
    before = State.now(stack)
    name = str(event_row(stack, int(stack.event["id"]))["logo_url"]).rpartition("/")[2]
    with copies_refused(stack, but_first=name):
        answer = call(stack, stack.event["id"])
    assert answer.status == 503
    assert answer.json()["errors"][0]["code"] == "media-access-denied"
    assert State.now(stack) == before
    copied(stack, stack.event["id"])


def test_issue_11_public_uploads_stay_public_in_the_copy(stack: Stack) -> None:
    """The roles may read where the real server puts uploads, and give copies their ACL."""
    s3 = stack.client("s3")
    event_id = copied(stack, stack.event["empty_id"])["id"]
    folders = (
        "temp/images/4b",
        "events/temp/4b",
        "users/12/original",
        "event_topic/1/system_image",
    )
    keys = [f"{folder}/L0RYL3g3VF/4b.png" for folder in (*folders, "exhibitors/3/thumbnail")]
    private = ["orders/invoices/pdf/7/L0RYL3g3VF/a.pdf", "events/999999/large/L0RYL3g3VF/4b.jpg"]
    for key in [*keys, *private]:
        s3.put_object(Bucket=stack.media_bucket, Key=key, Body=b"a file", ACL="public-read")
        address = f"https://s3.dualstack.us-east-1.amazonaws.com/{stack.media_bucket}/{key}"
        run(
            stack,
            "INSERT INTO sponsors (event_id, name, logo_url) VALUES (%s, %s, %s)",
            event_id, key, address,
        )  # fmt: skip
    before = objects(stack)
    answer = copied(stack, event_id)
    assert answer["media"]["copied"] == len(keys)
    assert len(answer["media"]["foreign"]) == len(private)
    made = set(objects(stack)) - set(before)
    assert len(made) == len(keys)
    for key in made:
        grants = s3.get_object_acl(Bucket=stack.media_bucket, Key=key)["Grants"]
        readers = [grant["Grantee"].get("URI") for grant in grants if grant["Permission"] == "READ"]
        assert readers == ["http://acs.amazonaws.com/groups/global/AllUsers"]
    again = copied(stack, answer["id"])
    assert again["media"]["copied"] == len(keys)


# The same call twice


def test_the_same_key_makes_one_copy(stack: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    before = State.now(stack)
    first = call(stack, stack.event["id"], body={"name": "Once"}, headers=key)
    second = call(stack, stack.event["id"], body={"name": "Once"}, headers=key)
    by_identifier = call(stack, stack.event["identifier"], body={"name": "Once"}, headers=key)
    assert first.status == 200
    assert first.body == second.body == by_identifier.body
    assert len(State.now(stack).rows.added_since(before.rows)["events"]) == 1


def test_the_same_key_at_once_makes_one_copy(stack: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    before = State.now(stack)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: call(stack, stack.event["id"], headers=key), range(4)))
    done = [answer for answer in answers if answer.status == 200]
    waiting = [answer for answer in answers if answer.status != 200]
    assert done
    assert len({answer.body for answer in done}) == 1
    assert {answer.json()["errors"][0]["code"] for answer in waiting} <= {"copy-in-progress"}
    assert {answer.status for answer in waiting} <= {409}
    assert len(State.now(stack).rows.added_since(before.rows)["events"]) == 1


def test_the_same_key_for_another_body_is_refused(stack: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    copied(stack, stack.event["id"], headers=key)
    answer = call(stack, stack.event["id"], body={"name": "Other"}, headers=key)
    assert answer.status == 422
    (error,) = answer.json()["errors"]
    assert error["code"] == "idempotency-key-reused"
    assert error["source"] == {"header": "Idempotency-Key"}


def test_a_key_is_good_for_one_caller_and_one_event(stack: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = copied(stack, stack.event["id"], headers=key)
    other = copied(stack, stack.event["id"], role="organizer", headers=key)
    another = copied(stack, first["id"], headers=key)
    assert len({first["id"], other["id"], another["id"]}) == 3


def test_a_call_that_failed_may_be_made_again_with_its_key(stack: Stack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    copied(stack, stack.event["id"])
    with cut_line(stack) as proxy:
        proxy.arm(11)
        assert call(stack, stack.event["id"], headers=key).status == 503
        assert proxy.has_cut
    copied(stack, stack.event["id"], headers=key)


@pytest.mark.parametrize("key", [" ", "x" * 256, "né"])
def test_an_invalid_key_is_refused(stack: Stack, key: str) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = call(stack, stack.event["id"], body={"dry_run": True}, headers=headers)
    assert answer.status == 422
    assert answer.json()["errors"][0]["code"] == "idempotency-key-invalid"
