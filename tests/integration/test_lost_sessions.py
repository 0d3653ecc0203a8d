"""Sessions whose connection is cut, at each of their statements."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from openevent.adapters.copy_out import copy_out
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database, Session
from openevent.errors import Unavailable
from tests import warm
from tests.cutting import CuttingProxy, cutting_proxy
from tests.database import Server

OPENED: dict[str, Callable[[Database], AbstractContextManager[Session]]] = {
    "snapshot": Database.snapshot,
    "transaction": Database.transaction,
}


@pytest.mark.parametrize("is_done_first", [False, True])
@pytest.mark.parametrize(("opened", "ends"), [("snapshot", 0), ("transaction", 1)])
def test_whatever_statement_is_lost_the_database_is_unavailable(  # noqa: PLR0913, PLR0917 - cases
    postgres: Server,
    database_url: str,
    tmp_path: Path,
    opened: str,
    ends: int,
    is_done_first: bool,  # noqa: FBT001 - a case
) -> None:
    """The settings, BEGIN with the cursor, its rows, the limits of the copy, the copy; COMMIT."""

    def read() -> None:
        with OPENED[opened](database) as session:
            session.rows("DECLARE streamed CURSOR FOR SELECT generate_series(1, 1000)")
            assert session.rows("FETCH 1 FROM streamed") == ([1],)
            with copy_out(session.connection, ["SELECT 'a'", "SELECT 'b'"]) as copies:
                assert [bytes(row) for _ in "ab" for (row,) in copies.texts()] == [b"a", b"b"]

    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        database = Database(lambda: credentials)
        lost, count = lost_statements(proxy, read, is_done_first=is_done_first)
    assert (lost, count) == (list(range(1, 6 + ends)), 5 + ends)


def lost_statements(
    proxy: CuttingProxy, read: Callable[[], None], *, is_done_first: bool
) -> tuple[list[int], int]:
    """Cut each statement of `read` once; the numbers of those whose loss is noticed, and of all."""
    read()
    proxy.arm(None)
    read()
    count, lost = proxy.statements, []
    for number in range(1, count + 1):
        proxy.arm(number, is_done_first=is_done_first)
        try:
            read()
        except Unavailable:
            lost.append(number)
        assert proxy.has_cut
    return lost, count


@pytest.mark.parametrize("is_done_first", [False, True])
def test_a_snapshot_that_is_lost_is_unavailable(
    postgres: Server,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_done_first: bool,  # noqa: FBT001 - a case
) -> None:
    """In a new process: the first statement, the schema, and BEGIN with the query."""
    monkeypatch.setattr(Database, "_schema_of", warm._schema_of)
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        for number in range(1, 5):
            proxy.arm(number, is_done_first=is_done_first)
            database = Database(lambda: credentials)
            with pytest.raises(Unavailable), database.snapshot() as session:
                session.rows("SELECT id FROM users WHERE id = %s", 1)
            assert proxy.has_cut
        proxy.arm(5)
        with database.snapshot() as session:
            assert list(session.rows("SELECT 2 + %s", 2)) == [[4]]
        # It has the schema by then.
        assert proxy.statements == 3
        assert not proxy.has_cut


def test_a_snapshot_notices_that_the_tables_have_changed(database_url: str) -> None:
    credentials = Credentials.from_url(database_url)
    database = Database(lambda: credentials)
    with database.snapshot() as session:
        assert session.schema.has("users", "is_blocked")
    with Database(lambda: credentials).transaction() as changing:
        changing.rows("ALTER TABLE users DROP COLUMN is_blocked")
    with database.snapshot() as session:
        assert not session.schema.has("users", "is_blocked")
    with pytest.raises(Unavailable), database.snapshot() as session:
        session.rows("SELECT is_blocked FROM users")


def test_a_snapshot_sees_one_state_and_writes_nothing(database_url: str) -> None:
    credentials = Credentials.from_url(database_url)
    with Database(lambda: credentials).snapshot() as session:
        [shown] = session.rows(
            "SELECT current_setting('transaction_isolation'), "
            "current_setting('transaction_read_only')"
        )
    assert list(shown) == ["repeatable read", "on"]


def test_a_transaction_is_rolled_back_when_it_fails(database_url: str) -> None:
    """When the error arrives, the locks are free, and nothing of the change is there."""
    database = Database(lambda: Credentials.from_url(database_url))
    count = "SELECT count(*) FROM roles WHERE name = 'new'"
    add = "INSERT INTO roles (name, title_name) VALUES (%s, %s)"
    free = "SELECT pg_try_advisory_xact_lock(1)"

    def fail() -> None:
        with database.transaction() as session:
            session.rows(add, "new", "New")
            session.rows("SELECT pg_advisory_xact_lock(1)")
            raise KeyError("failed")

    with pytest.raises(KeyError, match="failed"):
        fail()
    with database.transaction() as session:
        assert (session.rows(free), session.rows(count)) == (([True],), ([0],))
        assert session.rows(add, "new", "New") == ()
    with database.snapshot() as session:
        assert session.rows(count) == ([1],)


def test_a_snapshot_costs_few_statements(
    postgres: Server, database_url: str, tmp_path: Path
) -> None:
    """The first statement; BEGIN with the query."""
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        database = Database(lambda: credentials)
        for _ in range(2):
            proxy.arm(None)
            with database.snapshot() as session:
                session.rows("SELECT 1")
    assert proxy.statements == 2


def test_a_session_does_not_outlive_its_invocation(database_url: str) -> None:
    """The server ends what is too slow, and the statements of a client that is gone."""
    database = Database(lambda: Credentials.from_url(database_url))
    with database.transaction() as session:
        shown = session.rows(
            "SELECT current_setting('statement_timeout'), "
            "current_setting('idle_in_transaction_session_timeout'), "
            "current_setting('client_connection_check_interval')"
        )
    assert shown == (["20s", "40s", "5s"],)


def test_all_statements_of_a_message_have_the_seconds_of_the_session(database_url: str) -> None:
    """The server answers them together, so the client waits as long, and a second more."""
    database = Database(lambda: Credentials.from_url(database_url))
    with database.transaction() as session:
        assert session.connection._usock.gettimeout() == 20
        session.limit(75.5)
        assert session.connection._usock.gettimeout() == 76.5
        assert session.rows("SHOW statement_timeout") == (["75500ms"],)
