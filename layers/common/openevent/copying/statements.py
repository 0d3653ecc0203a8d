"""Statements that copy the rows of one table. Builds SQL, executes none.

`IDS` maps old ids to new ones: a temporary table that ends with the transaction, with one row for
each copied row that has an id.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Insert,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.selectable import NamedFromClause

from openevent.adapters.schema import Schema
from openevent.catalogue.event_tables import DELETED_AT, IS_DELETED
from openevent.catalogue.table import EVENTS, Constant, Fresh, Missing
from openevent.copying.plan import (
    Given,
    Kept,
    Mapped,
    Moved,
    Readdressed,
    Renamed,
    Renumbered,
    TablePlan,
    Treatment,
)
from openevent.making.sql import InsertOverriding, next_id, temporary

# A temporary table has no statistics; its keys keep the joins from becoming nested loops.
IDS = temporary(
    "copied_ids",
    Column("name", Text, primary_key=True),
    Column("old", BigInteger, primary_key=True, autoincrement=False),
    Column("new", BigInteger),
)
DATES = temporary(
    "copied_dates",
    Column("before", DateTime(timezone=True), primary_key=True),
    Column("after", DateTime(timezone=True)),
)
TEXTS = temporary("copied_texts", Column("before", Text), Column("after", Text))


class TableSql:
    """Statements that find, number, insert and change the rows of one table."""

    def __init__(self, schema: Schema, plan: TablePlan, event_id: int) -> None:
        """`event_id`: the original's."""
        self.plan = plan
        self.table = schema[plan.table]
        self._schema = schema
        self._event_id = event_id
        self._own = IDS.alias("own")
        self._maps = {
            name: IDS.alias(f"map_{number}")
            for number, (name, mapped) in enumerate(plan.references)
            if not mapped.later
        }
        self._moves = {
            name: DATES.alias(f"moved_{number}")
            for number, (name, treatment) in enumerate(plan.columns.items())
            if isinstance(treatment, Moved)
        }

    def number(self, *, draw: bool) -> Insert:
        """Insert each copied row's id into `IDS`; with `draw`, together with a new id."""
        new = next_id(self.table) if draw else null()
        rows = (
            select(literal(self.plan.table), self.table.c.id, new)
            .select_from(self._belonging())
            .where(*self._living())
            .order_by(self.table.c.id)
        )
        return insert(IDS).from_select(["name", "old", "new"], rows)

    def count(self) -> Select[int]:
        """Count the copied rows."""
        return self._chosen(select(func.count()), self._source())

    def insert(self, values: "Values", overrides: Mapping[str, Constant]) -> Insert:
        """Insert the copies. `overrides`: columns with another value than the plan says."""
        chosen = {
            name: values.constant(self.table.c[name], overrides[name])
            if name in overrides
            else self._value(name, treatment, values)
            for name, treatment in self.plan.columns.items()
        }
        rows = self._chosen(select(*chosen.values()), self._source(with_dates=values.with_dates))
        if self.plan.has_id:
            rows = rows.order_by(self._own.c.new)
        identity = self.table.c.id.identity if self.plan.has_id else None
        kind = InsertOverriding if identity is not None and identity.always else Insert
        return kind(self.table).from_select(list(chosen), rows)

    def fill_in(self, name: str, mapped: Mapped) -> Update:
        """Set the copies' column `name` to the new id of the row that the original refers to."""
        old, led_to = self.table.alias("old"), IDS.alias("led_to")
        return (
            update(self.table)
            .values({name: led_to.c.new})
            .where(
                self._own.c.name == self.plan.table,
                self._own.c.new == self.table.c.id,
                self._own.c.old == old.c.id,
                led_to.c.name == mapped.table,
                led_to.c.old == old.c[name],
            )
        )

    def readdress(self) -> Update:
        """Replace each text in the copies' media columns for which `TEXTS` has a new one."""
        found = {name: TEXTS.alias(f"text_{name}") for name in self.plan.media}
        copies = self.table.alias("copies")
        source = copies.join(self._own, self._owns(copies, self._own.c.new))
        for name, texts in found.items():
            source = source.outerjoin(texts, texts.c.before == cast(copies.c[name], Text))
        new = (
            select(
                copies.c.id,
                *(
                    func.coalesce(cast(texts.c.after, copies.c[name].type), copies.c[name]).label(
                        name
                    )
                    for name, texts in found.items()
                ),
            )
            .select_from(source)
            .where(or_(*(texts.c.after.is_not(None) for texts in found.values())))
            .subquery("new")
        )
        return (
            update(self.table)
            .values({name: new.c[name] for name in found})
            .where(self.table.c.id == new.c.id)
        )

    def texts(self, name: str) -> Select[Any]:
        """Select the distinct values of a column in all copied rows, as texts."""
        column = cast(self.table.c[name], Text)
        return self._chosen(select(column).distinct(), self._source()).where(column.is_not(None))

    def dates(self, name: str) -> Select[Any]:
        """Select the distinct values of a column in all copied rows, and their number of rows."""
        column = self.table.c[name]
        return (
            self._chosen(select(column, func.count()), self._source())
            .where(column.is_not(None))
            .group_by(column)
            .order_by(column)
        )

    def _belonging(self) -> FromClause:
        """Return the table, joined with the copies without which a row is not copied."""
        source: FromClause = self.table
        for name, mapped in self.plan.references:
            if mapped.missing is Missing.SKIP_ROW:
                source = source.join(*self._mapping(name, mapped))
        return source

    def _living(self) -> Iterator[ColumnElement[bool]]:
        if self.plan.owner is None:
            yield self.table.c.id == self._event_id
        if DELETED_AT in self.plan.deleted:
            yield self.table.c[DELETED_AT].is_(None)
        if IS_DELETED in self.plan.deleted:
            yield self.table.c[IS_DELETED].isnot(true())

    def _source(self, *, with_dates: bool = False) -> FromClause:
        """Return the copied rows, joined with the new ids of the rows that they refer to."""
        source = self._belonging()
        if self.plan.has_id:
            source = source.join(self._own, self._owns(self.table, self._own.c.old))
        for name, mapped in self.plan.references:
            if name in self._maps and mapped.missing is not Missing.SKIP_ROW:
                source = source.outerjoin(*self._mapping(name, mapped))
        if with_dates:
            for name, dates in self._moves.items():
                source = source.outerjoin(dates, dates.c.before == self.table.c[name])
        return source

    def _chosen(self, query: Select[Any], source: FromClause) -> Select[Any]:
        query = query.select_from(source)
        # A row with an id was chosen when it was numbered.
        return query if self.plan.has_id else query.where(*self._living())

    def _owns(self, table: FromClause, id_: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(self._own.c.name == self.plan.table, id_ == table.c.id)

    def _mapping(self, name: str, mapped: Mapped) -> tuple[NamedFromClause, ColumnElement[bool]]:
        ids = self._maps[name]
        return ids, and_(ids.c.name == mapped.table, ids.c.old == self.table.c[name])

    def _value(self, name: str, treatment: Treatment, values: "Values") -> ColumnElement[Any]:  # noqa: PLR0911 (a table)
        column = self.table.c[name]
        match treatment:
            case Kept():
                return column
            case Renumbered():
                return self._own.c.new
            case Mapped():
                return self._reference(name, treatment)
            case Given(Fresh.SECRET):
                return values.secret(self._own.c.new)
            case Given(value):
                return values.constant(column, value)
            case Renamed(kind):
                return values.renamed(column, kind)
            case Moved():
                moves = self._moves[name]
                return func.coalesce(moves.c.after, column) if values.with_dates else column
            case Readdressed():
                return values.readdressed(column)

    def _reference(self, name: str, mapped: Mapped) -> ColumnElement[Any]:
        column = self.table.c[name]
        new: ColumnElement[Any] = null() if mapped.later else self._maps[name].c.new
        if mapped.missing is not Missing.KEEP_OTHERS:
            return new
        return case((self._leads_back(column, mapped.table), new), else_=column)

    def _leads_back(self, column: ColumnElement[Any], target: str) -> ColumnElement[bool]:
        """Return whether `column` refers to a row of the original event."""
        if target == EVENTS:
            return column == self._event_id
        table = self._schema.find(target)
        if table is None or "event_id" not in table.c:
            return false()
        return exists().where(table.c.id == column, table.c.event_id == self._event_id)


class Values:
    """Values that are generated for one copy."""

    def __init__(
        self, *, old_identifier: str, identifier: str, salt: str, with_dates: bool
    ) -> None:
        """`salt`: an unguessable text from which new texts are derived.

        `with_dates`: whether `DATES` exists, so that dates move.
        """
        self.with_dates = with_dates
        self._identifier = identifier
        self._salt = salt
        # It is replaced as a whole segment of a path or value of a query. No segment is empty.
        self._old_identifier = f"([/=]){re.escape(old_identifier or '.' * 8)}(?![^/?#&])"

    def constant(self, column: Column[Any], value: Constant | Fresh) -> ColumnElement[Any]:
        """Return a value of the catalogue."""
        match value:
            case None:
                return null()
            case Fresh.NOW:
                return func.now()
            case Fresh.IDENTIFIER:
                return literal(self._identifier)
            case _:
                return literal(value, column.type)

    def secret(self, id_: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a secret for the row with the new id `id_`: 64 hexadecimal digits."""
        return func.encode(self._derived("secret", cast(id_, Text)), "hex")

    def renamed(self, column: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
        """Return a UUID that depends on the old text; an empty text stays empty."""
        digits = func.encode(func.substr(self._derived(kind, column), 1, 16), "hex")
        return case((column == "", column), else_=cast(cast(digits, Uuid), Text))

    def readdressed(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the text with the new event's identifier in its addresses."""
        return func.regexp_replace(column, self._old_identifier, rf"\1{self._identifier}", "g")

    def _derived(self, purpose: str, old: ColumnElement[Any]) -> ColumnElement[Any]:
        # A server in FIPS mode has no md5.
        return func.sha256(func.convert_to(literal(f"{self._salt} {purpose} ") + old, "UTF8"))


def fill(table: Table, pairs: Mapping[str, str]) -> Insert:
    """Insert `pairs`, values of the columns' type as texts, into `DATES` or `TEXTS`."""
    rows = func.json_each_text(cast(literal(json.dumps(pairs), Text), JSON)).table_valued(
        "key", "value"
    )
    return insert(table).from_select(
        ["before", "after"],
        select(cast(rows.c.key, table.c.before.type), cast(rows.c.value, table.c.after.type)),
    )
