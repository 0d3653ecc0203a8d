"""Parts of every function that API Gateway calls, or that uses the database."""

from typing import TYPE_CHECKING

from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.secrets import read_secret
from openevent.edge.settings import ApiSettings, DatabaseSettings
from openevent.rights import identity
from openevent.rights.identity import Claims

if TYPE_CHECKING:
    from openevent.edge.http import Api


def database_credentials(settings: DatabaseSettings) -> Credentials:
    """Return the credentials of the settings' secret. Raises `Unavailable` or `ValueError`."""
    return Credentials.from_secret(
        read_secret(settings.database_secret_arn),
        host=settings.database_host or None,
        port=settings.database_port,
        dbname=settings.database_name or None,
    )


def open_plain(settings: DatabaseSettings) -> Database:
    """Return the database of the settings. Its secret is read for each connection."""
    return Database(lambda: database_credentials(settings))


class Calling:
    """Base of the functions that API Gateway calls: each has callers."""

    settings: ApiSettings

    def __init__(self, settings: ApiSettings) -> None:
        """Connect to nothing yet."""
        self.settings = settings
        self.database = open_plain(settings)

    def claims(self, api: "Api") -> Claims:
        """Return what the token of the current request claims. Raises `Unauthenticated`."""
        key = read_secret(self.settings.jwt_secret_arn)
        return identity.verify(api.header("Authorization"), key)
