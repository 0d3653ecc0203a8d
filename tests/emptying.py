"""Used databases made like new: without rows, and with sequences at their start.

To empty a database takes a fifth of the processor time of dropping it and making another.
"""

import time
from contextlib import closing, suppress
from typing import Any

import pg8000.dbapi

# Bytes of rows above which it is cheaper to make another database.
LARGE = 1_000_000

# Writes to the catalog of the database, as the server counts them, at the latest when a connection
# ends: each change of the schema, a privilege, a comment or a planner's statistic is one. The
# catalogs that all databases share are not counted: what they have about this one.
_WRITES = """
PREPARE writes AS SELECT
    sum(pg_stat_get_tuples_inserted(oid)
        + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid))::bigint,
    (SELECT d::text FROM pg_database d WHERE datname = current_database()),
    (SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
     WHERE datname = current_database())
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace
"""

# The catalog itself: its rows, and those of them that were written after a transaction. What was
# rolled back changes nothing, nor do temporary tables: their schemas stay, empty.
_CATALOGS = """
SELECT pg_current_xact_id()::text, CASE relname
    WHEN 'pg_namespace' THEN $$pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'$$
    ELSE relname END
FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace AND NOT relisshared
"""
_CATALOG = """
SELECT count(*) AS total, count(*) FILTER (WHERE age(xmin) < age('{}'::xid)) AS written FROM {}
"""
_CONTENT = "PREPARE content AS SELECT sum(total)::bigint, sum(written)::bigint FROM ({}) AS rows"

_END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

# A table has a page as soon as a row is written, even one that is rolled back.
_USED = """
PREPARE used AS SELECT name, size FROM (
    SELECT oid::regclass::text AS name, pg_relation_size(oid) AS size
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
) AS tables WHERE size > 0
"""

_RESTART = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence, pg_get_sequence_data(seqrelid) AS now
WHERE now.is_called OR now.last_value <> seqstart
"""


class Emptier:
    """Empties a database through a connection of its own, each time that it was used."""

    def __init__(self, connection: pg8000.dbapi.Connection) -> None:
        """`connection` is to a database that was not used yet, and whose tables are in `public`."""
        self._connection = connection
        connection.autocommit = True
        # Tests end connections by the name of the functions' ones.
        self._run("SET application_name = 'emptier'")
        # Foreign keys are not checked: no rows stay that refer to others.
        self._run("SET session_replication_role = replica")
        counts = [_CATALOG.format(*catalog) for catalog in self._run(_CATALOGS)]
        self._run(_CONTENT.format(" UNION ALL ".join(counts)))
        self._run(_WRITES)
        self._run(_USED)
        self._writes = self._run("EXECUTE writes")
        self._content = self._run("EXECUTE content")

    def empty(self) -> bool:
        """Empty the database; return whether it is like new.

        It is not if more than rows and sequences was changed, if it is large, or if a test has
        ended this connection. All others end here.
        """
        try:
            self._end_others()
            return self._has_the_same_catalog() and self._is_emptied()
        except (pg8000.dbapi.Error, OSError):
            return False

    def close(self) -> None:
        """Close the connection, unless a test has ended it."""
        with suppress(pg8000.dbapi.Error, OSError):
            self._connection.close()

    def _end_others(self) -> None:
        while self._run(_END_OTHERS) != [[0]]:
            time.sleep(0.001)

    def _has_the_same_catalog(self) -> bool:
        [[writes, *about_it]] = self._run("EXECUTE writes")
        [[before, *about_it_before]] = self._writes
        if writes != before:
            # Most tests write rows alone, and to read the catalog takes some milliseconds.
            self._writes = [[writes, *about_it_before]]
            if self._run("EXECUTE content") != self._content:
                return False
        return bool(about_it == about_it_before)

    def _is_emptied(self) -> bool:
        used = self._run("EXECUTE used")
        if sum(size for _, size in used) > LARGE:
            return False
        tables = [name for name, _ in used]
        deletions = [f"DELETE FROM {name}" for name in tables]  # noqa: S608 - names of the catalog
        self._run(";\n".join([*deletions, _RESTART]))
        if not tables:
            return True
        # It cuts off pages, so the rows of the next test lie in the order of their writing.
        options = "INDEX_CLEANUP ON, TRUNCATE ON, SKIP_DATABASE_STATS"
        self._run(f"VACUUM ({options}) {', '.join(tables)}")
        sizes = " + ".join(f"pg_relation_size('{name}')" for name in tables)
        return self._run(f"SELECT {sizes}") == [[0]]

    def _run(self, statement: str) -> list[Any]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
