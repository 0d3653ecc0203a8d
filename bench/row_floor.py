"""Let PostgreSQL alone run the statements of an export: `python -m bench.row_floor DATABASE_URL`.

Exports event 1 first, to see the statements. Measures `COPY … TO '/dev/null'` of the same.
"""

import sys
import time

from bench import export_ours
from bench.measure import report
from openevent.adapters.credentials import Credentials
from openevent.adapters.driver import Connection


def main(database_url: str) -> None:
    """Report the time of all statements that read rows."""
    sent: list[str] = []

    send = Connection.send_QUERY

    def note(connection: Connection, statement: str) -> None:
        if statement.startswith("COPY "):
            sent.append(statement)
        send(connection, statement)

    setattr(Connection, "send_QUERY", note)  # noqa: B010 - a method
    export_ours.main(database_url)
    setattr(Connection, "send_QUERY", send)  # noqa: B010 - a method
    connection = Credentials.from_url(database_url).connect()
    cursor = connection.cursor()
    started = time.perf_counter()
    for statement in sent:
        cursor.execute(statement.replace(") TO STDOUT (", ") TO '/dev/null' ("))
    report(time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
