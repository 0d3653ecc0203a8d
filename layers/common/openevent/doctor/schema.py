"""Area: tables and columns of the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openevent.adapters.schema import Schema
from openevent.adapters.shape import shape_of
from openevent.catalogue.event_tables import (
    CONTRACT_TABLES,
    KNOWN_TABLES,
    tables_of_events,
)
from openevent.catalogue.files import CONTRACT_FILES, missing_columns
from openevent.doctor.finding import Check, Result, fault, ok, warning
from openevent.doctor.needs import REQUIRED, REQUIRED_COLUMNS
from openevent.doctor.opening import DatabaseOpening
from openevent.rights.identity import missing_safeguards

_NOT_OPEN_EVENT = (
    "Check that the secret names Open Event's database, and that the search_path of its user leads "
    "to the schema with Open Event's tables. If it does, migrate the database (flask db upgrade)."
)


@dataclass(frozen=True)
class SchemaArea:
    """Tables and columns that the wire contract names, and tables of events that are not known."""

    opening: DatabaseOpening

    name = "database schema"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {
            "tables": self._tables,
            "columns": self._columns,
            "unknown tables": self._unknown,
            "safeguards": self._safeguards,
        }

    def _tables(self) -> Iterator[Result]:
        schema = self._schema()
        missing = [name for name in REQUIRED if not schema.has(name)]
        lesser = [
            table.name
            for table in CONTRACT_TABLES
            if not schema.has(table.name) and table.name not in missing
        ]
        if missing:
            yield fault(f"The database has no table {_and_no(missing)}.", _NOT_OPEN_EVENT)
        if lesser:
            yield warning(
                f"The database has no table {_and_no(lesser)}, so exports and copies lack it.",
                "Compare the version of the Open Event server with docs/contract.md.",
            )
        if not missing and not lesser:
            yield ok("All tables of the contract are there.")

    def _columns(self) -> Iterator[Result]:
        schema = self._schema()
        missing = [
            f"{table}.{name}"
            for table, names in REQUIRED_COLUMNS.items()
            for name in names
            if schema.has(table) and not schema.has(table, name)
        ]
        lesser = [
            f"{file.table}.{name}"
            for file in CONTRACT_FILES
            if schema.has(file.table)
            for name in missing_columns(file, schema.columns(file.table))
        ]
        if missing:
            yield fault(f"The database has no column {_and_no(missing)}.", _NOT_OPEN_EVENT)
        if lesser:
            yield warning(
                f"The database has no column {_and_no(lesser)}, so archives lack these keys.",
                "Check that the clients that read archives do without them.",
            )
        if not missing and not lesser:
            yield ok("All columns of the contract are there.")

    def _unknown(self) -> Iterator[Result]:
        tables = shape_of(self._schema())
        references = {
            name: {column.refers_to for column in table.columns.values() if column.refers_to}
            for name, table in tables.items()
        }
        direct = {name for name, table in tables.items() if "event_id" in table.columns}
        unknown = sorted((tables_of_events(references, direct) & tables.keys()) - KNOWN_TABLES)
        if unknown:
            yield warning(
                f"The tables {', '.join(unknown)} belong to events and are not known.",
                "Their rows are neither exported nor copied. To change that, add them to "
                "openevent/catalogue/event_tables.py.",
            )
        else:
            yield ok("All tables of events are known.")

    def _safeguards(self) -> Iterator[Result]:
        schema = self._schema()
        if not schema.has("users"):
            yield fault("The database has no table users.", _NOT_OPEN_EVENT)
            return
        missing = missing_safeguards(schema)
        if missing:
            yield warning(
                f"The database has no {' and no '.join(missing)}, so the functions cannot tell "
                "whether a user is blocked, deleted, logged out or an administrator.",
                "Migrate the database to the version of the Open Event server (flask db upgrade).",
            )
        else:
            yield ok("Blocked, deleted and logged-out users can be recognized.")

    def _schema(self) -> Schema:
        with self.opening.session() as session:
            return session.schema


def _and_no(names: list[str]) -> str:
    return " and no ".join(names)
