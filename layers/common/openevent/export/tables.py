"""The archive's folder `tables/`: the event's rows as spreadsheets and data programs read them."""

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from typing import IO
from zoneinfo import ZoneInfo

from isal import isal_zlib

from openevent.adapters.database import Session
from openevent.adapters.shape import shape_of
from openevent.archive.writer import Archive
from openevent.catalogue.files import FILE_OF_TABLE, TEAM
from openevent.catalogue.privacy import Privacy, withheld_table
from openevent.catalogue.shape import Shape
from openevent.catalogue.sql_text import name as quoted_name
from openevent.export.event_zone import zone_of
from openevent.export.findings import Findings
from openevent.export.options import Options
from openevent.export.rows.conditions import Conditions
from openevent.export.rows.plan import resolve_file
from openevent.rights.events import Event
from openevent.tables import data_package
from openevent.tables.cells import DATE_UNREADABLE
from openevent.tables.csv_file import CsvFile
from openevent.tables.data_package import Described, describe
from openevent.tables.definitions import TABLES
from openevent.tables.model import Problem, Table
from openevent.tables.problems import Problems
from openevent.tables.read import reading
from openevent.tables.view import Shown, View
from openevent.tables.workbook import Workbook

FOLDER = "tables/"

# What the archive's `roles` is made of.
_TEAM = ("event_id", "user_id", "role_id")
_USERS, _ROLES = "users", "roles"

_CHUNK = 1 << 18

# The tables of the database that tables show, or join.
_READ = (
    *(table.source for table in TABLES if table.source != TEAM.table),
    *("faq_types", "custom_forms", "speakers_sessions"),
)


def view_of(session: Session, event: Event, privacy: Privacy) -> View:
    """Return what tables show of the event: what its archive's JSON files show with `privacy`."""
    shape = shape_of(session.schema)
    conditions = Conditions(event.id)
    options = Options(privacy=privacy)
    shown = {}
    for name in _READ:
        plan = resolve_file(FILE_OF_TABLE[name], shape, options)
        if plan.rows is not None:
            live = shape[name].columns
            columns = {key: live[key] for key in live if key not in plan.withheld}
            shown[name] = Shown(name, conditions.holds(plan.rows), columns)
    return View(
        {**shown, **_team(event, privacy, shape)}, zone_of(session, event) or ZoneInfo("UTC")
    )


def tables_of(view: View) -> list[Table]:
    """Return the tables that have a file: those whose rows the view shows, if there are any."""
    return [table for table in TABLES if table.source in view.shown]


def table_names(session: Session, event: Event, privacy: Privacy) -> list[str]:
    """Return the names of the files that an archive has of the event's tables."""
    tables = tables_of(view_of(session, event, privacy))
    return [
        *(f"{FOLDER}{table.name}.csv" for table in tables),
        f"{FOLDER}{workbook_name(event)}",
        f"{FOLDER}{data_package.NAME}",
    ]


def workbook_name(event: Event) -> str:
    """Return the name of the workbook with all tables."""
    return f"event{event.id}.xlsx"


def add_tables(
    archive: Archive, session: Session, event: Event, options: Options, findings: Findings
) -> None:
    """Append the tables: a CSV file each, a workbook with all of them, and their description.

    Each row is read and made once. `findings` gets the values that are not shown, or not whole.
    """
    view = view_of(session, event, options.privacy)
    problems = Problems()

    def note(problem: Problem) -> None:
        # Dates that no program reads are repairs of the data files.
        if problem.code != DATE_UNREADABLE:
            problems.add(problem)

    described: list[Described] = []
    with ExitStack() as uses:
        spool = uses.enter_context(archive.spool())
        workbook = Workbook(spool, archive.modified)
        tables = uses.enter_context(reading(session.connection, view, tables_of(view), note=note))
        for found in tables:
            table = found.table
            with ExitStack() as stack:
                file = stack.enter_context(archive.data_file(f"{FOLDER}{table.name}.csv"))
                headers = [header for header, _ in found.headers]
                csv = CsvFile(file.write, headers, excel=options.excel)
                sheet = stack.enter_context(workbook.sheet(table.title, found.headers))
                for row in found.rows:
                    csv.add(row)
                    sheet.add(row)
                file.rows = csv.rows
            described.append(
                Described(table, found.columns, [field.label for field in found.fields])
            )
        workbook.finish()
        crc32, sha256 = _digests(spool)
        path = f"{FOLDER}{workbook_name(event)}"
        archive.add_media(path, spool, crc32=crc32, sha256=sha256)
    with archive.data_file(f"{FOLDER}{data_package.NAME}") as file:
        file.write(
            describe(
                described,
                event_id=event.id,
                title=event.name,
                created=archive.modified.isoformat(timespec="seconds"),
                excel=options.excel,
            )
        )
    findings.note_cells(problems.warnings())


def _team(event: Event, privacy: Privacy, shape: Shape) -> Mapping[str, Shown]:
    """Return what the archive's `roles` shows: address and role of each member of the team."""
    needed = {TEAM.table: _TEAM, _USERS: ("id", "_email"), _ROLES: ("id", "name")}
    if withheld_table(privacy, TEAM.table) is not None or not all(
        table in shape and set(columns) <= shape[table].columns.keys()
        for table, columns in needed.items()
    ):
        return {}
    is_living = "deleted_at IS NULL" if "deleted_at" in shape[_USERS].columns else "true"
    given = f"{quoted_name(TEAM.table)}."
    rows = {
        TEAM.table: (
            f"{given}event_id = {int(event.id)}"  # noqa: S608 - of constants
            f" AND {given}user_id IN (SELECT id FROM {_USERS} WHERE {is_living})"
            f" AND {given}role_id IN (SELECT id FROM {_ROLES})"
        ),
        _USERS: is_living,
        _ROLES: "true",
    }
    return {
        table: Shown(
            table, rows[table], {column: shape[table].columns[column] for column in columns}
        )
        for table, columns in needed.items()
    }


def _digests(spool: IO[bytes]) -> tuple[int, str]:
    """Return the CRC-32 and the SHA-256 of a file's bytes."""
    crc32, digest = 0, hashlib.sha256()
    spool.seek(0)
    while data := spool.read(_CHUNK):
        crc32 = isal_zlib.crc32(data, crc32)
        digest.update(data)
    return crc32, digest.hexdigest()
