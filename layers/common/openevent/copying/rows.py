"""Copying an event's rows within the database, in the caller's transaction.

The number of statements depends on the plan alone, not on the number of rows. No id leaves the
database but the event's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openevent.adapters.database import Session
from openevent.catalogue.table import EVENTS, TEAM, Constant
from openevent.copying.dates import DateInUse
from openevent.copying.media import TextInUse
from openevent.copying.plan import CopyPlan
from openevent.copying.statements import (
    CREATE_DATES,
    CREATE_IDS,
    CREATE_TEXTS,
    DATES,
    TEXTS,
    TableSql,
    Values,
    fill,
    select_new,
)
from openevent.making.sql import insert_owner
from openevent.rights.events import Event
from openevent.rights.identity import User


@dataclass(frozen=True, slots=True)
class Numbered:
    """Facts that are known when the rows are numbered.

    `event_id`: the new event's. `transaction`: PostgreSQL's `txid_current`. Both are None if no id
    was drawn. `lacks_owner`: whether the copy would have no owner whose account exists.
    """

    event_id: int | None
    transaction: int | None
    lacks_owner: bool


class RowCopy:
    """The copy of one event's rows: numbered first, then looked at, inserted, readdressed."""

    def __init__(self, session: Session, plan: CopyPlan, original: Event) -> None:
        """`plan`: for the session's schema."""
        self._session = session
        self._schema = session.schema
        self._original = original
        self._tables = {
            table.table: TableSql(session.schema, table, original.id) for table in plan.tables
        }
        self.counts = dict.fromkeys(self._tables, 0)
        """Number of copied rows of each table; complete after `insert` or `count`."""

    def number(self, *, draw: bool) -> Numbered:
        """Find all rows to copy, and draw a new id for each.

        Without `draw` no id is drawn, and the transaction can change nothing from here on.
        """
        numbered = [table for table, sql in self._tables.items() if sql.plan.has_id]
        if has_team := TEAM in self._tables:
            self._require("roles", "users")
        begin = [CREATE_IDS] if draw else [CREATE_IDS, "SET TRANSACTION READ ONLY"]
        ran = self._session.run(
            [
                *begin,
                *(self._tables[table].number(draw=draw) for table in numbered),
                select_new(self._schema, self._original.id, draw=draw, has_team=has_team),
            ]
        )
        self.counts |= zip(numbered, ran.counts[len(begin) : -1], strict=True)
        [[event_id, transaction_id, lacks_owner]] = ran.rows
        return Numbered(event_id, transaction_id, lacks_owner)

    def count(self, *, adds_owner: bool) -> None:
        """Count the rows that have no id, and the owner that would be added."""
        counted = [table for table, sql in self._tables.items() if not sql.plan.has_id]
        if counted:
            ran = self._session.run([self._tables[table].count() for table in counted])
            self.counts |= zip(counted, (count for (count,) in ran.rows), strict=True)
        self.counts[TEAM] = self.counts.get(TEAM, 0) + adds_owner

    def dates(self) -> list[DateInUse]:
        """Return the dates that move with the event, before they move."""
        statements = [
            sql.dates(column) for sql in self._tables.values() for column in sql.plan.dates
        ]
        if not statements:
            return []
        return [
            DateInUse(table, column, date, rows)
            for table, column, date, rows in self._session.run(statements).rows
            # A date that Python does not know (infinity, the year 10,000) is not moved.
            if isinstance(date, datetime)
        ]

    def timezone(self) -> str | None:
        """Return the event's timezone; None if it has none."""
        if not self._schema.has(EVENTS, "timezone"):
            return None
        [[found]] = self._session.rows(
            f"SELECT timezone FROM {EVENTS} WHERE id = %s",  # noqa: S608 - a name of the catalogue
            self._original.id,
        )
        return None if found is None else str(found)

    def media(self) -> list[TextInUse]:
        """Return the texts in the columns that hold media."""
        statements = [
            sql.texts(column) for sql in self._tables.values() for column in sql.plan.media
        ]
        return [TextInUse(*row) for row in self._session.run(statements).rows] if statements else []

    def insert(
        self,
        values: Values,
        *,
        overrides: Mapping[str, Constant],
        moved: Mapping[datetime, datetime],
    ) -> None:
        """Insert all rows.

        `overrides`: columns of the event that get another value than the plan says. `moved`: the
        new date for each date of `dates`, if the values say that dates move.
        """
        begin = []
        if values.with_dates:
            texts = {before.isoformat(): after.isoformat() for before, after in moved.items()}
            begin = [CREATE_DATES, fill(DATES, "timestamptz", texts)]
        ran = self._session.run(
            [
                *begin,
                *(
                    sql.insert(values, overrides if table == EVENTS else {})
                    for table, sql in self._tables.items()
                ),
                *(
                    sql.fill_in(column, mapped)
                    for sql in self._tables.values()
                    for column, mapped in sql.plan.references
                    if mapped.later and mapped.table in self._tables
                ),
            ]
        )
        counts = ran.counts[len(begin) : len(begin) + len(self._tables)]
        self.counts |= zip(self._tables, counts, strict=True)

    def add_owner(self, event_id: int, user: User) -> None:
        """Make `user` the owner of the copy `event_id`."""
        self._require(TEAM, "roles")
        ran = self._session.run([insert_owner(event_id, user.id)])
        self.counts[TEAM] = self.counts.get(TEAM, 0) + ran.counts[0]

    def readdress(self, texts: Mapping[str, str], tables: Sequence[str]) -> None:
        """Replace each key of `texts` by its value in the media columns of the copies."""
        updates = [self._tables[table].readdress() for table in tables]
        self._session.run([CREATE_TEXTS, fill(TEXTS, "text", texts), *updates])

    def _require(self, *tables: str) -> None:
        for table in tables:
            self._schema.require(table)
