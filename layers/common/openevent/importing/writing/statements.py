"""Statements that make the rows of one import. Builds SQL, executes none.

`ROWS` holds the archive's rows as JSON, which PostgreSQL turns into values of the columns' types,
and `IDS` the new ids: temporary tables that end with the transaction.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Update,
    and_,
    cast,
    delete,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.sql.dml import ReturningDelete
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import JSON

from openevent.adapters.schema import Schema
from openevent.catalogue.sql_text import name as quoted_name
from openevent.catalogue.table import EVENTS, Constant, Fresh
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
from openevent.making.sql import InsertOverriding, next_id, temporary

ROWS = temporary(
    "imported_rows",
    Column("name", Text),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("old", BigInteger),
    Column("refs", JSON),
    Column("document", JSON),
)
# A temporary table has no statistics; its keys keep the joins from becoming nested loops.
IDS = temporary(
    "imported_ids",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text),
    Column("old", BigInteger),
    Column("new", BigInteger),
)
# New addresses of media files that were fetched.
MEDIA = temporary("imported_media", Column("before", Text), Column("after", Text))

INDEX_IDS = f"CREATE INDEX ON {IDS.name} (name, old)"

COPY_ROWS = (
    f"COPY {ROWS.name} FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x{ord(SEPARATOR):02x}', "
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
        self.table = schema[plan.table]
        self._values = values
        self._own = IDS.alias("own")
        self._columns = {
            name: treatment
            for name, treatment in plan.columns.items()
            if not isinstance(treatment, Taken | Mapped)
            or name in seen
            or (isinstance(treatment, Mapped) and treatment.is_parent)
        }
        self._taken_columns = [
            name for name, column in self._columns.items() if isinstance(column, Taken)
        ]
        row_type: ColumnElement[Any] = literal_column(f"NULL::{quoted_name(self.table.name)}")
        self._record = func.json_populate_record(row_type, ROWS.c.document).table_valued(
            *(Column(name, self.table.c[name].type) for name in self._taken_columns),
            name="record",
        )
        self._maps = {
            name: IDS.alias(f"map_{number}")
            for number, (name, treatment) in enumerate(self._columns.items())
            if isinstance(treatment, Mapped) and not treatment.later
        }

        self._media = {
            name: MEDIA.alias(f"media_{number}")
            for number, name in enumerate(plan.media)
            if values.has_media and name in self._taken_columns
        }

    @property
    def later(self) -> list[str]:
        """The columns that are filled in after all rows are inserted."""
        return [
            name
            for name, treatment in self._columns.items()
            if isinstance(treatment, Mapped) and treatment.later
        ]

    def number(self) -> Insert:
        """Insert a new id for each row into `IDS`; the event's is known."""
        is_event = self.plan.table == EVENTS
        new: ColumnElement[Any] = (
            literal(self._values.event_id) if is_event else next_id(self.table)
        )
        rows = (
            select(ROWS.c.number, ROWS.c.name, ROWS.c.old, new)
            .where(ROWS.c.name == self.plan.table)
            .order_by(ROWS.c.number)
        )
        return Insert(IDS).from_select(["number", "name", "old", "new"], rows)

    def insert(self, first: int | None = None, last: int | None = None) -> Insert:
        """Insert the rows, or those numbered from `first` to `last`.

        A row that a unique constraint forbids is not inserted; but an event is, or it is an error.
        """
        chosen = {name: self._value(name, treatment) for name, treatment in self._columns.items()}
        rows = (
            select(*chosen.values())
            .select_from(self._source())
            .where(ROWS.c.name == self.plan.table)
            .order_by(ROWS.c.number)
        )
        if first is not None:
            rows = rows.where(ROWS.c.number.between(first, last))
        identity = self.table.c.id.identity if self.plan.has_id else None
        kind = InsertOverriding if identity is not None and identity.always else Insert
        statement = kind(self.table).from_select(list(chosen), rows)
        return statement if self.plan.table == EVENTS else statement.on_conflict_do_nothing()

    def numbers(self) -> Select[Any]:
        """Select the numbers of the rows, in order."""
        return select(ROWS.c.number).where(ROWS.c.name == self.plan.table).order_by(ROWS.c.number)

    def forget_refused(self) -> ReturningDelete[Any]:
        """Delete the ids of rows that were not inserted; return number, old id and document."""
        return (
            delete(IDS)
            .where(
                IDS.c.name == self.plan.table,
                ROWS.c.number == IDS.c.number,
                ~select(self.table.c.id).where(self.table.c.id == IDS.c.new).exists(),
            )
            .returning(IDS.c.number, IDS.c.old, cast(ROWS.c.document, Text))
        )

    def fill_in(self, name: str) -> Update:
        """Set a column that was left null to the new id of the row that it refers to."""
        mapped = self.plan.columns[name]
        target = mapped.table if isinstance(mapped, Mapped) else ""
        led_to = IDS.alias("led_to")
        return (
            update(self.table)
            .values({name: led_to.c.new})
            .where(
                self._own.c.name == self.plan.table,
                self._own.c.new == self.table.c.id,
                ROWS.c.number == self._own.c.number,
                led_to.c.name == target,
                led_to.c.old == _reference(name),
            )
        )

    def _source(self) -> FromClause:
        source: FromClause = ROWS
        if self.plan.has_id:
            source = source.join(self._own, self._own.c.number == ROWS.c.number)
        for name, ids in self._maps.items():
            mapped = self._columns[name]
            is_parent = isinstance(mapped, Mapped) and mapped.is_parent
            source = source.join(*self._mapping(name, ids), isouter=not is_parent)
        source = source.join(self._record, true()) if self._taken_columns else source
        for name, media in self._media.items():
            source = source.outerjoin(media, media.c.before == self._record.c[name])
        return source

    def _mapping(
        self, name: str, ids: NamedFromClause
    ) -> tuple[NamedFromClause, ColumnElement[bool]]:
        mapped = self._columns[name]
        target = mapped.table if isinstance(mapped, Mapped) else ""
        return ids, and_(ids.c.name == target, ids.c.old == _reference(name))

    def _value(self, name: str, treatment: Treatment) -> ColumnElement[Any]:
        match treatment:
            case Numbered():
                return self._own.c.new
            case OfEvent():
                return literal(self._values.event_id)
            case Importer():
                return literal(self._values.user_id)
            case Mapped():
                return self._maps[name].c.new if name in self._maps else null()
            case Given(value):
                return self._given(name, value)
            case Taken():
                return self._taken(name)

    def _taken(self, name: str) -> ColumnElement[Any]:
        column = self.table.c[name]
        value: ColumnElement[Any] = self._record.c[name]
        if name in self._media:
            value = func.coalesce(self._media[name].c.after, value)
        default = getattr(column.server_default, "arg", None)
        if column.nullable or default is None:
            return value
        return func.coalesce(value, literal_column(str(default)))

    def _given(self, name: str, value: Constant | Fresh) -> ColumnElement[Any]:
        match value:
            case None:
                return null()
            case Fresh.NOW:
                return func.now()
            case Fresh.IDENTIFIER:
                return literal(self._values.identifier)
            case Fresh.SECRET:
                digits = literal(f"{self._values.salt} secret ") + cast(self._own.c.new, Text)
                return func.encode(func.sha256(func.convert_to(digits, "UTF8")), "hex")
            case _:
                return literal(value, self.table.c[name].type)


def fill_media(addresses: Mapping[str, str]) -> Insert:
    """Insert addresses and their new ones into `MEDIA`."""
    pairs = func.json_each_text(cast(literal(json.dumps(addresses), Text), JSON)).table_valued(
        "key", "value"
    )
    return Insert(MEDIA).from_select(["before", "after"], select(pairs.c.key, pairs.c.value))


def _reference(name: str) -> ColumnElement[Any]:
    """Return the archive's id of the row that a row of `ROWS` refers to by the column `name`."""
    return cast(func.json_extract_path_text(ROWS.c.refs, name), BigInteger)
