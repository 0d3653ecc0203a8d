"""Fixtures for every test: one server for the whole run, a fresh Open Event database for each."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Connection

from local import schema
from tests.database import Server, connect, engine, running_server

TEMPLATE = "open_event_template"

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; its database `TEMPLATE` has Open Event's schema and no row."""
    with running_server() as server:
        server.run(f"CREATE DATABASE {TEMPLATE}")
        with connect(server.url(TEMPLATE)) as connection:
            schema.create(connection)
            connection.commit()
        yield server


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    """The address of an empty Open Event database of this test's own."""
    name = f"open_event_{next(_numbers)}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield postgres.url(name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to this test's database; what is not committed is rolled back at the end."""
    database = engine(database_url)
    with database.connect() as connection:
        yield connection
    database.dispose()
