"""Fixtures of the tests of exports: an event, its owner, and a job's record."""

import pytest
from sqlalchemy import Connection

from tests.factories import Row, make_event, make_user


@pytest.fixture
def owner(connection: Connection) -> Row:
    """The owner of the event, in the test's database."""
    user = make_user(connection, "owner@example.com")
    connection.commit()
    return user


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    """An event without anything."""
    made = make_event(connection, owner, name="PyCon")
    connection.commit()
    return made
