"""SQL that copies the rows of one table. Builds it, executes none.

It is text without parameters, so that many statements make one message: names and literals are
quoted. `IDS` maps old ids to new ones: a temporary table that ends with the transaction, with one
row for each copied row that has an id.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from openevent.adapters.schema import Schema
from openevent.catalogue.event_tables import DELETED_AT, IS_DELETED
from openevent.catalogue.sql_text import name, quoted
from openevent.catalogue.table import EVENTS, TEAM, Constant, Fresh, Missing
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
from openevent.making.sql import derived, given, next_id, overriding
from openevent.rights.access import Role

IDS, DATES, TEXTS = "copied_ids", "copied_dates", "copied_texts"

# A temporary table has no statistics; its keys keep the joins from becoming nested loops.
CREATE_IDS = (
    f"CREATE TEMPORARY TABLE {IDS} (name text, old bigint, new bigint, PRIMARY KEY (name, old))"
    " ON COMMIT DROP"
)
CREATE_DATES = (
    f"CREATE TEMPORARY TABLE {DATES} (before timestamptz PRIMARY KEY, after timestamptz)"
    " ON COMMIT DROP"
)
CREATE_TEXTS = f"CREATE TEMPORARY TABLE {TEXTS} (before text, after text) ON COMMIT DROP"


class TableSql:
    """Statements that find, number, insert and change the rows of one table."""

    def __init__(self, schema: Schema, plan: TablePlan, event_id: int) -> None:
        """`event_id`: the original's."""
        self.plan = plan
        self._schema = schema
        self._event_id = int(event_id)
        self._table = name(plan.table)
        self._maps = {
            column: f"map_{number}"
            for number, (column, mapped) in enumerate(plan.references)
            if not mapped.later
        }
        self._moves = {
            column: f"moved_{number}"
            for number, (column, treatment) in enumerate(plan.columns.items())
            if isinstance(treatment, Moved)
        }

    def number(self, *, draw: bool) -> str:
        """Insert each copied row's id into `IDS`; with `draw`, together with a new id."""
        id_ = self._column("id")
        new = next_id(self._schema, self.plan.table) if draw else "NULL"
        return (
            f"INSERT INTO {IDS} SELECT {quoted(self.plan.table)}, {id_}, {new}"  # noqa: S608 - quoted
            f" FROM {self._belonging()}{_where(self._living())} ORDER BY {id_}"
        )

    def count(self) -> str:
        """Count the copied rows."""
        return f"SELECT count(*) FROM {self._source()}{_where(self._chosen())}"  # noqa: S608 - quoted

    def insert(self, values: "Values", overrides: Mapping[str, Constant]) -> str:
        """Insert the copies. `overrides`: columns with another value than the plan says."""
        chosen = {
            column: values.given(overrides[column])
            if column in overrides
            else self._value(column, treatment, values)
            for column, treatment in self.plan.columns.items()
        }
        overrides_ids = overriding(self._schema, self.plan.table) if self.plan.has_id else ""
        return (
            f"INSERT INTO {self._table} ({', '.join(map(name, chosen))})"  # noqa: S608 - quoted
            f"{overrides_ids} SELECT {', '.join(chosen.values())}"
            f" FROM {self._source(with_dates=values.with_dates)}{_where(self._chosen())}"
            f"{' ORDER BY own.new' if self.plan.has_id else ''}"
        )

    def fill_in(self, column: str, mapped: Mapped) -> str:
        """Set the copies' column to the new id of the row that the original refers to."""
        return (
            f"UPDATE {self._table} SET {name(column)} = led_to.new"  # noqa: S608 - quoted
            f" FROM {IDS} AS own, {self._table} AS old, {IDS} AS led_to"
            f" WHERE {self._owns(self._column('id'), 'own.new')} AND own.old = old.id"
            f" AND led_to.name = {quoted(mapped.table)} AND led_to.old = {name('old', column)}"
        )

    def readdress(self) -> str:
        """Replace each text in the copies' media columns for which `TEXTS` has a new one."""
        found = {column: f"text_{number}" for number, column in enumerate(self.plan.media)}
        joins = "".join(
            f" LEFT JOIN {TEXTS} AS {texts} ON {texts}.before = {name('copies', column)}::text"
            for column, texts in found.items()
        )
        chosen = ", ".join(
            f"coalesce({texts}.after::{self._type(column)}, {name('copies', column)})"
            f" AS {name(column)}"
            for column, texts in found.items()
        )
        changed = " OR ".join(f"{texts}.after IS NOT NULL" for texts in found.values())
        changes = ", ".join(f"{name(column)} = {name('new', column)}" for column in found)
        return (
            f"UPDATE {self._table} SET {changes}"  # noqa: S608 - quoted
            f" FROM (SELECT copies.id AS copy, {chosen} FROM {self._table} AS copies"
            f" JOIN {IDS} AS own ON {self._owns('copies.id', 'own.new')}{joins} WHERE {changed})"
            f" AS new WHERE {self._column('id')} = new.copy"
        )

    def texts(self, column: str) -> str:
        """Select the distinct values of a media column in all copied rows, as texts.

        Each with its table, its column, and whether it is JSON.
        """
        text = f"{self._column(column)}::text"
        is_json = str(self._type(column) in {"json", "jsonb"})
        return (
            f"SELECT DISTINCT {quoted(self.plan.table)}, {quoted(column)}, {is_json}, {text}"  # noqa: S608 - quoted
            f" FROM {self._source()}{_where([*self._chosen(), f'{text} IS NOT NULL'])}"
        )

    def dates(self, column: str) -> str:
        """Select the distinct values of a column in all copied rows.

        Each with its table and its column, and followed by its number of rows.
        """
        date = self._column(column)
        return (
            f"SELECT {quoted(self.plan.table)}, {quoted(column)}, {date}, count(*)"  # noqa: S608 - quoted
            f" FROM {self._source()}{_where([*self._chosen(), f'{date} IS NOT NULL'])}"
            f" GROUP BY {date} ORDER BY {date}"
        )

    def _column(self, column: str) -> str:
        return name(self.plan.table, column)

    def _type(self, column: str) -> str:
        return self._schema.column(self.plan.table, column).type

    def _belonging(self) -> str:
        """Return the table, joined with the copies without which a row is not copied."""
        return self._table + "".join(
            f" JOIN {self._mapping(column, mapped)}"
            for column, mapped in self.plan.references
            if mapped.missing is Missing.SKIP_ROW
        )

    def _living(self) -> Iterator[str]:
        if self.plan.owner is None:
            yield f"{self._column('id')} = {self._event_id}"
        if DELETED_AT in self.plan.deleted:
            yield f"{self._column(DELETED_AT)} IS NULL"
        if IS_DELETED in self.plan.deleted:
            yield f"{self._column(IS_DELETED)} IS NOT TRUE"

    def _chosen(self) -> Iterable[str]:
        # A row with an id was chosen when it was numbered.
        return () if self.plan.has_id else self._living()

    def _source(self, *, with_dates: bool = False) -> str:
        """Return the copied rows, joined with the new ids of the rows that they refer to."""
        joins = [self._belonging()]
        if self.plan.has_id:
            joins.append(f"JOIN {IDS} AS own ON {self._owns(self._column('id'), 'own.old')}")
        joins += [
            f"LEFT JOIN {self._mapping(column, mapped)}"
            for column, mapped in self.plan.references
            if column in self._maps and mapped.missing is not Missing.SKIP_ROW
        ]
        if with_dates:
            joins += [
                f"LEFT JOIN {DATES} AS {moves} ON {moves}.before = {self._column(column)}"
                for column, moves in self._moves.items()
            ]
        return " ".join(joins)

    def _owns(self, id_: str, of_copy: str) -> str:
        return f"own.name = {quoted(self.plan.table)} AND {of_copy} = {id_}"

    def _mapping(self, column: str, mapped: Mapped) -> str:
        ids = self._maps[column]
        is_it = f"{ids}.name = {quoted(mapped.table)} AND {ids}.old = {self._column(column)}"
        return f"{IDS} AS {ids} ON {is_it}"

    def _value(self, column: str, treatment: Treatment, values: "Values") -> str:  # noqa: PLR0911 (a table)
        match treatment:
            case Kept():
                return self._column(column)
            case Renumbered():
                return "own.new"
            case Mapped():
                return self._reference(column, treatment)
            case Given(value):
                return values.given(value)
            case Renamed(kind):
                return values.renamed(self._column(column), kind)
            case Moved():
                kept = self._column(column)
                return (
                    f"coalesce({self._moves[column]}.after, {kept})" if values.with_dates else kept
                )
            case Readdressed():
                return values.readdressed(self._column(column))

    def _reference(self, column: str, mapped: Mapped) -> str:
        new = "NULL" if mapped.later else f"{self._maps[column]}.new"
        if mapped.missing is not Missing.KEEP_OTHERS:
            return new
        kept = self._column(column)
        return f"CASE WHEN {self._leads_back(kept, mapped.table)} THEN {new} ELSE {kept} END"

    def _leads_back(self, value: str, target: str) -> str:
        """Return whether `value` refers to a row of the original event."""
        if target == EVENTS:
            return f"{value} = {self._event_id}"
        if not self._schema.has(target, "event_id"):
            return "false"
        return (
            f"EXISTS (SELECT FROM {name(target)} AS target"
            f" WHERE target.id = {value} AND target.event_id = {self._event_id})"
        )


