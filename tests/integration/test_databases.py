"""Databases that tests use one after another: nothing in them tells of the tests before."""

from typing import Any

import pg8000.dbapi
import pytest
from sqlalchemy import text

from openevent.adapters.catalog import STATE
from openevent.adapters.credentials import Credentials
from tests.database import Server, connect, engine, new_database
from tests.emptying import LARGE
from tests.factories.full_event import make_full_event

ROLE = "INSERT INTO roles (name, title_name) VALUES ('owner', 'Owner')"
# Pages of all tables, and sequences that have begun.
LEFT = """
SELECT sum(pg_relation_size(oid))::int, (
    SELECT count(*) FROM pg_sequence, pg_get_sequence_data(seqrelid)
    WHERE is_called OR last_value <> 1
)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def run(url: str, *statements: str) -> None:
    """Run the statements, each a transaction of its own."""
    with connect(url) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def look(url: str, query: str) -> list[Any]:
    """The first row of a query's answer."""
    with connect(url) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return list(cursor.fetchone())


def test_rows_are_gone_and_ids_begin_again(postgres: Server) -> None:
    with new_database(postgres) as first:
        state = look(first, STATE)
        with engine(first).connect() as connection:
            make_full_event(connection)
            connection.commit()
            connection.execute(text(ROLE.replace("owner", "rolled back")))
            connection.rollback()
        run(first, "SELECT setval('events_id_seq', 7, false)", "CREATE TEMP TABLE passing ()")
        pages, sequences = look(first, LEFT)
        assert pages > 0 < sequences
    with new_database(postgres) as second:
        assert second == first
        assert look(second, LEFT) == [0, 0]
        assert look(second, STATE) == state
        assert look(second, f"{ROLE} RETURNING id, ctid::text") == [1, "(0,1)"]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE events ADD is_new boolean",
        "ALTER TABLE events ALTER name SET DEFAULT 'new'",
        "ALTER TABLE events RENAME privacy TO secrecy",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "ALTER TABLE events DROP name",
        "ALTER SEQUENCE events_id_seq INCREMENT 2",
        "ALTER DATABASE {name} SET timezone = 'Asia/Kolkata'",
        "ALTER DATABASE {name} CONNECTION LIMIT 90",
        "COMMENT ON TABLE events IS 'new'",
        "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE INDEX ON events (name)",
        "CREATE SCHEMA another",
        "CREATE TABLE another ()",
        "CREATE TYPE another AS ENUM ('one')",
        "CREATE VIEW names AS SELECT name FROM events",
        "DROP TABLE user_token_blacklist_time",
        "GRANT SELECT ON events TO pg_monitor",
        "GRANT SELECT (name) ON events TO pg_monitor",
        "GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO pg_monitor",
        "GRANT TEMPORARY ON DATABASE {name} TO pg_monitor",
        "SELECT lo_create(0)",
        "TRUNCATE roles CASCADE",
        f"{ROLE}; ANALYZE roles",
        "INSERT INTO roles (name, title_name) SELECT n, n FROM generate_series(1, {large}) n",
    ],
)
def test_any_other_change_costs_a_database(postgres: Server, change: str) -> None:
    with new_database(postgres) as first:
        run(first, change.format(name=Credentials.from_url(first).dbname, large=LARGE // 36))
    with new_database(postgres) as second:
        assert second != first


def test_a_change_that_was_rolled_back_is_none(postgres: Server) -> None:
    with new_database(postgres) as first, connect(first) as connection:
        connection.cursor().execute("ALTER TABLE events DROP name")
        connection.rollback()
    with new_database(postgres) as second:
        assert second == first


def test_connections_and_their_locks_end(postgres: Server) -> None:
    with new_database(postgres) as first:
        left = Credentials.from_url(first).connect()
        left.cursor().execute("LOCK events")
    with new_database(postgres) as second, connect(second) as connection:
        assert second == first
        connection.cursor().execute("LOCK events NOWAIT")
    with pytest.raises(pg8000.dbapi.InterfaceError):
        left.close()


def test_a_test_may_end_all_connections(postgres: Server) -> None:
    with new_database(postgres) as first:
        run(
            first,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
    with new_database(postgres) as second:
        assert second != first
