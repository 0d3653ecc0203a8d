"""Fixtures for every test: one server for the whole run, an empty Open Event database for each."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection

from local import schema
from tests import garbage
from tests.browser import Browser, running_browser
from tests.database import Server, engine, new_database, running_server
from tests.schedule import FIRST, Schedule
from tests.warm import keep_warm

garbage.pause()
keep_warm()

# Examples of property tests. `quick`, for each change: few, and the same in each run. `thorough`,
# for `make torture`: many, and others each time. No verdict depends on how busy the machine is.
_any_load = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _any_load, max_examples=40, derandomize=True)
settings.register_profile("thorough", _any_load, max_examples=1000)
settings.load_profile("quick")


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Schedule:
    """Divide the tests among processes, where there are several."""
    return Schedule(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """All tests of this process are imported."""
    garbage.end_start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for all tests of this process; see `tests.browser`."""
    with running_browser() as browser:
        yield browser
