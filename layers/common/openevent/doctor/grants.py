"""Area: the privileges of the functions' user in the database."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass

from openevent.adapters.database import Rows
from openevent.doctor.finding import Check, Result, fault, ok
from openevent.doctor.needs import Need, needs
from openevent.doctor.opening import DatabaseOpening

# A privilege on the table, or on each column that is needed, if it is there. Without `columns`,
# each column is needed.
_TABLES = """
    SELECT need.privilege, need."table", CASE WHEN need.columns = '[]' THEN '{}' ELSE ARRAY(
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname IN (SELECT jsonb_array_elements_text(need.columns))
        ORDER BY a.attname
    ) END
    FROM jsonb_to_recordset(cast(%s AS jsonb))
        AS need(privilege text, "table" text, columns jsonb)
    JOIN pg_class c ON c.relname = need."table"
        AND c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    WHERE NOT has_table_privilege(c.oid, need.privilege)
        AND CASE need.privilege WHEN 'DELETE' THEN true ELSE EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND (need.columns = '[]'
                    OR a.attname IN (SELECT jsonb_array_elements_text(need.columns)))
                AND NOT has_column_privilege(c.oid, a.attnum, need.privilege)
        ) END
"""

# A sequence is named in the default of an id, or belongs to an identity column.
_SEQUENCES = """
    WITH ids AS (
        SELECT coalesce(
            substring(pg_get_expr(d.adbin, d.adrelid) FROM 'nextval\\(''(.+)''::regclass\\)'),
            pg_get_serial_sequence(quote_ident(c.relname), 'id')
        ) AS sequence
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relname IN (SELECT json_array_elements_text(cast(%s AS json)))
    )
    SELECT DISTINCT sequence FROM ids
    WHERE sequence IS NOT NULL AND NOT has_sequence_privilege(sequence, 'USAGE')
    ORDER BY sequence
"""

_USER = "SELECT quote_ident(current_user), quote_ident(current_database())"


@dataclass(frozen=True)
class GrantsArea:
    """Privileges for each statement that the functions run."""

    opening: DatabaseOpening

    name = "database rights"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {"tables": self._tables, "sequences": self._sequences, "TEMP": self._temporary}

    def _tables(self) -> Iterator[Result]:
        needed = needs()
        with self.opening.session() as session:
            described = json.dumps([asdict(need) for need in sorted(needed)])
            rows = session.rows(_TABLES, described)
            user, _ = _names(session)
        missing = [Need(privilege, table, tuple(columns)) for privilege, table, columns in rows]
        if not missing:
            yield ok(
                f"All privileges on {len({need.table for need in needed})} tables are granted."
            )
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            tables = sorted(
                need.table for need in missing if need.privilege == privilege and not need.columns
            )
            if tables:
                yield _missing(
                    f"{privilege} on {_listed(tables)}", f"{privilege} ON {', '.join(tables)}", user
                )
        for need in sorted(need for need in missing if need.columns):
            columns = f"({', '.join(need.columns)})"
            yield _missing(
                f"{need.privilege} on columns of {need.table}",
                f"{need.privilege} {columns} ON {need.table}",
                user,
            )

    def _sequences(self) -> Iterator[Result]:
        tables = sorted(need.table for need in needs() if need.privilege == "INSERT")
        with self.opening.session() as session:
            rows = session.rows(_SEQUENCES, json.dumps(tables))
            missing = [str(sequence) for (sequence,) in rows]
            user, _ = _names(session)
        if missing:
            granted = f"USAGE ON SEQUENCE {', '.join(missing)}"
            yield _missing(f"USAGE of the sequences {_listed(missing)}", granted, user)
        else:
            yield ok("The sequences of all ids can be used.")

    def _temporary(self) -> Iterator[Result]:
        may = "SELECT has_database_privilege(current_database(), 'TEMP')"
        with self.opening.session() as session:
            [[granted]] = session.rows(may)
            user, database = _names(session)
        if granted:
            yield ok("Temporary tables can be created.")
        else:
            yield _missing(
                "TEMP on the database, which copies need", f"TEMP ON DATABASE {database}", user
            )


def _missing(what: str, granted: str, user: str) -> Result:
    return fault(f"The user has no {what}.", f"As the owner, run: GRANT {granted} TO {user};")


def _names(session: Rows) -> tuple[str, str]:
    """Return the names of the user and the database, as SQL writes them."""
    [[user, database]] = session.rows(_USER)
    return str(user), str(database)


def _listed(names: Collection[str], most: int = 4) -> str:
    first = ", ".join(list(names)[:most])
    return first if len(names) <= most else f"{first} and {len(names) - most} more"
