"""Credentials of Open Event's database, and connections made with them."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.dbapi

# Seconds after which a database that does not answer counts as unavailable: below the 29 s of API
# Gateway, and far above what a statement, or one fetch of a streamed one, takes.
TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """Address of the database, and the user to connect as.

    A `host` that begins with a slash is the directory of a Unix socket (libpq's convention).
    `sslmode`: `disable`, `require` (encrypted) or `verify-full` (the certificate is checked as
    well, against `sslrootcert`, PEM text, if given). Over TCP the default is `require`.
    """

    host: str
    dbname: str
    username: str
    password: str | None = field(default=None, repr=False)
    port: int = 5432
    sslmode: str = "require"
    sslrootcert: str | None = None

    @classmethod
    def from_secret(cls, text: str) -> "Credentials":
        """Return those of a secret: the JSON object that Secrets Manager keeps for RDS."""
        fields = json.loads(text)
        known = {name: fields[name] for name in cls.__slots__ if fields.get(name) is not None}
        if "port" in known:
            known["port"] = int(known["port"])
        return cls(**known)

    @classmethod
    def from_url(cls, url: str) -> "Credentials":
        """Return those of an address.

        `postgresql://user:password@host:port/dbname?sslmode=…`, or `?host=/directory`.
        """
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return cls(
            host=options.get("host") or parts.hostname or "localhost",
            port=int(options.get("port") or parts.port or 5432),
            dbname=unquote(parts.path.lstrip("/")),
            username=unquote(parts.username or "postgres"),
            password=unquote(parts.password) if parts.password else None,
            sslmode=options.get("sslmode", "require"),
        )

    def connect(self) -> pg8000.dbapi.Connection:
        """Return a new connection. Raises the driver's `InterfaceError` if there is none."""
        options: dict[str, Any] = {"host": self.host, "port": self.port}
        if self.host.startswith("/"):
            options = {"unix_sock": f"{self.host}/.s.PGSQL.{self.port}"}
        with hung_up_is_interface_error():
            return pg8000.dbapi.connect(
                user=self.username,
                password=self.password,
                database=self.dbname,
                timeout=TIMEOUT,
                application_name="open-event-functions",
                ssl_context=self._tls(),
                **options,
            )

    def _tls(self) -> ssl.SSLContext | Literal[False]:
        """Return how to encrypt; False for not at all (None would leave it to the driver)."""
        if self.host.startswith("/") or self.sslmode == "disable":
            return False
        if self.sslmode == "verify-full":
            return ssl.create_default_context(cadata=self.sslrootcert)
        # Not the default context: it loads certificates, which takes longer than to connect.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


@contextmanager
def hung_up_is_interface_error() -> Iterator[None]:
    """Turn errors of the operating system into the driver's.

    The driver lets them through when a line breaks or is silent.
    """
    try:
        yield
    except OSError as error:
        raise pg8000.dbapi.InterfaceError("The database hung up") from error
