"""Fixtures for every test: one server for the whole run, a fresh Open Event database for each."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection

from local import schema
from tests.database import Server, engine, new_database, running_server
from tests.schedule import Schedule
from tests.warm import keep_warm

keep_warm()

# No verdict depends on how fast or how busy the machine is.
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Schedule:
    """Divide the tests among processes, where there are several."""
    return Schedule(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; `new_database` makes databases on it."""
    with running_server(schema.create) as server:
        yield server


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    """The address of an empty Open Event database of this test's own."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to this test's database; what is not committed is rolled back at the end."""
    with engine(database_url).connect() as connection:
        yield connection
