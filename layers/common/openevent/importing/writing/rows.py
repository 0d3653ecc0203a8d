"""Insert the rows of one import, in the caller's transaction.

The number of statements depends on the archive's tables and columns alone, not on its rows, unless
the database refuses some of them.
"""

from collections.abc import Mapping, Sequence
from typing import IO

from aws_lambda_powertools import Logger
from pg8000.dbapi import Error

from openevent.adapters.connecting import fault
from openevent.adapters.database import Session
from openevent.catalogue.table import EVENTS, TEAM
from openevent.errors import Unavailable
from openevent.importing.source import ArchiveRefused, Place, Remark, RemarkKind, RemarkLog
from openevent.importing.writing.gather import Gathered
from openevent.importing.writing.plan import ImportPlan
from openevent.importing.writing.statements import (
    COPY_ROWS,
    CREATE_IDS,
    CREATE_MEDIA,
    CREATE_ROWS,
    IDS,
    INDEX_IDS,
    TableSql,
    Values,
    fill_media,
)
from openevent.making.sql import insert_owner

logger = Logger(child=True)

# Classes of SQLSTATE of a row that the database refuses (PostgreSQL's manual, appendix "Error
# Codes"): data exception, integrity constraint violation, an error that a trigger raises.
_REFUSED = ("22", "23", "P0")

# Statements after which the rest of a table's rows is given up.
MAX_TRIES = 500

_COPY_IDS = (
    f"COPY (SELECT name, old, new FROM {IDS} WHERE old IS NOT NULL ORDER BY number) "  # noqa: S608
    "TO STDOUT WITH (FORMAT csv)"
)


class RowImport:
    """The rows of one import."""

    def __init__(
        self,
        session: Session,
        plan: ImportPlan,
        gathered: Gathered,
        values: Values,
        remarks: RemarkLog,
    ) -> None:
        """`gathered`: what the file of rows holds."""
        self._session = session
        self._schema = session.schema
        self._values = values
        self._remarks = remarks
        self._gathered = gathered
        self._tables = [
            TableSql(session.schema, plan.tables[name], columns, values)
            for name, columns in (
                (name, gathered.columns[name]) for name in plan.tables if name in gathered.rows
            )
        ]
        self.written: dict[str, int] = {}
        """Number of rows of each table that were inserted."""
        self.unplaced: list[str] = []
        """Documents of rows that were not inserted, whose media files are not needed."""

    def insert(self, lines: IO[bytes], media: Mapping[str, str]) -> None:
        """Insert all rows, `lines` of which `Gathering` wrote, and make the importer the owner.

        `media`: addresses to replace in columns of media, if the values say that there are any.
        """
        fill = [CREATE_MEDIA, fill_media(media)] if media else []
        self._session.run([*fill, CREATE_ROWS, CREATE_IDS])
        self._session.copy(COPY_ROWS, lines)
        self._session.run([INDEX_IDS])
        for sql in self._tables:
            self._insert(sql)
        later = [sql.fill_in(column) for sql in self._tables for column in sql.later]
        if later:
            self._session.run(later)
        self._add_owner()

    def write_ids(self, file: IO[bytes]) -> None:
        """Write old and new ids of all rows, as lines `table,old,new`."""
        self._session.copy(_COPY_IDS, file)

    def _insert(self, sql: TableSql) -> None:
        """Insert the rows of a table, and remark on those that the database does not take."""
        table = sql.plan.table
        number = [sql.number()] if sql.plan.has_id else []
        try:
            count = self._try([*number, sql.insert()])
        except Error as error:
            if not is_refused(error):
                raise
            if table == EVENTS:
                raise refusal_of(error) from error
            count = self._insert_in_pieces(sql, error)
        self.written[table] = count
        missing = self._gathered.rows[table] - count
        if missing and sql.plan.has_id:
            refused = self._session.rows(sql.forget_refused())
            for _, old, document in sorted(map(tuple, refused)):
                self.unplaced.append(document)
                self._skip(sql, old, "The database does not accept the row.")
        elif missing:
            self._skip(sql, None, "The database has these rows already.", missing)

    def _insert_in_pieces(self, sql: TableSql, error: Error) -> int:
        """Insert all rows but those that the database refuses; return how many are inserted."""
        # Other fields hold people's data.
        fields = {name: value for name, value in fault(error).items() if name in "CMtcn"}
        logger.warning("Rows are refused", extra={"table": sql.plan.table, "fault": fields})
        self._number(sql)
        pieces = [[number for (number,) in self._session.rows(sql.numbers())]]
        count = 0
        for _ in range(MAX_TRIES):
            if not pieces:
                return count
            piece = pieces.pop()
            try:
                count += self._try([sql.insert(piece[0], piece[-1])])
            except Error as refused:
                if not is_refused(refused):
                    raise
                half = len(piece) // 2
                pieces += [some for some in (piece[half:], piece[:half]) if half and some]
        raise refusal_of(error)

    def _number(self, sql: TableSql) -> None:
        """Give each row of a table a new id, which another table's row may refer to."""
        if not sql.plan.has_id:
            return
        try:
            self._session.run([sql.number()])
        except Error as error:
            if is_refused(error):
                # It is not about one row.
                raise refusal_of(error) from error
            raise

    def _try(self, statements: Sequence[str]) -> int:
        """Run statements; return how many rows the last one inserts.

        If the database refuses one row, nothing is done.
        """
        attempt = ["SAVEPOINT attempt", *statements, "RELEASE SAVEPOINT attempt"]
        try:
            return self._session.run(attempt).counts[-2]
        except Error as error:
            if is_refused(error):
                self._session.run(["ROLLBACK TO SAVEPOINT attempt", "RELEASE SAVEPOINT attempt"])
            raise

    def _skip(self, sql: TableSql, old: int | None, detail: str, count: int = 1) -> None:
        place = Place(sql.plan.file, old)
        self._remarks.add(Remark(RemarkKind.SKIPPED, "row-refused", place, detail, count))

    def _add_owner(self) -> None:
        for table in (TEAM, "roles"):
            self._schema.require(table)
        add = insert_owner(self._values.event_id, self._values.user_id)
        if not self._session.run([add]).counts[0]:
            raise Unavailable(
                "database-unsuitable",
                "The database has no role of owners, which this call needs. Please tell the "
                "operator.",
            )


def is_refused(error: BaseException) -> bool:
    """Return whether the database refuses a row, and would refuse it again."""
    return fault(error).get("C", "").startswith(_REFUSED)


def refusal_of(error: BaseException) -> ArchiveRefused:
    """Return the error to answer if the rows cannot be written to this database."""
    fields = fault(error)
    places = {"table": fields.get("t"), "column": fields.get("c"), "constraint": fields.get("n")}
    where = ", ".join(f"{kind} {name}" for kind, name in places.items() if name)
    return ArchiveRefused(
        "import-refused",
        f"The database refuses the archive's rows ({where or 'a value'}). Nothing was imported. "
        "Please tell the operator.",
    )
