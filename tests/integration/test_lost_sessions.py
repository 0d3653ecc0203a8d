"""Sessions whose connection is cut, at each of their statements."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from openevent.adapters.copy_out import copy_out
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database, Session
from openevent.adapters.plain import PlainDatabase
from openevent.errors import Unavailable
from tests.cutting import cutting_proxy
from tests.database import Server

SESSIONS: dict[str, Callable[[Database], AbstractContextManager[Session]]] = {
    "snapshot": Database.snapshot,
    "transaction": Database.transaction,
}


@pytest.mark.parametrize("is_done_first", [False, True])
@pytest.mark.parametrize("opened", SESSIONS.values(), ids=SESSIONS)
def test_whatever_statement_is_lost_the_database_is_unavailable(
    postgres: Server,
    database_url: str,
    tmp_path: Path,
    opened: Callable[[Database], AbstractContextManager[Session]],
    is_done_first: bool,  # noqa: FBT001 - a case
) -> None:
    """Never an error of the driver's own, which no caller knows.

    The rows are streamed: what is left of them is closed with the session.
    """

    def read() -> None:
        with opened(database) as session:
            streamed = session.connection.execution_options(stream_results=True)
            rows = streamed.execute(text("SELECT generate_series(1, 1000)"))
            assert rows.fetchone() == (1,)
            with copy_out(session.connection, ["SELECT 'a'", "SELECT 'b'"]) as copies:
                assert [bytes(row) for _ in "ab" for (row,) in copies.texts()] == [b"a", b"b"]

    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        database = Database(lambda: credentials)
        read()
        proxy.arm(None)
        read()
        count = proxy.statements

        lost = []
        for number in range(1, count + 1):
            proxy.arm(number, is_done_first=is_done_first)
            try:
                read()
            except Unavailable:
                lost.append(number)
            assert proxy.has_cut
    # What is closed is lost unnoticed.
    assert lost == list(range(1, len(lost) + 1))
    assert len(lost) >= count - 2


@pytest.mark.parametrize("is_done_first", [False, True])
def test_a_plain_snapshot_that_is_lost_is_unavailable(
    postgres: Server,
    database_url: str,
    tmp_path: Path,
    is_done_first: bool,  # noqa: FBT001 - a case
) -> None:
    """In a new process: the first statement, the schema, BEGIN, and the query."""
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        for number in range(1, 5):
            proxy.arm(number, is_done_first=is_done_first)
            database = PlainDatabase(lambda: credentials)
            with pytest.raises(Unavailable), database.snapshot() as session:
                session.rows("SELECT id FROM users WHERE id = %s", 1)
            assert proxy.has_cut
        proxy.arm(5)
        with database.snapshot() as session:
            assert list(session.rows("SELECT 2 + %s", 2)) == [[4]]
        # It has the schema by then.
        assert proxy.statements == 3
        assert not proxy.has_cut


def test_a_plain_snapshot_notices_that_the_tables_have_changed(database_url: str) -> None:
    credentials = Credentials.from_url(database_url)
    database = PlainDatabase(lambda: credentials)
    with database.snapshot() as session:
        assert session.schema.has("users", "is_blocked")
    with Database(lambda: credentials).transaction() as changing:
        changing.connection.execute(text("ALTER TABLE users DROP COLUMN is_blocked"))
    with database.snapshot() as session:
        assert not session.schema.has("users", "is_blocked")
    with pytest.raises(Unavailable), database.snapshot() as session:
        session.rows("SELECT is_blocked FROM users")


def test_a_plain_snapshot_sees_one_state_and_writes_nothing(database_url: str) -> None:
    credentials = Credentials.from_url(database_url)
    with PlainDatabase(lambda: credentials).snapshot() as session:
        [shown] = session.rows(
            "SELECT current_setting('transaction_isolation'), "
            "current_setting('transaction_read_only')"
        )
    assert list(shown) == ["repeatable read", "on"]


def test_a_snapshot_costs_few_statements(
    postgres: Server, database_url: str, tmp_path: Path
) -> None:
    """The first statement; BEGIN, the query, ROLLBACK."""
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        credentials = replace(Credentials.from_url(database_url), host=str(proxy.directory))
        database = Database(lambda: credentials)
        for _ in range(2):
            proxy.arm(None)
            with database.snapshot() as session:
                session.connection.execute(text("SELECT 1"))
    assert proxy.statements == 4


def test_a_snapshot_sees_one_state_and_writes_nothing(database_url: str) -> None:
    credentials = Credentials.from_url(database_url)
    with Database(lambda: credentials).snapshot() as session:
        shown = [
            session.connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("transaction_isolation", "transaction_read_only")
        ]
    assert shown == ["repeatable read", "on"]
