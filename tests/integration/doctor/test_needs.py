"""Issue 11: the privileges that the doctor asks for are those that the functions need."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.catalogue.event_tables import EVENT_TABLES
from openevent.copying.resolve import EXCLUDABLE, INCLUDABLE
from openevent.doctor.needs import Need, grants, needs
from tests.factories import make_event, make_full_event, make_user
from tests.functions import EXPORTS, Cloud
from tests.integration.doctor.installation import Installation
from tests.integration.doctor.users import limited_user
from tests.integration.importing.calls import import_jobs, post_file, task_of


@pytest.fixture
def limited(installation: Installation, connection: Connection) -> Iterator[Cloud]:
    """The functions, as a user with these privileges alone."""
    with limited_user(connection) as user:
        installation.change_database(username=user)
        yield installation.cloud


def test_the_privileges_suffice_for_exports_and_copies_of_full_events(
    limited: Cloud, connection: Connection
) -> None:
    full = make_full_event(connection, rows_per_table=2)
    connection.commit()
    flags = {"image": True, "video": True, "document": True, "audio": True}

    limited.export(full.owner, full.event["id"], **flags)
    referred = {to.table for table in EVENT_TABLES for to in table.references.values()}
    without = sorted(referred.intersection(EXCLUDABLE))
    assert "faq_types" in without
    for body in ({"include": [*INCLUDABLE]}, {"include": [*INCLUDABLE], "exclude": without}):
        path = f"/v1/events/{full.event['id']}/copy"
        copied = limited.call("POST", path, user=full.owner, body=body)
        assert copied.status == 200, (body, copied.text)


def test_the_privileges_suffice_for_imports_of_full_events(
    limited: Cloud, connection: Connection
) -> None:
    full = make_full_event(connection, rows_per_table=2)
    connection.commit()
    task_id = limited.start(full.owner, full.event["id"])
    assert limited.work(task_id)
    job = limited.job(task_id)
    assert job.archive is not None
    archive = clients.s3().get_object(Bucket=EXPORTS, Key=job.archive.key)["Body"].read()

    imported = task_of(post_file(limited, full.owner, archive))

    assert limited.work(imported, to="import_worker")
    shown = limited.call("GET", f"/v1/tasks/{imported}", user=full.owner).json
    assert shown["state"] == "SUCCESS", shown
    assert import_jobs(connection)[0][2:] == (str(shown["result"]["id"]), "SUCCESS")


def test_the_privileges_suffice_for_invites(limited: Cloud, connection: Connection) -> None:
    owner = make_user(connection, "anna@example.com")
    event = make_event(connection, owner)
    bob = make_user(connection, "bob2@example.com", is_verified=False)
    connection.commit()
    relationships = {"event": {"data": {"type": "event", "id": str(event["id"])}}}

    def invite(email: str, role: str) -> str:
        data = {
            "type": "role-invite",
            "attributes": {"email": email, "role-name": role},
            "relationships": {
                **relationships,
                "role": {"data": {"type": "role", "id": str(_role(connection, role))}},
            },
        }
        answer = limited.call("POST", "/v1/role-invites", user=owner, body={"data": data})
        assert answer.status == 201, answer.text
        return str(answer.json["data"]["id"])

    first = invite("bob2@example.com", "owner")
    token = str(limited.mails()[-1].body).split("token=")[1].split()[0].split('"')[0]
    accepted = limited.call(
        "POST", "/v1/role_invites/accept-invite", user=bob, body={"data": {"token": token}}
    )
    assert accepted.status == 200, accepted.text
    second = invite("carol@example.com", "moderator")
    assert first != second
    deleted = limited.call("DELETE", f"/v1/role-invites/{second}", user=owner)
    assert deleted.status == 200, deleted.text


def test_the_privileges_suffice_for_public_schedules(
    limited: Cloud, connection: Connection
) -> None:
    """Also for the numbers of transactions in rows, which a right to all columns does not show."""
    event = make_event(connection, privacy="public", schedule_published_on="2027-01-01T00:00:00Z")
    connection.commit()
    answer = limited.call("GET", f"/v1/events/{event['id']}/schedule.ics")
    assert answer.status == 200, answer.text


def test_a_user_with_these_privileges_is_healthy(
    installation: Installation, limited: Cloud
) -> None:
    answer = installation.examine()

    assert limited is installation.cloud
    assert [f for f in answer["findings"] if f["state"] != "ok"] == []


def test_the_statements_grant_nothing_else() -> None:
    """Among the tables that are left out: settings, in which the server keeps keys of others."""
    statements = list(grants("functions"))
    on = {statement.split(" ON ")[1].split()[0] for statement in statements[:-1]}
    assert on == {need.table for need in needs()}
    assert on.isdisjoint({"settings", "stripe_authorizations", "orders", "attendees"})
    updates = [statement for statement in statements if "UPDATE" in statement]
    assert [statement for statement in updates if "(" not in statement] == [
        "GRANT DELETE, INSERT, SELECT, UPDATE ON role_invites TO functions",
        "GRANT DELETE, INSERT, SELECT, UPDATE ON users_events_roles TO functions",
    ]
    assert "GRANT UPDATE (is_verified) ON users TO functions" in updates
    assert len(statements) == len(set(statements))


def test_invites_need_all_privileges_on_their_table() -> None:
    assert {need.privilege for need in needs() if need.table == "role_invites"} == {
        *("SELECT", "INSERT", "UPDATE", "DELETE")
    }
    assert Need("SELECT", "events") in needs()


def _role(connection: Connection, name: str) -> int:
    statement = f"SELECT id FROM roles WHERE name = '{name}'"  # noqa: S608
    return int(connection.exec_driver_sql(statement).scalar_one())
