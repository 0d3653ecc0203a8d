"""Rows that PostgreSQL sends by COPY, and copies that do not come to their end."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pg8000.dbapi import DatabaseError

from openevent.adapters import copy_out as module
from openevent.adapters.connecting import fields_of
from openevent.adapters.copy_out import CopyOut, copy_out
from openevent.adapters.database import Database, run
from openevent.adapters.driver import Connection
from openevent.catalogue.sql_text import name, quoted
from openevent.errors import Unavailable
from tests.database import Server, new_database
from tests.exports import database_at

# More rows than fit into the buffer, and into those of the socket and the server.
MANY = "SELECT lpad(i::text, 1000, '.') FROM generate_series(1, 20000) i"


@pytest.fixture(scope="module")
def database(postgres: Server) -> Iterator[Database]:
    with new_database(postgres) as url:
        yield database_at(url)


def texts(copies: CopyOut) -> list[str]:
    return [str(row, "utf-8") for batch in copies.texts() for row in batch]


@contextmanager
def copied(database: Database, *selects: str) -> Iterator[tuple[Connection, CopyOut]]:
    with (
        database.snapshot() as session,
        copy_out(session.connection, selects) as copies,
    ):
        yield session.connection, copies


def test_rows_of_several_statements_arrive_in_order(database: Database) -> None:
    selects = [
        "SELECT i::text FROM generate_series(1, 3) i",
        "SELECT '' WHERE false",
        MANY,
        "SELECT 'ü\n\\.\t%s %% ' || chr(31)",
    ]
    with copied(database, *selects) as (connection, copies):
        assert texts(copies) == ["1", "2", "3"]
        assert texts(copies) == []
        assert texts(copies) == [str(i).rjust(1000, ".") for i in range(1, 20001)]
        assert texts(copies) == ["ü\n\\.\t%s %% \x1f"]
        assert copies.is_read
        # The connection serves what follows, in the same transaction.
        assert run(connection, "SELECT 1") == ([1],)


def test_fields_are_texts_or_null(database: Database) -> None:
    select = "SELECT i::text, CASE WHEN i = 2 THEN 'two' END, '' FROM generate_series(1, 2) i"
    with copied(database, select, "SELECT '1', '2' WHERE false") as (_, copies):
        rows = [
            [None if field is None else bytes(field) for field in row]
            for batch in copies.rows()
            for row in batch
        ]
        assert rows == [[b"1", None, b""], [b"2", b"two", b""]]
        assert list(copies.rows()) == []


@pytest.mark.parametrize("buffer", [1 << 15, 1 << 18])
def test_a_row_may_be_larger_than_the_buffer(
    database: Database, monkeypatch: pytest.MonkeyPatch, buffer: int
) -> None:
    monkeypatch.setattr(module, "BUFFER", buffer)
    sizes = [1, 1_000_000, 20, 300_000, 70_000]
    select = f"SELECT repeat('x', size) FROM unnest(ARRAY{sizes}) AS size"  # noqa: S608 - numbers
    with copied(database, select) as (_, copies):
        assert [len(row) for row in texts(copies)] == sizes


def test_a_batch_is_what_fits_into_the_buffer(database: Database) -> None:
    with copied(database, MANY) as (_, copies):
        sizes = [sum(map(len, batch)) for batch in copies.texts()]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= module.BUFFER
    assert len(sizes) <= 100


def test_no_literal_has_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quoted("a\0b")


@pytest.mark.parametrize("hostile", ['a"; DROP TABLE events; --', "a'); --", "a\\", "%s%%", "ü;"])
def test_names_and_literals_are_quoted(postgres: Server, hostile: str) -> None:
    """Also where the server was set up to read backslashes in literals."""
    with new_database(postgres) as url:
        database = database_at(url)
        with database.transaction() as session:
            session.rows(
                "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings"
                " = off', current_database()); END$$"
            )
            session.rows(f"CREATE TABLE {name(hostile)} ({name(hostile)} text)")
        counted = f"count({name(hostile, hostile)}) FROM {name(hostile)}"
        select = f"SELECT {quoted(hostile)} || {counted}"
        with copied(database, select) as (connection, copies):
            assert texts(copies) == [f"{hostile}0"]
            assert run(connection, "SELECT count(*) FROM events") == ([0],)


def read_all(database: Database, *selects: str) -> None:
    with copied(database, *selects) as (_, copies):
        for _ in selects:
            texts(copies)


def read_and(database: Database, happens: Callable[[Connection], None]) -> None:
    """Read the first batch of a copy, then the others after something has happened."""
    with copied(database, MANY) as (connection, copies):
        batches = copies.texts()
        next(batches)
        happens(connection)
        list(batches)


def test_a_statement_that_fails_says_why(database: Database) -> None:
    broken = "SELECT (1 / (15000 - i))::text || repeat('.', 1000) FROM generate_series(1, 20000) i"
    with pytest.raises(DatabaseError) as caught:
        read_all(database, broken)
    assert fields_of(caught.value)["C"] == "22012"


@pytest.mark.parametrize("gone", ["SELECT a FROM b", "SELECT no_such_column FROM events"])
def test_what_is_gone_makes_the_database_unavailable(database: Database, gone: str) -> None:
    """The next session reads the schema again."""
    with pytest.raises(Unavailable):
        read_all(database, "SELECT 'a'", gone)


def test_rows_that_are_not_one_text_are_refused(database: Database) -> None:
    for select in ("SELECT 'a', 'b'", "SELECT NULL::text"):
        with pytest.raises(Unavailable):
            read_all(database, select)


def test_a_server_that_hangs_up_is_unavailable(database: Database) -> None:
    def hang_up(connection: Connection) -> None:
        connection._usock.shutdown(socket.SHUT_RDWR)

    with pytest.raises(Unavailable):
        read_and(database, hang_up)


def test_a_server_that_is_stopped_is_unavailable(database: Database) -> None:
    def stop(_: Connection) -> None:
        with database.transaction() as session:
            session.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(Unavailable):
        read_and(database, stop)


def test_a_reader_may_stop_before_the_end(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader's error arrives unchanged; the connection, in the midst of rows, is closed."""

    def stop(_: Connection) -> None:
        raise KeyError("stopped")

    with pytest.raises(KeyError, match="stopped"):
        read_and(database, stop)
    with copied(database, MANY) as (connection, _):
        pass
    assert connection._usock is None
    assert caplog.records == []

    read_all(database, MANY)


def test_a_copy_has_limits_of_its_own(database: Database) -> None:
    """Limits of the transaction: the next one has those of all others."""
    limit = "SELECT current_setting('statement_timeout')"
    with copied(database, limit) as (_, copies):
        assert texts(copies) == ["2min"]
    with database.snapshot() as session:
        assert session.rows(limit) == (["20s"],)
