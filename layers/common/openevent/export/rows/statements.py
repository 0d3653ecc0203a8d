"""SQL that reads the rows of a file by its plan.

It is text without parameters, as COPY takes none: names and literals are quoted, and what varies
besides are numbers.
"""

from collections.abc import Collection

from openevent.adapters.catalog import CatalogTable
from openevent.adapters.schema import Schema
from openevent.catalogue.files import FONT_COLOR, TEAM
from openevent.catalogue.sql_text import name, quoted
from openevent.export.rows.conditions import Conditions, all_of, any_of
from openevent.export.rows.json_text import NULL, Source, object_sql
from openevent.export.rows.plan import FilePlan


def select_bad_values(plan: FilePlan, conditions: Conditions, number: int) -> str | None:
    """Return the statement for rows with values that fail their checks; None if there are none.

    Each has `number`, the row's id, and the numbers of the checks, separated by commas.
    """
    if plan.rows is None or not plan.checks:
        return None
    table = plan.file.table
    bad = [
        all_of([f"{column} IS NOT NULL", f"NOT {conditions.passes(check, column)}"])
        for column, check in ((name(table, key), check) for key, check in plan.checks.items())
    ]
    failed = ", ".join(f"CASE WHEN {one} THEN {which} END" for which, one in enumerate(bad))
    return (
        f"SELECT {number}, {name(table, 'id')}::bigint, concat_ws(',', {failed})"  # noqa: S608
        f" FROM {name(table)} WHERE {all_of([conditions.holds(plan.rows), any_of(bad)])}"
    )


def select_rows(
    plan: FilePlan, schema: Schema, conditions: Conditions, repaired: Collection[str]
) -> str | None:
    """Return the statement for the rows of the plan, in their order; None if there are none.

    Each is its JSON text, followed by id, name and the values of the holes if the plan has media or
    open keys. Values in the columns `repaired` are null if they fail their checks.
    """
    if plan.file is TEAM:
        return None if plan.withheld_rows is not None else _select_team(schema, conditions.event_id)
    if plan.rows is None:
        return None
    table = schema.catalog[plan.file.table]
    sources = _sources(table, plan, conditions, repaired)
    members = {key: None if key in plan.open_keys else sources[key] for key in plan.keys}
    columns = tuple(column.name for column in table.columns)
    selected = [object_sql(members, depth=0 if plan.file.single else 1)]
    if plan.has_holes:
        own = ("id", "name")
        selected += [
            f"{name(table.name, key)}::text" if key in columns else NULL.sql for key in own
        ]
        selected += [f"({sources[key].sql})::text" for key in plan.open_keys]
    order = [name(table.name, key) for key in table.primary_key or columns]
    return (
        f"SELECT {', '.join(selected)} FROM {name(table.name)}"  # noqa: S608
        f" WHERE {conditions.holds(plan.rows)} ORDER BY {', '.join(order)}"
    )


def _select_team(schema: Schema, event_id: int) -> str:
    """Return the statement for the e-mail address and the role of each member of the team."""
    text = object_sql(
        {
            "email": Source(name("users", "_email"), schema.column("users", "_email").type),
            "role": Source(name("roles", "name"), schema.column("roles", "name").type),
        },
        depth=1,
    )
    users_id, roles_id = name("users", "id"), name("roles", "id")
    shown = [f"{name(TEAM.table, 'event_id')} = {int(event_id)}"]
    if any(column.name == "deleted_at" for column in schema.catalog["users"].columns):
        shown.append(f"{name('users', 'deleted_at')} IS NULL")
    return (
        f"SELECT {text} FROM {name(TEAM.table)}"  # noqa: S608
        f" JOIN {name('users')} ON {users_id} = {name(TEAM.table, 'user_id')}"
        f" JOIN {name('roles')} ON {roles_id} = {name(TEAM.table, 'role_id')}"
        f" WHERE {all_of(shown)} ORDER BY {roles_id}, {users_id}"
    )


def _sources(
    table: CatalogTable, plan: FilePlan, conditions: Conditions, repaired: Collection[str]
) -> dict[str, Source]:
    """Return the SQL of each key's value."""
    types = {column.name: column.type for column in table.columns}
    sources = {
        key: NULL if key in plan.withheld else Source(name(table.name, key), type_)
        for key, type_ in types.items()
    }
    for key in repaired:
        column = name(table.name, key)
        passes = conditions.passes(plan.checks[key], column)
        sources[key] = Source(f"CASE WHEN {passes} THEN {column} END", types[key])
    if plan.font_color_of is not None:
        sources[FONT_COLOR] = sources[plan.font_color_of]
    for key, column in plan.objects.items():
        value = sources[column].sql
        made = f"json_build_object({quoted('id')}, {value})"
        sources[key] = Source(f"CASE WHEN {value} IS NOT NULL THEN {made} END", "json")
    return sources
