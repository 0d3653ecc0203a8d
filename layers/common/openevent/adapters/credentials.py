"""Credentials of Open Event's database, and connections made with them."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pg8000.dbapi

from openevent.adapters.driver import Connection

# Seconds after which a database that does not answer counts as unavailable: below the 29 s of API
# Gateway, and far above what the statements of one message, or one fetch of rows, take.
TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """Address of the database, and the user to connect as.

    A `host` that begins with a slash is the directory of a Unix socket (libpq's convention).
    `sslmode`: `disable`, `require` (encrypted) or `verify-full` (the certificate and the name in
    it are verified as well). `sslrootcert`: PEM text of the only authorities that are trusted; by
    default these are the system's and those in `certificates/`, among them Amazon RDS's.
    """

    host: str
    dbname: str
    username: str
    password: str | None = field(default=None, repr=False)
    port: int = 5432
    sslmode: str = "verify-full"
    sslrootcert: str | None = None

    @classmethod
    def from_secret(cls, text: str, **replaced: str | int | None) -> "Credentials":
        """Return those of a secret: the JSON object that Secrets Manager keeps for RDS.

        `replaced`: values of `host`, `port` and `dbname` that are used instead of the secret's,
        unless they are None. Raises `ValueError` if a value is missing.
        """
        fields = json.loads(text) | {k: v for k, v in replaced.items() if v is not None}
        known = {name: fields[name] for name in cls.__slots__ if fields.get(name) is not None}
        missing = [name for name in ("host", "dbname", "username") if name not in known]
        if missing:
            raise ValueError(
                f"The database's secret has no {' and no '.join(missing)}. Add it to the secret, "
                "or set DatabaseHost and DatabaseName, and deploy again."
            )
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
            sslmode=options.get("sslmode", "verify-full"),
        )

    def connect(self) -> Connection:
        """Return a new connection. Raises the driver's `InterfaceError` if there is none."""
        options: dict[str, Any] = {"host": self.host, "port": self.port}
        if self.host.startswith("/"):
            options = {"unix_sock": f"{self.host}/.s.PGSQL.{self.port}"}
        with hung_up_is_interface_error():
            return Connection(
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
            return _verifying(self.sslrootcert)
        # Not the default context: it loads certificates, which takes longer than to connect.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


@cache
def _verifying(authorities: str | None) -> ssl.SSLContext:
    """Return how to connect with a verified certificate, made once: it takes about 40 ms."""
    if authorities:
        return ssl.create_default_context(cadata=authorities)
    context = ssl.create_default_context()
    for file in files("openevent").joinpath("certificates").iterdir():
        if file.name.endswith(".pem"):
            context.load_verify_locations(cadata=file.read_text(encoding="ascii"))
    return context


@contextmanager
def hung_up_is_interface_error() -> Iterator[None]:
    """Turn errors of the operating system into the driver's.

    The driver lets them through when a line breaks or is silent.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise pg8000.dbapi.InterfaceError(
            f"The certificate of the database is not valid: {error.verify_message}"
        ) from error
    except OSError as error:
        raise pg8000.dbapi.InterfaceError("The database hung up") from error
