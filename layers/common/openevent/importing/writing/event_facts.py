"""Facts of the new event that are decided before the archive's rows are read."""

from collections.abc import Callable

from openevent.adapters.database import Session
from openevent.catalogue.settable import Never
from openevent.catalogue.sql_text import name as quoted_name
from openevent.catalogue.table import EVENTS
from openevent.importing.source import Remark, RemarkKind, RemarkLog, SourceRow
from openevent.importing.writing.gather import EventFacts
from openevent.importing.writing.plan import TablePlan
from openevent.making.sql import next_id
from openevent.rights.groups import may_use_group
from openevent.rights.identity import User

# Ids that fit a column of integers.
_INTEGERS = range(2**31)


def decide_facts(  # noqa: PLR0913 - what decides
    session: Session,
    plan: TablePlan,
    event: SourceRow,
    user: User,
    *,
    remarks: RemarkLog,
    new_identifier: Callable[[], str],
) -> EventFacts:
    """Draw the event's id, choose its identifier, its group, and its rows in lists.

    `plan`: of `events`. A group stays if `user` may put events into it. A reference to a list is
    found by the name that the archive has, else by its id.
    """
    [[id_]] = session.rows(f"SELECT {next_id(session.schema, EVENTS)}")
    values: dict[str, object] = {}
    for column, reason in plan.never.items():
        group = event.values.get(column)
        if reason is Never.GROUP and isinstance(group, int) and _has_group(session, user, group):
            values[column] = group
    for column, table in plan.lists.items():
        name, number = event.names.get(column), event.values.get(column)
        if name is None and number is None:
            continue
        values[column] = _find(session, table, name, number)
        if values[column] is None:
            detail = f"This installation has no row {name or number!r} in {table}."
            place = event.place(column)
            remarks.add(Remark(RemarkKind.REFERENCE_DROPPED, "not-listed", place, detail))
    return EventFacts(int(id_), _unused(session, new_identifier), values)


def _unused(session: Session, new_identifier: Callable[[], str]) -> str:
    """Return an identifier that no event has."""
    session.schema.require(EVENTS, "identifier")
    while True:
        identifier = new_identifier()
        if not session.rows("SELECT 1 FROM events WHERE identifier = %s", identifier):
            return identifier


def _has_group(session: Session, user: User, group: int) -> bool:
    return group in _INTEGERS and may_use_group(session, user, group)


def _find(session: Session, table: str, name: str | None, id_: object) -> int | None:
    session.schema.require(table, "id")
    value: object
    if name is not None and session.schema.has(table, "name"):
        condition, value = "lower(name) = %s", name.strip().lower()
    elif isinstance(id_, int) and id_ in _INTEGERS:
        condition, value = "id = %s", id_
    else:
        return None
    query = f"SELECT id FROM {quoted_name(table)} WHERE {condition} ORDER BY id LIMIT 1"  # noqa: S608 - quoted
    found = session.rows(query, value)
    return int(found[0][0]) if found else None
