"""Issue 10, defect 10: a warm process knows the schema of today in each of its sessions."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import database as module
from openevent.adapters import driver
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.schema import Schema
from openevent.errors import Unauthenticated, Unavailable
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights import identity
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.identity import Claims, find_user, load_user
from tests import warm
from tests.counting import statements
from tests.database import Server
from tests.factories import Row, make_event, make_session, make_user
from tests.factories.rows import insert
from tests.functions import Cloud

MOMENT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Database:
    return Database(lambda: Credentials.from_url(database_url))


@pytest.fixture
def run(connection: Connection) -> Callable[[str], None]:
    """Change the database as an upgrade of Open Event does."""

    def run(statement: str) -> None:
        connection.execute(text(statement))
        connection.commit()

    return run


@pytest.fixture
def user(connection: Connection) -> Row:
    made = make_user(connection, "owner@example.com")
    connection.commit()
    return made


def is_refused(database: Database, user: Row) -> bool:
    """Whether a token of `user`, issued at `MOMENT`, is refused in a new session."""
    with database.snapshot() as session:
        try:
            load_user(session, Claims(user["id"], MOMENT))
        except Unauthenticated:
            return True
    return False


Run = Callable[[str], None]


def test_defect_10_a_blocked_user_is_refused_once_the_column_is_back(
    database: Database, user: Row, run: Run
) -> None:
    run("ALTER TABLE users DROP COLUMN is_blocked")
    assert not is_refused(database, user)
    run("ALTER TABLE users ADD COLUMN is_blocked boolean")
    run("UPDATE users SET is_blocked = true")
    assert is_refused(database, user)


def test_defect_10_a_blocked_user_lists_no_exports(
    cloud: Cloud, connection: Connection, user: Row, run: Run
) -> None:
    event = make_event(connection, user)
    run("ALTER TABLE users DROP COLUMN is_blocked")
    path = f"/v1/events/{event['id']}/exports"
    assert cloud.call("GET", path, user=user).status == 200
    run("ALTER TABLE users ADD COLUMN is_blocked boolean")
    run("UPDATE users SET is_blocked = true")
    assert cloud.call("GET", path, user=user).codes == ["user-unknown"]


def test_defect_10_a_revoked_token_is_refused_once_the_table_is_there(
    database: Database, connection: Connection, user: Row, run: Run
) -> None:
    run("ALTER TABLE user_token_blacklist_time RENAME TO not_yet")
    assert not is_refused(database, user)
    run("ALTER TABLE not_yet RENAME TO user_token_blacklist_time")
    values = {"created_at": MOMENT, "blacklisted_at": MOMENT + timedelta(hours=1)}
    insert(connection, "user_token_blacklist_time", user_id=user["id"], **values)
    connection.commit()
    assert is_refused(database, user)


def test_defect_10_a_table_that_is_renamed_under_a_warm_process(
    database: Database, user: Row, run: Run
) -> None:
    """A rename changes no column, constraint or index."""
    assert not is_refused(database, user)
    run("ALTER TABLE user_token_blacklist_time RENAME TO gone")
    with database.snapshot() as session:
        assert not session.schema.has("user_token_blacklist_time")
        assert session.schema.has("gone")
        load_user(session, Claims(user["id"], MOMENT))


def test_defect_10_a_deleted_user_is_refused_once_the_column_is_back(
    database: Database, user: Row, run: Run
) -> None:
    assert not is_refused(database, user)
    run("ALTER TABLE users RENAME COLUMN deleted_at TO away")
    assert not is_refused(database, user)
    run("ALTER TABLE users RENAME COLUMN away TO deleted_at")
    run("UPDATE users SET deleted_at = now()")
    assert is_refused(database, user)


def test_defect_10_a_process_that_began_with_an_empty_database_recovers(postgres: Server) -> None:
    postgres.run("CREATE DATABASE still_empty")
    try:
        database = Database(lambda: Credentials.from_url(postgres.url("still_empty")))
        with pytest.raises(Unavailable) as caught, database.snapshot() as session:
            find_user(session, 1)
        assert caught.value.code == "database-unsuitable"
        with database.transaction() as session:
            session.rows("""
                CREATE TABLE users (
                    id integer, _email text, first_name text, last_name text,
                    is_admin boolean, is_super_admin boolean, deleted_at timestamptz
                )
            """)
        with database.snapshot() as session:
            assert find_user(session, 1) is None
    finally:
        postgres.run("DROP DATABASE still_empty WITH (FORCE)")


def test_defect_10_an_archive_has_the_column_that_was_just_added(
    cloud: Cloud, connection: Connection, user: Row, run: Run
) -> None:
    event = make_event(connection, user)
    make_session(connection, event, title="A talk")
    connection.commit()

    def columns() -> set[str]:
        (session,) = json.loads(cloud.export(user, event["id"]).read("sessions"))
        return set(session)

    before = columns()
    run("ALTER TABLE sessions ADD COLUMN room_size integer DEFAULT 40")
    warm = columns()
    cloud.forget()
    assert warm == columns() == before | {"room_size"}


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE sessions ADD COLUMN more integer",
        "ALTER TABLE sessions DROP COLUMN comments",
        "ALTER TABLE sessions RENAME COLUMN comments TO remarks",
        "ALTER TABLE sessions ALTER COLUMN comments SET NOT NULL",
        "ALTER TABLE sessions ALTER COLUMN comments TYPE varchar(100)",
        "ALTER TABLE sessions ADD CONSTRAINT new_one UNIQUE (id, title)",
        "ALTER TABLE sessions DROP CONSTRAINT sessions_pkey CASCADE",
        "CREATE UNIQUE INDEX new_index ON sessions (id, title)",
        "ALTER TABLE sessions RENAME TO talks",
        "ALTER INDEX sessions_pkey RENAME TO primary_key",
        "CREATE TABLE new_table (id integer)",
        "DROP TABLE sessions CASCADE",
        "ALTER TABLE sessions SET SCHEMA elsewhere",
        "ALTER TABLE sessions DROP COLUMN comments, ADD COLUMN comments varchar",
    ],
)
def test_defect_10_every_change_of_the_schema_is_noticed(
    database: Database, run: Run, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    run("CREATE SCHEMA elsewhere")
    reads = count_reads(monkeypatch)
    for _ in range(2):
        with database.snapshot():
            pass
    assert len(reads) == 1
    run(change)
    for _ in range(2):
        with database.transaction():
            pass
    assert len(reads) == 2


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[driver.Connection]:
    """The connections through which the schema is read."""
    reads: list[driver.Connection] = []
    read = module.read_schema

    def noted(connection: driver.Connection) -> Schema:
        reads.append(connection)
        return read(connection)

    monkeypatch.setattr(Database, "_schema_of", warm._schema_of)
    monkeypatch.setattr(module, "read_schema", noted)
    return reads


def test_defect_10_rows_and_statistics_are_no_change_of_the_schema(
    database: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count_reads(monkeypatch)
    with database.snapshot():
        pass
    run("INSERT INTO roles (name, title_name) VALUES ('new', 'New')")
    run("ANALYZE")
    with database.snapshot():
        pass
    assert len(reads) == 1


def test_a_session_asks_for_the_schema_in_no_statement_of_its_own(
    database: Database, user: Row
) -> None:
    """The state comes with the statement that sets the connection up."""
    assert not is_refused(database, user)
    with statements() as sent, database.snapshot() as session:
        find_user(session, user["id"])
    assert len(sent) == 1, sent


@pytest.mark.usefixtures("user")
def test_a_repeatable_read_sees_one_state(database_url: str, run: Run) -> None:
    """In a process that has to read the schema first as well."""
    database = Database(lambda: Credentials.from_url(database_url))
    query = "SELECT first_name FROM users"
    run("UPDATE users SET first_name = 'Ada'")
    with database.transaction(isolation="REPEATABLE READ") as session:
        assert session.rows(query) == (["Ada"],)
        run("UPDATE users SET first_name = 'Bob'")
        assert session.rows(query) == (["Ada"],)


@contextmanager
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[object]]:
    """The `missing` of the warnings that a process, which begins here, logs."""
    identity._log_once.cache_clear()
    found: list[object] = []
    with caplog.at_level(logging.WARNING):
        yield found
    found += [record.missing for record in caplog.records if hasattr(record, "missing")]
    identity._log_once.cache_clear()


def test_defect_10_what_protects_accounts_is_logged_once_when_missing(
    database: Database, user: Row, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    run("ALTER TABLE users DROP COLUMN is_blocked")
    run("ALTER TABLE user_token_blacklist_time RENAME TO gone")
    with logged(caplog) as found:
        for _ in range(3):
            assert not is_refused(database, user)
    assert found == [("users.is_blocked", "user_token_blacklist_time")]


def test_nothing_is_logged_of_a_database_that_has_it_all(
    database: Database, user: Row, caplog: pytest.LogCaptureFixture
) -> None:
    with logged(caplog) as found:
        assert not is_refused(database, user)
    assert found == []


@pytest.mark.parametrize("column", ["is_admin", "is_super_admin"])
def test_defect_10_without_a_column_of_administrators_there_are_none_of_that_kind(
    database: Database, connection: Connection, run: Run, column: str
) -> None:
    user = make_user(connection, is_admin=True, is_super_admin=True)
    other = {"is_admin": "is_super_admin", "is_super_admin": "is_admin"}[column]
    run(f"ALTER TABLE users DROP COLUMN {column}")
    with database.snapshot() as session:
        found = find_user(session, user["id"])
        assert found is not None
        assert found.is_staff
    run(f"ALTER TABLE users DROP COLUMN {other}")
    with database.snapshot() as session:
        found = find_user(session, user["id"])
        assert found is not None
        assert not found.is_staff


@pytest.mark.parametrize("column", ["deleted_at", "name", "group_id"])
def test_defect_10_an_event_is_found_without_a_column(
    database: Database, connection: Connection, user: Row, run: Run, column: str
) -> None:
    event = make_event(connection, user, name="PyCon")
    run(f"ALTER TABLE events DROP COLUMN {column} CASCADE")
    with database.snapshot() as session:
        claims = Claims(user["id"], MOMENT)
        admitted = admit(session, claims, event["identifier"], Action.COPY)
    assert admitted.event.id == event["id"]
    assert admitted.event.name == ("" if column == "name" else "PyCon")


def test_defect_10_a_column_that_is_needed_is_named(
    database: Database, connection: Connection, user: Row, run: Run
) -> None:
    event = make_event(connection, user)
    run("ALTER TABLE events DROP COLUMN identifier")
    with pytest.raises(Unavailable) as caught, database.snapshot() as session:
        admit(session, Claims(user["id"], MOMENT), event["id"], Action.COPY)
    assert caught.value.code == "database-unsuitable"
    assert "column events.identifier" in str(caught.value)


def test_defect_10_invites_find_people_and_events_without_deleted_at(
    database: Database, connection: Connection, user: Row, run: Run
) -> None:
    event = make_event(connection, user, name="PyCon")
    run("ALTER TABLE users DROP COLUMN deleted_at")
    run("ALTER TABLE events DROP COLUMN deleted_at")
    with database.transaction() as session:
        found = Team(session).user_of_address("owner@example.com")
        assert found is not None
        assert found.id == user["id"]
        assert InviteStore(session).lock_event(event["id"]).name == "PyCon"
