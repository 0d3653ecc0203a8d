"""SQL that makes the rows of one import. Builds it, executes none.

`ROWS` holds the archive's rows as JSON, which PostgreSQL turns into values of the columns' types,
and `IDS` the new ids: temporary tables that end with the transaction.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from openevent.adapters.schema import Schema
from openevent.catalogue.sql_text import name, quoted
from openevent.catalogue.table import EVENTS
from openevent.importing.writing.gather import QUOTE, SEPARATOR
from openevent.importing.writing.plan import (
    Given,
    Importer,
    Mapped,
    Numbered,
    OfEvent,
    TablePlan,
    Taken,
    Treatment,
)
from openevent.making.sql import given, next_id, overriding

ROWS, IDS, MEDIA = "imported_rows", "imported_ids", "imported_media"

# A temporary table has no statistics; its keys keep the joins from becoming nested loops.
CREATE_ROWS = (
    f"CREATE TEMPORARY TABLE {ROWS}"
    " (name text, number bigint PRIMARY KEY, old bigint, refs json, document json) ON COMMIT DROP"
)
CREATE_IDS = (
    f"CREATE TEMPORARY TABLE {IDS} (number bigint PRIMARY KEY, name text, old bigint, new bigint)"
    " ON COMMIT DROP"
)
# New addresses of media files that were fetched.
CREATE_MEDIA = f"CREATE TEMPORARY TABLE {MEDIA} (before text, after text) ON COMMIT DROP"

INDEX_IDS = f"CREATE INDEX ON {IDS} (name, old)"

COPY_ROWS = (
    f"COPY {ROWS} FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x{ord(SEPARATOR):02x}', "
    f"QUOTE E'\\x{ord(QUOTE):02x}')"
)


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one import: the new event's id and identifier, and the importer's id.

    `salt`: an unguessable text from which secrets are derived. `has_media`: whether `MEDIA` is
    there, so that addresses are replaced.
    """

    event_id: int
    identifier: str
    user_id: int
    salt: str
    has_media: bool = False


