"""Parts of statements that make the rows of an event. Builds SQL, executes none."""

from openevent.adapters.schema import Schema
from openevent.catalogue.sql_text import name, quoted
from openevent.catalogue.table import TEAM, Constant, Fresh
from openevent.rights.access import Role


def next_id(schema: Schema, table: str) -> str:
    """Return the expression that draws the id of a new row, by the table's own default."""
    return schema.column(table, "id").own_default or (
        f"nextval(pg_get_serial_sequence({quoted(name(table))}, 'id'))"
    )


def overriding(schema: Schema, table: str) -> str:
    """Return the clause of an insert that gives ids to a table, with a space before it.

    Columns that are `GENERATED ALWAYS AS IDENTITY` need one.
    """
    always = schema.column(table, "id").identity == "a"
    return " OVERRIDING SYSTEM VALUE" if always else ""


def given(value: Constant | Fresh, *, identifier: str, salt: str, id_: str) -> str:
    """Return the SQL of a value of the catalogue, which gets the type of its column.

    `identifier`: the new event's. `salt`: an unguessable text from which secrets are derived, which
    have 64 hexadecimal digits. `id_`: SQL of the row's new id.
    """
    match value:
        case None:
            return "NULL"
        case Fresh.NOW:
            return "now()"
        case Fresh.IDENTIFIER:
            return quoted(identifier)
        case Fresh.SECRET:
            return f"encode({derived(salt, 'secret', f'{id_}::text')}, 'hex')"
        case bool():
            return quoted(str(value).lower())
        case _:
            return quoted(str(value))


def derived(salt: str, purpose: str, old: str) -> str:
    """Return the SQL of 32 bytes that only the holder of `salt` can make of the text `old`."""
    # A server in FIPS mode has no md5.
    return f"sha256(convert_to({quoted(f'{salt} {purpose} ')}::text || {old}, 'UTF8'))"


def insert_owner(event_id: int, user_id: int) -> str:
    """Make a user the owner of the event."""
    return (
        f"INSERT INTO {TEAM} (event_id, user_id, role_id)"  # noqa: S608 - quoted
        f" SELECT {int(event_id)}, {int(user_id)}, id FROM roles WHERE name = {quoted(Role.OWNER)}"
    )