@dataclass(frozen=True, slots=True)
class Values:
    """Values that are generated for one copy.

    `salt`: an unguessable text from which new texts are derived. `with_dates`: whether `DATES`
    exists, so that dates move.
    """

    old_identifier: str
    identifier: str
    salt: str
    with_dates: bool

    def given(self, value: Constant | Fresh) -> str:
        """Return a value of the catalogue."""
        return given(value, identifier=self.identifier, salt=self.salt, id_="own.new")

    def renamed(self, column: str, kind: str) -> str:
        """Return a UUID that depends on the old text; an empty text stays empty."""
        digits = f"encode(substr({derived(self.salt, kind, column)}, 1, 16), 'hex')"
        return f"CASE WHEN {column} = '' THEN {column} ELSE {digits}::uuid::text END"

    def readdressed(self, column: str) -> str:
        """Return the text with the new event's identifier in its addresses."""
        # It is replaced as a whole segment of a path or value of a query. No segment is empty.
        old = f"([/=]){re.escape(self.old_identifier or '.' * 8)}(?![^/?#&])"
        new = rf"\1{self.identifier}"
        return f"regexp_replace({column}, {quoted(old)}, {quoted(new)}, 'g')"


def select_new(schema: Schema, event_id: int, *, draw: bool, has_team: bool) -> str:
    """Select the new event's id, the transaction's, and whether the copy would have no owner.

    The account of an owner exists. `event_id`: the original's. `draw`: as rows were numbered.
    `has_team`: whether the team is copied.
    """
    owners = [f"given.event_id = {int(event_id)}", f"roles.name = {quoted(Role.OWNER)}"]
    if schema.has("users", DELETED_AT):
        owners.append("users.deleted_at IS NULL")
    lacks_owner = (
        f"NOT EXISTS (SELECT FROM {TEAM} AS given JOIN roles ON roles.id = given.role_id"
        f" JOIN users ON users.id = given.user_id{_where(owners)})"
    )
    return (
        f"SELECT new, {'txid_current()' if draw else 'NULL'},"  # noqa: S608 - quoted
        f" {lacks_owner if has_team else 'true'} FROM {IDS} WHERE name = {quoted(EVENTS)}"
    )


def fill(table: str, type_: str, pairs: Mapping[str, str]) -> str:
    """Insert `pairs`, values of `type_` as texts, into `DATES` or `TEXTS`."""
    return (
        f"INSERT INTO {table} SELECT key::{type_}, value::{type_}"  # noqa: S608 - quoted
        f" FROM json_each_text({quoted(json.dumps(pairs))})"
    )


def _where(conditions: Iterable[str]) -> str:
    together = " AND ".join(conditions)
    return together and f" WHERE {together}"
