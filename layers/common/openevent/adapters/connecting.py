"""Connections of pg8000 as sessions need them, and what their errors mean."""

from collections.abc import Mapping
from contextlib import suppress

import pg8000.dbapi

from openevent.adapters.catalog import STATE
from openevent.adapters.credentials import TIMEOUT, hung_up_is_interface_error
from openevent.adapters.driver import Connection
from openevent.errors import Unavailable

# Settings of every connection. Its limits see to it that an invocation that was cut off leaves no
# statement running for long, and no lock held.
SETTINGS = {
    "TimeZone": "UTC",
    # A backslash in a literal is a backslash.
    "standard_conforming_strings": "on",
    "statement_timeout": f"{TIMEOUT}s",
    "idle_in_transaction_session_timeout": f"{2 * TIMEOUT}s",
}

# How often the server looks whether the client is still there. Without it, the server runs all
# statements of a message to their end. PostgreSQL 13 has no such setting.
_CHECK_INTERVAL = """
, CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL
    THEN set_config('client_connection_check_interval', '5s', false) END"""

# Classes of SQLSTATE that are transient: connection, resources, operator's intervention, rolled
# back in favour of another transaction (PostgreSQL's manual, appendix "Error Codes").
_TRANSIENT = ("08", "53", "57", "40")

# SQLSTATEs of a statement about a table or a column that does not exist.
CHANGED = ("42P01", "42703")


def prepare(connection: Connection) -> str:
    """Make the settings of a new connection, and return the schema's state, in one statement.

    The connection is closed if that fails.
    """
    values = "".join(
        f", set_config('{name}', '{value}', false)" for name, value in SETTINGS.items()
    )
    try:
        with hung_up_is_interface_error():
            # A transaction would cost two more round trips.
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"SELECT ({STATE}){values}{_CHECK_INTERVAL}")
            state = str(cursor.fetchone()[0])
            cursor.close()
            connection.autocommit = False
    except BaseException:
        with suppress(pg8000.dbapi.Error, OSError):
            connection.close()
        raise
    return state


def away() -> Unavailable:
    """Return the error of a database that does not answer."""
    return Unavailable(
        "database-unavailable",
        "The database is not available at the moment. Please try again.",
    )


def is_transient(cause: BaseException | None) -> bool:
    """Return whether an error of the driver ends by itself."""
    if isinstance(cause, pg8000.dbapi.InterfaceError | OSError):
        return True
    return fields_of(cause).get("C", "").startswith(_TRANSIENT)


def fault(error: BaseException | None) -> Mapping[str, str]:
    """Return PostgreSQL's fields of an error: `C` its SQLSTATE, `t` the table, `n` the constraint.

    Empty for any other error. `error`: of the driver, or an `Unavailable` made of one.
    """
    return fields_of(error.__cause__ if isinstance(error, Unavailable) else error)


def fields_of(cause: BaseException | None) -> Mapping[str, str]:
    """Return PostgreSQL's fields of an error of the driver; empty if it has none."""
    fields = cause.args[0] if cause is not None and cause.args else None
    return fields if isinstance(fields, dict) else {}
