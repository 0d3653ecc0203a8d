"""An event that has everything: rows in each table that leads to it, and a value in each column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import chain, cycle, islice

from sqlalchemy import Connection, text

from local.schema import UNDECLARED_REFERENCES
from local.schema.rows import Row
from tests import catalog
from tests.catalog import LiveColumn
from tests.factories.roles import ROLES, role_id
from tests.factories.rows import insert, insert_filled

Tables = Mapping[str, list[LiveColumn]]


@dataclass(frozen=True)
class FullEvent:
    """The event, its owner, and all rows by table; rows of one number refer to each other."""

    event: Row
    owner: Row
    rows: Mapping[str, list[Row]]


def make_full_event(
    connection: Connection,
    rows_per_table: int = 1,
    values: Mapping[str, Mapping[str, object]] | None = None,
) -> FullEvent:
    """Make an event with `rows_per_table` living rows in every table that leads to it.

    Every column that is no reference has a value, every reference a row to point to. Tables and
    columns are those of the live database. `values` (table → column → value) holds for all rows
    of a table, also of `events`. The first user is the owner, the others have the other roles.
    """
    tables = _with_undeclared(catalog.columns(connection))
    rows: dict[str, list[Row]] = {
        "users": [
            insert(connection, "users", first_name=f"First {n}", is_verified=True)
            for n in range(rows_per_table)
        ],
        "roles": [
            {"id": role_id(connection, role)}
            for role in islice(chain(ROLES[:1], cycle(ROLES[1:])), rows_per_table)
        ],
    }
    of_the_event = tables_of_an_event(tables)
    for table in _parents_first(tables, of_the_event):
        if table not in rows:
            rows[table] = insert_filled(
                connection,
                table,
                tables[table],
                [
                    _references(tables[table], rows, number)
                    | _agreeing(table, rows, number)
                    | dict((values or {}).get(table, {}))
                    for number in range(rows_per_table if table in of_the_event else 1)
                ],
            )
    (event,) = rows["events"]
    if "discount_code_id" in event and "discount_codes" in rows:
        event = _with_discount(connection, event, rows["discount_codes"][0])
    return FullEvent(event, rows["users"][0], {table: rows[table] for table in of_the_event})


def tables_of_an_event(tables: Tables) -> set[str]:
    """Every table whose rows lead to an event, by however many references; `events` is none."""
    found: set[str] = set()
    while more := {
        table
        for table, columns in tables.items()
        if table not in found
        and table != "events"
        and any(column.refers_to in found | {"events"} for column in columns)
    }:
        found |= more
    return found


def _with_undeclared(tables: Tables) -> Tables:
    return {
        table: [
            replace(
                column, refers_to=UNDECLARED_REFERENCES.get((table, column.name), column.refers_to)
            )
            for column in columns
        ]
        for table, columns in tables.items()
    }


def _parents_first(tables: Tables, of_the_event: set[str]) -> list[str]:
    """The tables to fill, and those they refer to, each after all that it refers to."""
    order: TopologicalSorter[str] = TopologicalSorter()
    to_visit, visited = {"events", *of_the_event}, set[str]()
    while to_visit:
        table = to_visit.pop()
        visited.add(table)
        parents = {column.refers_to for column in tables[table] if column.refers_to} - {table}
        if table == "events":
            parents -= of_the_event  # its discount code comes when there is one
        order.add(table, *parents)
        to_visit |= parents - visited
    return list(order.static_order())


def _references(
    columns: list[LiveColumn], rows: Mapping[str, list[Row]], number: int
) -> dict[str, object]:
    """The references of row `number` of a table: to the row of that number in each other table."""
    references: dict[str, object] = {}
    for column in columns:
        targets = rows.get(column.refers_to or "")
        if targets:
            target = targets[number % len(targets)]["id"]
            references[column.name] = [target] if column.type.endswith("[]") else target
    return references


def _agreeing(table: str, rows: Mapping[str, list[Row]], number: int) -> dict[str, object]:
    """The values of row `number` that must agree with those of other tables."""
    event_id = rows["events"][0]["id"] if "events" in rows else None
    form: dict[str, object] = {"form_id": f"form-{event_id}-{number}"}
    badge: dict[str, object] = {"badge_id": f"badge-{event_id}-{number}"}
    match table:
        case "tickets":
            return form | badge
        case "custom_forms" | "custom_form_translates":
            return form
        case "badge_forms" | "badge_field_forms":
            return badge
        case "video_streams" if number:
            return {"event_id": None}  # an event has one stream of its own, rooms have the others
        case _:
            return {}


def _with_discount(connection: Connection, event: Row, code: Row) -> Row:
    """Let the event have one of its discount codes; return the event."""
    changed = connection.execute(
        text("UPDATE events SET discount_code_id = :code WHERE id = :event RETURNING *"),
        {"code": code["id"], "event": event["id"]},
    )
    return dict(changed.mappings().one())
