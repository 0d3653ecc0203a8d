"""Copying an event's rows within the database, in the caller's transaction.

The number of statements depends on the plan alone, not on how many rows there are, and no id but
the event's own comes here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Table,
    UniqueConstraint,
    exists,
    false,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import JSON

from openevent.adapters.database import Schema
from openevent.catalogue.table import EVENTS, Constant
from openevent.copying import plan
from openevent.copying.plan import CopyPlan
from openevent.copying.statements import DATES, IDS, TEXTS, TableSql, Values, fill
from openevent.errors import NotFound
from openevent.rights.access import Role
from openevent.rights.identity import User

TEAM = "users_events_roles"

# The roles in a group that let one put events into it.
GROUP_MANAGERS = (Role.OWNER, Role.ORGANIZER)


def shape_of(schema: Schema) -> plan.Shape:
    """What `schema` has, as the plan wants to know it."""
    return {name: _live_table(table) for name, table in schema.tables.items()}


def _live_table(table: Table) -> plan.LiveTable:
    columns = {
        column.name: plan.Column(
            nullable=bool(column.nullable),
            refers_to=next((key.column.table.name for key in column.foreign_keys), None),
        )
        for column in table.columns
        if column.computed is None
    }
    unique = [
        *(index.columns for index in table.indexes if index.unique),
        *(key.columns for key in table.constraints if isinstance(key, UniqueConstraint)),
        table.primary_key.columns,
    ]
    return plan.LiveTable(columns, tuple(frozenset(span.keys()) for span in unique if span))


@dataclass(frozen=True, slots=True)
class Original:
    """The event that is copied. `starts_at` is None where it is no date that Python knows."""

    id: int
    identifier: str
    starts_at: datetime | None
    timezone: str
    group_id: int | None


@dataclass(frozen=True, slots=True)
class DateInUse:
    """A date that so many rows have in one column."""

    table: str
    column: str
    date: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class TextInUse:
    """What rows have in a column that holds media; `is_json`: the addresses are somewhere in it."""

    table: str
    column: str
    is_json: bool
    text: str


def find_original(connection: Connection, schema: Schema, event_id: int) -> Original:
    """The event, as it is in this transaction. Raises `NotFound` when it is no more."""
    events = schema[EVENTS]
    row = connection.execute(
        select(
            events.c.id,
            events.c.identifier,
            events.c.starts_at,
            events.c.timezone,
            events.c.group_id,
        ).where(events.c.id == event_id, events.c.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound("event-not-found", "There is no such event.")
    starts_at = row.starts_at if isinstance(row.starts_at, datetime) else None
    return Original(row.id, row.identifier, starts_at, row.timezone, row.group_id)


def may_use_group(connection: Connection, schema: Schema, user: User, group_id: int) -> bool:
    """Whether `user` may put an event into the group: its user, its managers and staff may."""
    groups = schema.find("groups")
    if groups is None:
        return False
    managed: ColumnElement[bool] = or_(
        true() if user.is_staff else false(), groups.c.user_id == user.id
    )
    given, roles = schema.find("users_groups_roles"), schema["roles"]
    if given is not None:
        managed |= exists().where(
            given.c.group_id == groups.c.id,
            given.c.user_id == user.id,
            given.c.accepted.is_(True),
            given.c.role_id == roles.c.id,
            roles.c.name.in_(GROUP_MANAGERS),
        )
    group = select(groups.c.id).where(
        groups.c.id == group_id, groups.c.deleted_at.is_(None), managed
    )
    return connection.execute(group).first() is not None


class RowCopy:
    """The copy of one event's rows: numbered first, then looked at, inserted, readdressed."""

    def __init__(
        self, connection: Connection, schema: Schema, resolved: CopyPlan, original: Original
    ) -> None:
        """`resolved`: the plan for `schema`."""
        self._connection = connection
        self._schema = schema
        self._original = original
        self._tables = {
            table.table: TableSql(schema, table, original.id) for table in resolved.tables
        }
        self.counts = dict.fromkeys(self._tables, 0)
        """How many rows of each table are copied; of all, when `insert` or `count` is done."""

    def number(self, *, draw: bool) -> int | None:
        """Find all rows that are copied; draw an id for each; return the new event's.

        Without `draw` no id is drawn, and the transaction can change nothing from then on.
        """
        self._create(IDS)
        if not draw:
            self._connection.execute(text("SET TRANSACTION READ ONLY"))
        for sql in self._tables.values():
            if sql.plan.has_id:
                self.counts[sql.plan.table] = self._rows(sql.number(draw=draw))
        new = select(IDS.c.new).where(IDS.c.name == EVENTS)
        new_id: int | None = self._connection.execute(new).scalar_one()
        return new_id

    def count(self, *, adds_owner: bool) -> None:
        """Count the rows that have no id to be numbered by, and the owner that would be added."""
        for table, sql in self._tables.items():
            if not sql.plan.has_id:
                self.counts[table] = self._connection.execute(sql.count()).scalar_one()
        self.counts[TEAM] = self.counts.get(TEAM, 0) + adds_owner

    def dates(self) -> list[DateInUse]:
        """The dates that move with the event, as they are."""
        return [
            DateInUse(table, column, date, rows)
            for table, sql in self._tables.items()
            for column in sql.plan.dates
            for date, rows in self._connection.execute(sql.dates(column))
            # What is none to Python (infinity, the year 10,000) stays where it is.
            if isinstance(date, datetime)
        ]

    def media(self) -> list[TextInUse]:
        """What is in the columns that hold media."""
        queries = [
            sql.texts(column).add_columns(
                literal(table),
                literal(column),
                literal(isinstance(sql.table.c[column].type, JSON)),
            )
            for table, sql in self._tables.items()
            for column in sql.plan.media
        ]
        if not queries:
            return []
        return [
            TextInUse(table, column, is_json, found)
            for found, table, column, is_json in self._connection.execute(union_all(*queries))
        ]

    def lacks_owner(self) -> bool:
        """Whether nobody would own the copy, or nobody who is still there."""
        if TEAM not in self._tables:
            return True
        given, roles, users = (self._schema[name] for name in (TEAM, "roles", "users"))
        owners = (
            select(given.c.id)
            .join(roles, roles.c.id == given.c.role_id)
            .join(users, users.c.id == given.c.user_id)
            .where(
                given.c.event_id == self._original.id,
                roles.c.name == Role.OWNER,
                users.c.deleted_at.is_(None),
            )
        )
        return self._connection.execute(owners).first() is None

    def insert(
        self,
        *,
        identifier: str,
        salt: str,
        overrides: Mapping[str, Constant],
        moved: Mapping[datetime, datetime],
    ) -> None:
        """Insert all rows.

        `identifier`: the new event's. `salt`: what other new texts derive from, not to be guessed.
        `overrides`: columns of the event that get another value than the plan says. `moved`: what
        becomes of each date in `dates`.
        """
        if moved:
            self._create(DATES)
            texts = {before.isoformat(): after.isoformat() for before, after in moved.items()}
            self._connection.execute(fill(DATES, texts))
        values = Values(
            old_identifier=self._original.identifier,
            identifier=identifier,
            salt=salt,
            with_dates=bool(moved),
        )
        for table, sql in self._tables.items():
            statement = sql.insert(values, overrides if table == EVENTS else {})
            self.counts[table] = self._rows(statement)
        for sql in self._tables.values():
            for column, mapped in sql.plan.references:
                if mapped.later:
                    self._connection.execute(sql.fill_in(column, mapped))

    def add_owner(self, event_id: int, user: User) -> None:
        """Make `user` the owner of the copy `event_id`."""
        given, roles = self._schema[TEAM], self._schema["roles"]
        owner = select(literal(event_id), literal(user.id), roles.c.id).where(
            roles.c.name == Role.OWNER
        )
        columns = ["event_id", "user_id", "role_id"]
        added = self._rows(insert(given).from_select(columns, owner))
        self.counts[TEAM] = self.counts.get(TEAM, 0) + added

    def readdress(self, texts: Mapping[str, str], tables: Sequence[str]) -> None:
        """Replace each of `texts` by its value in the media columns of the copies in `tables`."""
        self._create(TEXTS)
        self._connection.execute(fill(TEXTS, texts))
        for table in tables:
            self._connection.execute(self._tables[table].readdress())

    def _rows(self, statement: Insert) -> int:
        """How many rows the statement, now executed, has made."""
        return self._connection.execute(statement).rowcount

    def _create(self, table: Table) -> None:
        self._connection.execute(CreateTable(table))
