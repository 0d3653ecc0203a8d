"""PostgreSQL's catalog of the tables of Open Event: their columns and keys, as plain values."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# State of the schema, as a text. It counts the tables, columns, constraints and indexes, and adds
# up the numbers of the transactions that wrote them. A change writes rows with a higher number than
# all before it, and so does a rename: equal texts are the same schema. The numbers of the tables
# tell databases of one template apart. It takes about 1.5 ms in a session that asked before and
# 3 ms in a new one (86 tables, PostgreSQL 18); to read the schema takes hundreds.
STATE = """
WITH tables AS (
    SELECT oid, xmin FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
)
SELECT concat_ws(' ',
    (SELECT count(*) || ':' || sum(xmin::text::bigint) || ':' || sum(oid::bigint) FROM tables),
    (SELECT count(*) || ':' || sum(a.xmin::text::bigint)
     FROM tables JOIN pg_attribute a ON a.attrelid = tables.oid AND a.attnum > 0),
    (SELECT count(*) || ':' || sum(c.xmin::text::bigint)
     FROM tables JOIN pg_constraint c ON c.conrelid = tables.oid),
    (SELECT count(*) || ':' || sum(i.xmin::text::bigint)
     FROM tables JOIN pg_index i ON i.indrelid = tables.oid)
)"""


# All tables, as one JSON document: the fields of `CatalogTable`. SQLAlchemy's reflection asks for
# the same in a dozen statements, and takes a hundred times the processor time.
CATALOG = """
SELECT coalesce(json_agg(json_build_array(
    c.relname,
    (SELECT json_agg(json_build_array(
        a.attname,
        format_type(a.atttypid, a.atttypmod),
        NOT (a.attnotnull OR t.typnotnull),
        coalesce(pg_get_expr(d.adbin, d.adrelid), CASE t.typtype WHEN 'd' THEN t.typdefault END),
        a.attidentity,
        -- PostgreSQL 11 does not have the column `attgenerated`.
        CASE WHEN a.atthasdef THEN coalesce(to_jsonb(a) ->> 'attgenerated', '') ELSE '' END,
        (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
         FROM pg_enum e WHERE e.enumtypid = t.oid)
     ) ORDER BY a.attnum)
     FROM pg_attribute a
     JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT json_agg(json_build_array(
        i.indisprimary,
        (SELECT json_agg(a.attname ORDER BY key.place)
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY key (attnum, place)
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.attnum
         WHERE key.place <= i.indnkeyatts)
     ))
     FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indexprs IS NULL),
    (SELECT json_agg(json_build_array(a.attname, f.relname) ORDER BY f.relname DESC)
     FROM pg_constraint r
     JOIN pg_class f ON f.oid = r.confrelid
     JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = ANY (r.conkey)
     WHERE r.conrelid = c.oid AND r.contype = 'f')
)), '[]')
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND c.relnamespace = current_schema()::regnamespace
"""


class CatalogColumn(NamedTuple):
    """A column, as PostgreSQL's catalog has it.

    `type`: as `format_type` writes it. `default`: an expression; of a generated column, the one
    that generates it. `identity`: `a` always, `d` by default, or empty. `generated`: `s` stored,
    `v` virtual, or empty. `labels`: of an enumeration.
    """

    name: str
    type: str
    nullable: bool
    default: str | None = None
    identity: str = ""
    generated: str = ""
    labels: list[str] | None = None

    @property
    def own_default(self) -> str | None:
        """The default of a column that the database does not always generate itself."""
        return None if self.identity or self.generated else self.default


class CatalogTable(NamedTuple):
    """A table: its columns in order, and its keys.

    `unique`: columns of each unique index that has no expressions. `references`: the table that
    each column with a foreign key refers to, the first one by name.
    """

    name: str
    columns: tuple[CatalogColumn, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[frozenset[str], ...] = ()
    references: Mapping[str, str] = {}


def tables_of(document: Iterable[Any]) -> dict[str, CatalogTable]:
    """Return the tables of the answer to `CATALOG`, by their names."""
    return {table.name: table for table in (_table(*row) for row in document)}


def _table(
    name: str, columns: list[Any] | None, keys: list[Any] | None, references: list[Any] | None
) -> CatalogTable:
    return CatalogTable(
        name,
        tuple(CatalogColumn(*column) for column in columns or ()),
        next((tuple(key) for is_primary, key in keys or () if is_primary), ()),
        tuple(frozenset(key) for _, key in keys or ()),
        dict(references or ()),
    )
