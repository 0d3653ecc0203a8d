"""SQLAlchemy's dialect for PostgreSQL and pg8000, which asks a new server for nothing."""

from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

URL = "postgresql+openevent://"

# The oldest version that is supported. The statements are those that any later one understands.
OLDEST = (11,)


class Dialect(PGDialect_pg8000):
    """The dialect of pg8000, without the five questions that SQLAlchemy asks a server first.

    `standard_conforming_strings` is on in each connection (`database`).
    """

    supports_statement_cache = True

    def initialize(self, connection: Connection) -> None:
        """Take the server for one of the oldest version."""
        del connection
        self.server_version_info = OLDEST
        self.supports_identity_columns = True
        self._backslash_escapes = False


registry.register("postgresql.openevent", __name__, Dialect.__name__)
