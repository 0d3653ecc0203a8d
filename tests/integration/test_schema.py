"""The database we make is the one Open Event has, read back from the server's own catalog."""

from collections import Counter

from sqlalchemy import Connection, text

from local import schema

COLUMNS = """
    SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
           coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_class t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
    ORDER BY t.relname COLLATE "C", a.attnum
"""
CONSTRAINTS = """
    SELECT t.relname, c.contype, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'f', 'u')
"""
OWNED_SEQUENCES = """
    SELECT t.relname, a.attname
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'a'
"""

# The facts' short names of types, and the catalog's of kinds, in full.
TYPES = {
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "float8": "double precision",
    "varchar": "character varying",
    "varchar[]": "character varying[]",
    "int4[]": "integer[]",
}
KINDS = {"p": "primary key", "f": "foreign key", "u": "unique"}


def full_name(type_: str) -> str:
    """`varchar(120)` → `character varying(120)`, and so on."""
    name, parenthesis, length = type_.partition("(")
    return TYPES.get(name, name) + parenthesis + length


def test_columns_are_those_of_the_facts(connection: Connection) -> None:
    assert [tuple(row) for row in connection.execute(text(COLUMNS))] == [
        (column.table, column.name, full_name(column.type), column.nullable, column.default)
        for column in schema.columns()
    ]


def test_constraints_are_those_of_the_facts(connection: Connection) -> None:
    found = [
        schema.Constraint(table, KINDS[kind], name, definition)
        for table, kind, name, definition in connection.execute(text(CONSTRAINTS))
    ]
    assert Counter(found) == Counter(schema.constraints())


def test_sequences_belong_to_their_columns(connection: Connection) -> None:
    # Only then does `pg_get_serial_sequence` find them.
    counted = {(c.table, c.name) for c in schema.columns() if c.default.startswith("nextval(")}
    assert {tuple(row) for row in connection.execute(text(OWNED_SEQUENCES))} == counted


def test_size_of_the_facts() -> None:
    assert len({column.table for column in schema.columns()}) == 86
    assert len(schema.columns()) == 1043
    assert Counter(c.kind for c in schema.constraints()) == {
        "foreign key": 117,
        "primary key": 84,
        "unique": 31,
    }


def test_addresses_compare_without_case(connection: Connection) -> None:
    assert connection.scalar(text("SELECT 'Bob@Example.com'::citext = 'bob@example.COM'")) is True
