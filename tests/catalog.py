"""Tables of a live database, read from its catalog, with all that a test has changed."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from openevent.adapters.catalog import CATALOG, STATE, tables_of
from openevent.adapters.schema import Schema

_COLUMNS = text("""
    SELECT t.relname, a.attname, format_type(a.atttypid, NULL), nullif(a.atttypmod, -1) - 4,
           a.attnotnull AND NOT a.atthasdef, r.relname
    FROM pg_class t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_constraint f
        ON f.conrelid = t.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]
    LEFT JOIN pg_class r ON r.oid = f.confrelid
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
        AND (CAST(:table AS text) IS NULL OR t.relname = :table)
    ORDER BY t.relname, a.attnum
""")


# State of one table, as `STATE` is that of all: equal texts are the same columns. To ask for it
# takes a fifth of the time of asking for the columns.
_STATE = text("""
    WITH one AS (SELECT to_regclass(format('public.%I', CAST(:table AS text))) AS oid)
    SELECT concat_ws(' ',
        (SELECT count(*) || ':' || sum(xmin::text::bigint) FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace),
        (SELECT count(*) || ':' || sum(xmin::text::bigint) FROM pg_attribute
         WHERE attrelid = one.oid AND attnum > 0),
        (SELECT count(*) || ':' || sum(xmin::text::bigint) FROM pg_constraint
         WHERE conrelid = one.oid))
    FROM one
""")
_ALL = text(STATE)

# Columns that were read, by the table, or None for all, and the state.
_known: dict[tuple[str | None, str], dict[str, list["LiveColumn"]]] = {}


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column as it is now: `required` when it must be given, `refers_to` the table it points to.

    `length` is the most characters it takes, or None.
    """

    table: str
    name: str
    type: str
    length: int | None
    required: bool
    refers_to: str | None


def columns(connection: Connection, table: str | None = None) -> dict[str, list[LiveColumn]]:
    """The columns of every table that is there, or of `table` alone, by the table's name."""
    state = connection.execute(_STATE if table else _ALL, {"table": table} if table else None)
    key = table, str(state.scalar_one())
    if key not in _known:
        tables = _known[key] = {}
        for row in connection.execute(_COLUMNS, {"table": table}):
            column = LiveColumn(*row)
            tables.setdefault(column.table, []).append(column)
    return {name: list(found) for name, found in _known[key].items()}


def read_schema(connection: Connection) -> Schema:
    """The schema that the functions would read, through a connection of a test."""
    return Schema(tables_of(connection.exec_driver_sql(CATALOG).scalar_one()))
