"""Copying an event's rows within the database, in the caller's transaction.

The number of statements depends on the plan alone, not on the number of rows. No id leaves the
database but the event's own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    Insert,
    Table,
    insert,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import JSON

from openevent.adapters.database import Session
from openevent.catalogue.event_tables import DELETED_AT
from openevent.catalogue.table import EVENTS, Constant
from openevent.copying.dates import DateInUse
from openevent.copying.media import TextInUse
from openevent.copying.plan import CopyPlan
from openevent.copying.statements import DATES, IDS, TEXTS, TableSql, Values, fill
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

TEAM = "users_events_roles"


class RowCopy:
    """The copy of one event's rows: numbered first, then looked at, inserted, readdressed."""

    def __init__(self, session: Session, plan: CopyPlan, original: Event) -> None:
        """`plan`: for the session's schema."""
        self._connection = session.connection
        self._schema = session.schema
        self._original = original
        self._tables = {
            table.table: TableSql(session.schema, table, original.id) for table in plan.tables
        }
        self.counts = dict.fromkeys(self._tables, 0)
        """Number of copied rows of each table; complete after `insert` or `count`."""

    def number(self, *, draw: bool) -> int | None:
        """Find all rows to copy; draw a new id for each; return the new event's.

        Without `draw` no id is drawn, and the transaction can change nothing from here on.
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
        """Count the rows that have no id, and the owner that would be added."""
        for table, sql in self._tables.items():
            if not sql.plan.has_id:
                self.counts[table] = self._connection.execute(sql.count()).scalar_one()
        self.counts[TEAM] = self.counts.get(TEAM, 0) + adds_owner

    def dates(self) -> list[DateInUse]:
        """Return the dates that move with the event, before they move."""
        return [
            DateInUse(table, column, date, rows)
            for table, sql in self._tables.items()
            for column in sql.plan.dates
            for date, rows in self._connection.execute(sql.dates(column))
            # A date that Python does not know (infinity, the year 10,000) is not moved.
            if isinstance(date, datetime)
        ]

    def timezone(self) -> str | None:
        """Return the event's timezone; None if it has none."""
        events = self._schema[EVENTS]
        name = select(self._schema.optional(EVENTS, "timezone"))
        found = self._connection.execute(name.where(events.c.id == self._original.id)).scalar_one()
        return None if found is None else str(found)

    def media(self) -> list[TextInUse]:
        """Return the texts in the columns that hold media."""
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
        """Return whether the copy would have no owner whose account exists."""
        if TEAM not in self._tables:
            return True
        given, roles, users = (self._schema[name] for name in (TEAM, "roles", "users"))
        owners = (
            select(given.c.user_id)
            .join(roles, roles.c.id == given.c.role_id)
            .join(users, users.c.id == given.c.user_id)
            .where(
                given.c.event_id == self._original.id,
                roles.c.name == Role.OWNER,
                self._schema.optional("users", DELETED_AT).is_(None),
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

        `identifier`: the new event's. `salt`: an unguessable text from which other new texts are
        derived. `overrides`: columns of the event that get another value than the plan says.
        `moved`: the new date for each date of `dates`.
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
                if mapped.later and mapped.table in self._tables:
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
        """Replace each key of `texts` by its value in the media columns of the copies."""
        self._create(TEXTS)
        self._connection.execute(fill(TEXTS, texts))
        for table in tables:
            self._connection.execute(self._tables[table].readdress())

    def _rows(self, statement: Insert) -> int:
        """Execute the statement; return the number of rows it inserts."""
        return self._connection.execute(statement).rowcount

    def _create(self, table: Table) -> None:
        self._connection.execute(CreateTable(table))
