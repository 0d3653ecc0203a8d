"""The database, opened for the checks of all areas once its connection was examined."""

from collections.abc import Iterator
from contextlib import contextmanager

from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database, Session


class NotReached(Exception):
    """The database was not reached, so nothing in it can be examined."""


class DatabaseOpening:
    """The way to the database: closed until a check has connected, so that none waits in vain."""

    def __init__(self) -> None:
        """Closed."""
        self._database: Database | None = None

    def open_with(self, credentials: Credentials) -> None:
        """Let the next checks connect with `credentials`."""
        self._database = Database(lambda: credentials)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session that writes nothing. Raises `NotReached`."""
        if self._database is None:
            raise NotReached
        with self._database.snapshot() as session:
            yield session
