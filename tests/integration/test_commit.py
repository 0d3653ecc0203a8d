"""Transactions whose COMMIT is not confirmed, as the connection is cut there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import commit
from openevent.adapters.commit import Outcome, confirmed, outcome_of, transaction_id
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.errors import NotFound, Unavailable
from tests.cutting import CuttingProxy, cutting_proxy
from tests.database import Server
from tests.factories import make_user

NAME = "UPDATE users SET first_name = %s"


@pytest.fixture
def proxy(postgres: Server, tmp_path: Path) -> Iterator[CuttingProxy]:
    with cutting_proxy(postgres.directory, tmp_path) as proxy:
        yield proxy


@pytest.fixture
def database(database_url: str, connection: Connection, proxy: CuttingProxy) -> Database:
    """The database, behind a connection that can be cut."""
    make_user(connection)
    connection.commit()
    credentials = Credentials.from_url(database_url)
    return Database(lambda: replace(credentials, host=str(proxy.directory)))


def rename(database: Database, name: str) -> None:
    with confirmed(database) as session:
        session.rows(NAME, name)


def name_of_user(connection: Connection) -> str:
    connection.rollback()
    return str(connection.execute(text("SELECT first_name FROM users")).scalar())


@pytest.fixture
def at_commit(database: Database, proxy: CuttingProxy) -> int:
    """The number of the statement that is COMMIT."""
    # The first connection of a process asks more than the others.
    rename(database, "Before")
    proxy.arm(None)
    rename(database, "Before")
    return proxy.statements


def test_a_change_that_was_made_is_confirmed(
    database: Database, proxy: CuttingProxy, connection: Connection, at_commit: int
) -> None:
    proxy.arm(at_commit, is_done_first=True)
    rename(database, "After")
    assert proxy.has_cut
    assert name_of_user(connection) == "After"


def test_a_change_that_was_not_made_fails(
    database: Database, proxy: CuttingProxy, connection: Connection, at_commit: int
) -> None:
    proxy.arm(at_commit)
    with pytest.raises(Unavailable) as caught:
        rename(database, "After")
    assert proxy.has_cut
    assert caught.value.code == "database-unavailable"
    assert name_of_user(connection) == "Before"


@pytest.mark.parametrize("is_done_first", [True, False])
def test_what_cannot_be_read_back_is_unknown(  # noqa: PLR0913 - fixtures
    database: Database,
    proxy: CuttingProxy,
    connection: Connection,
    at_commit: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_done_first: bool,
) -> None:
    monkeypatch.setattr(commit, "OUTCOME_SECONDS", 0)
    proxy.arm(at_commit, is_done_first=is_done_first, stays_down=True)
    with pytest.raises(Unavailable) as caught:
        rename(database, "After")
    assert caught.value.code == "outcome-unknown"
    assert name_of_user(connection) == ("After" if is_done_first else "Before")


def test_a_fault_before_the_commit_is_raised_unchanged(
    database: Database, proxy: CuttingProxy, connection: Connection, at_commit: int
) -> None:
    proxy.arm(at_commit - 1)
    with pytest.raises(Unavailable) as caught:
        rename(database, "After")
    assert caught.value.code == "database-unavailable"
    assert name_of_user(connection) == "Before"


def test_an_error_of_the_use_case_rolls_back(database: Database, connection: Connection) -> None:
    def rename_and_refuse() -> None:
        with confirmed(database) as inner:
            inner.rows(NAME, "After")
            raise NotFound("user-not-found", "There is no such user.")

    rename(database, "Before")
    with pytest.raises(NotFound):
        rename_and_refuse()
    assert name_of_user(connection) == "Before"


def test_the_outcome_of_a_transaction(database: Database) -> None:
    with database.transaction() as open_one:
        transaction = transaction_id(open_one)
    assert outcome_of(database, transaction) is Outcome.COMMITTED
    with database.transaction() as rolled_back:
        transaction = transaction_id(rolled_back)
        rolled_back.connection.rollback()
    assert outcome_of(database, transaction) is Outcome.ABORTED


def test_a_transaction_that_still_runs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "OUTCOME_SECONDS", 0)
    with database.transaction() as running:
        assert outcome_of(database, transaction_id(running)) is Outcome.UNKNOWN


def test_a_transaction_that_the_database_has_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failover, say: PostgreSQL answers NULL."""
    monkeypatch.setattr(commit, "OUTCOME_SECONDS", 0)
    monkeypatch.setattr(commit, "_STATUS", "SELECT nullif(1, %s)")
    assert outcome_of(database, 1) is Outcome.UNKNOWN