class TableSql:
    """Statements that number, insert and complete the rows of one table."""

    def __init__(
        self, schema: Schema, plan: TablePlan, seen: Collection[str], values: Values
    ) -> None:
        """`seen`: the columns that any row has."""
        self.plan = plan
        self._schema = schema
        self._values = values
        self._table = name(plan.table)
        self._rows = f"{ROWS}.name = {quoted(plan.table)}"
        self._columns = {
            column: treatment
            for column, treatment in plan.columns.items()
            if not isinstance(treatment, Taken | Mapped)
            or column in seen
            or (isinstance(treatment, Mapped) and treatment.is_parent)
        }
        taken = [column for column, one in self._columns.items() if isinstance(one, Taken)]
        self._has_record = bool(taken)
        self._maps = {
            column: f"map_{number}"
            for number, (column, treatment) in enumerate(self._columns.items())
            if isinstance(treatment, Mapped) and not treatment.later
        }
        self._media = {
            column: f"media_{number}"
            for number, column in enumerate(plan.media)
            if values.has_media and column in taken
        }

    @property
    def later(self) -> list[str]:
        """The columns that are filled in after all rows are inserted."""
        return [
            column
            for column, treatment in self._columns.items()
            if isinstance(treatment, Mapped) and treatment.later
        ]

    def number(self) -> str:
        """Insert a new id for each row into `IDS`; the event's is known."""
        is_event = self.plan.table == EVENTS
        new = str(self._values.event_id) if is_event else next_id(self._schema, self.plan.table)
        return (
            f"INSERT INTO {IDS} (number, name, old, new) SELECT number, name, old, {new}"  # noqa: S608 - quoted
            f" FROM {ROWS} WHERE {self._rows} ORDER BY number"
        )

    def insert(self, first: int | None = None, last: int | None = None) -> str:
        """Insert the rows, or those numbered from `first` to `last`.

        A row that a unique constraint forbids is not inserted; but an event is, or it is an error.
        """
        chosen = {column: self._value(column, one) for column, one in self._columns.items()}
        piece = "" if first is None else f" AND {ROWS}.number BETWEEN {first} AND {last}"
        overrides_ids = overriding(self._schema, self.plan.table) if self.plan.has_id else ""
        unless = "" if self.plan.table == EVENTS else " ON CONFLICT DO NOTHING"
        return (
            f"INSERT INTO {self._table} ({', '.join(map(name, chosen))}){overrides_ids}"  # noqa: S608 - quoted
            f" SELECT {', '.join(chosen.values())} FROM {' '.join(self._source())}"
            f" WHERE {self._rows}{piece} ORDER BY {ROWS}.number{unless}"
        )

    def numbers(self) -> str:
        """Select the numbers of the rows, in order."""
        return f"SELECT number FROM {ROWS} WHERE {self._rows} ORDER BY number"  # noqa: S608 - quoted

    def forget_refused(self) -> str:
        """Delete the ids of rows that were not inserted; return number, old id and document."""
        return (
            f"DELETE FROM {IDS} USING {ROWS}"  # noqa: S608 - quoted
            f" WHERE {IDS}.name = {quoted(self.plan.table)} AND {ROWS}.number = {IDS}.number"
            f" AND NOT EXISTS (SELECT FROM {self._table} AS made WHERE made.id = {IDS}.new)"
            f" RETURNING {IDS}.number, {IDS}.old, {ROWS}.document::text"
        )

    def fill_in(self, column: str) -> str:
        """Set a column that was left null to the new id of the row that it refers to."""
        return (
            f"UPDATE {self._table} SET {name(column)} = led_to.new"  # noqa: S608 - quoted
            f" FROM {IDS} AS own, {ROWS}, {IDS} AS led_to"
            f" WHERE own.name = {quoted(self.plan.table)}"
            f" AND own.new = {name(self.plan.table, 'id')} AND {ROWS}.number = own.number"
            f" AND {self._leads_to('led_to', column)}"
        )

    def _source(self) -> Iterator[str]:
        """Return the rows, joined with what their columns get."""
        yield ROWS
        if self.plan.has_id:
            yield f"JOIN {IDS} AS own ON own.number = {ROWS}.number"
        for column, ids in self._maps.items():
            mapped = self._columns[column]
            is_parent = isinstance(mapped, Mapped) and mapped.is_parent
            join = "JOIN" if is_parent else "LEFT JOIN"
            yield f"{join} {IDS} AS {ids} ON {self._leads_to(ids, column)}"
        if self._has_record:
            record = f"json_populate_record(NULL::{self._table}, {ROWS}.document)"
            yield f"JOIN {record} AS record ON true"
        for column, media in self._media.items():
            yield f"LEFT JOIN {MEDIA} AS {media} ON {media}.before = {name('record', column)}"

    def _leads_to(self, ids: str, column: str) -> str:
        """Return the condition that `ids` has the row that a row of `ROWS` refers to."""
        mapped = self._columns[column]
        target = mapped.table if isinstance(mapped, Mapped) else ""
        old = f"json_extract_path_text({ROWS}.refs, {quoted(column)})::bigint"
        return f"{ids}.name = {quoted(target)} AND {ids}.old = {old}"

    def _value(self, column: str, treatment: Treatment) -> str:
        values = self._values
        match treatment:
            case Numbered():
                return "own.new"
            case OfEvent():
                return str(values.event_id)
            case Importer():
                return str(values.user_id)
            case Mapped():
                return f"{self._maps[column]}.new" if column in self._maps else "NULL"
            case Given(value):
                return given(value, identifier=values.identifier, salt=values.salt, id_="own.new")
            case Taken():
                return self._taken(column)

    def _taken(self, column: str) -> str:
        value = name("record", column)
        if column in self._media:
            value = f"coalesce({self._media[column]}.after, {value})"
        live = self._schema.column(self.plan.table, column)
        if live.nullable or live.own_default is None:
            return value
        return f"coalesce({value}, {live.own_default})"


def fill_media(addresses: Mapping[str, str]) -> str:
    """Insert addresses and their new ones into `MEDIA`."""
    return (
        f"INSERT INTO {MEDIA} SELECT key, value"  # noqa: S608 - quoted
        f" FROM json_each_text({quoted(json.dumps(addresses))})"
    )
