"""Issue 16: an export asks the database for as little as its files need."""

import pytest

from bench import round_trips
from bench.database import EVENT
from bench.typical import statements
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from tests import warm

# The greeting, the state of the schema and the settings, the event with BEGIN; the limits and the
# rows of all files; the four of the schedules with their tables; the forms and the rows of the
# tables for spreadsheets; the goodbye.
WARM = 15


def test_round_trips_of_an_export_of_a_typical_event(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new process needs one more than a warm one, in which it reads the schema."""
    monkeypatch.setattr(Database, "_schema_of", warm._schema_of)
    connection = Credentials.from_url(database_url).connect()
    for statement in (EVENT, *statements()):
        connection.cursor().execute(statement)
    connection.commit()
    connection.close()

    with round_trips.counted(database_url) as (url, traffic):
        database = Database(lambda: Credentials.from_url(url))
        counts = []
        for _ in range(2):
            round_trips.export(database)
            counts.append(traffic.take())

    assert counts == [(1, WARM + 1), (1, WARM)]
