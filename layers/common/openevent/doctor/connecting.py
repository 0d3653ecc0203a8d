"""Area: the way to the database, from its secret to a connection."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import pg8000.dbapi

from openevent.adapters.credentials import Credentials
from openevent.doctor.causes import DENIED, aws_code, describe, find_cause
from openevent.doctor.finding import Check, Result, fault, ok
from openevent.doctor.opening import DatabaseOpening, NotReached
from openevent.errors import Unavailable

# Seconds for which the doctor waits for the database's host.
CONNECT_SECONDS = 5

# The oldest version of PostgreSQL that the functions' statements work with (docs/deploy.md).
OLDEST = 11

NEEDED = ("host", "dbname", "username")

# SQLSTATEs of a refused connection (PostgreSQL's manual, appendix "Error Codes").
_REFUSALS: Mapping[str, tuple[str, str]] = {
    "28P01": (
        "The database refuses the password of the user {user}.",
        "Put the user's current password into the secret, or set it in PostgreSQL with ALTER ROLE.",
    ),
    "28000": (
        "The database does not let the user {user} connect from here.",
        (
            "Check that the user exists and may log in, and that pg_hba.conf admits it from the "
            "functions' network. If the server requires TLS, set sslmode to verify-full."
        ),
    ),
    "3D000": (
        "The server has no database {name}.",
        (
            "Correct dbname in the secret, or DatabaseName if it is set: the name is in the "
            "Open Event server's DATABASE_URL."
        ),
    ),
    "42501": (
        "The user {user} may not connect to the database {name}.",
        'As its owner, run GRANT CONNECT ON DATABASE "{name}" TO "{user}".',
    ),
    "53300": (
        "The server has no free connection.",
        (
            "Raise max_connections, or lower WorkerConcurrency and set the reserved concurrency of "
            "the API functions."
        ),
    ),
}


_NO_PASSWORD = fault(
    "The server asks for a password, and the secret has none.", "Add the password to the secret."
)


def secret_fault(error: Unavailable, parameter: str) -> Result:
    """Return the fault of a secret that Secrets Manager did not return.

    `parameter`: the template's parameter that names the secret.
    """
    code = aws_code(error)
    if code in DENIED:
        return fault(
            "The role may not read the secret.",
            f"Check that {parameter} is the secret's complete ARN. If the secret is encrypted with "
            "a KMS key of your own, set SecretsKmsKeyArn.",
        )
    if code == "ResourceNotFoundException":
        return fault(
            "The secret does not exist, or has no value.",
            f"Create it, or correct {parameter}, and deploy again.",
        )
    if code is not None:
        return fault(
            f"Secrets Manager refuses the secret: {describe(error)}.",
            f"Correct the secret that {parameter} names.",
        )
    return fault(
        "Secrets Manager does not answer.",
        "If the functions are in a VPC, give their subnets a NAT gateway or an endpoint for "
        "Secrets Manager, and let the security group through.",
    )


@dataclass
class ConnectingArea:
    """From the secret to a connection. Opens `opening` for the areas that follow.

    `read`: returns the secret's text or raises `Unavailable`. `given`: values of credentials that
    are used instead of the secret's.
    """

    read: Callable[[], str]
    opening: DatabaseOpening
    given: Mapping[str, str | int] = field(default_factory=dict)
    _credentials: Credentials | None = field(default=None, init=False, repr=False)
    _found: bool = field(default=False, init=False)

    name = "database"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks, each of which needs the one before."""
        return {
            "secret": self._secret,
            "address": self._address,
            "connection": self._connection,
            "version": self._version,
        }

    def _secret(self) -> Iterator[Result]:
        try:
            text = self.read()
        except Unavailable as error:
            yield secret_fault(error, "DatabaseSecretArn")
            return
        try:
            fields = json.loads(text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            yield fault(
                "The secret is not a JSON object.",
                'Write it as {"host": …, "port": …, "dbname": …, "username": …, "password": …}.',
            )
            return
        missing = [name for name in NEEDED if not {**fields, **self.given}.get(name)]
        if missing:
            yield fault(
                f"The secret has no {' and no '.join(missing)}.",
                "Add it to the secret. A secret that RDS manages has a user name and a password "
                "only: set the parameters DatabaseHost, DatabasePort and DatabaseName.",
            )
            return
        try:
            self._credentials = Credentials.from_secret(json.dumps({**fields, **self.given}))
        except (ValueError, TypeError):
            yield fault("The secret's port is not a number.", "Correct the port in the secret.")
            return
        yield ok("The secret is readable and complete.")

    def _address(self) -> Iterator[Result]:
        credentials = self._credentials
        if credentials is None:
            raise NotReached
        place = f"{credentials.host}, port {credentials.port}"
        try:
            _connect(credentials)
        except socket.gaierror:
            yield fault(
                f"There is no host {credentials.host}.",
                "Correct the host in the secret, or DatabaseHost. The name of a private host "
                "resolves in its own VPC only: set VpcSubnetIds.",
            )
        except ConnectionRefusedError:
            yield fault(
                f"No database listens at {place}.",
                "Correct the port in the secret, or start the database.",
            )
        except TimeoutError:
            yield fault(
                f"{place}, does not answer within {CONNECT_SECONDS} s.",
                "Let the functions' security group in at the database's security group, and check "
                "the routes between the subnets.",
            )
        except OSError as error:
            yield fault(
                f"{place}, cannot be reached: {describe(error)}.",
                "Check the host in the secret, and the routes from the functions' subnets.",
            )
        else:
            self._found = True
            yield ok(f"Something listens at {place}.")

    def _connection(self) -> Iterator[Result]:
        credentials = self._credentials
        if credentials is None or not self._found:
            raise NotReached
        try:
            credentials.connect().close()
        except pg8000.dbapi.Error as error:
            yield refusal(error, credentials)
        except AttributeError:
            # The driver fails like this if it has no password and the server asks for one by SCRAM.
            if credentials.password is not None:
                raise
            yield _NO_PASSWORD
        else:
            self.opening.open_with(credentials)
            yield ok(
                f"Connected as {credentials.username} to {credentials.dbname}{_way(credentials)}."
            )

    def _version(self) -> Iterator[Result]:
        with self.opening.session() as session:
            [[number]] = session.rows("SHOW server_version_num")
        version = int(number) // 10_000
        if version < OLDEST:
            yield fault(
                f"The server is PostgreSQL {version}.",
                f"Upgrade it to PostgreSQL {OLDEST} or newer.",
            )
        else:
            yield ok(f"The server is PostgreSQL {version}.")


def refusal(error: pg8000.dbapi.Error, credentials: Credentials) -> Result:
    """Return the fault of a connection that the driver did not make."""
    # The driver can fail again when it closes the line of a refused connection.
    refused = find_cause(error, pg8000.dbapi.DatabaseError)
    if refused is not None and isinstance(refused.args[0], dict):
        state = str(refused.args[0].get("C"))
        found, advice = _REFUSALS.get(
            state,
            (
                f"The database refuses the connection with SQLSTATE {state}.",
                "Read the server's log.",
            ),
        )
        names = {"user": credentials.username, "name": credentials.dbname}
        return fault(found.format(**names), advice.format(**names))
    if find_cause(error, ssl.SSLCertVerificationError) is not None:
        return fault(
            "The server's certificate is not valid for its host, or not from a trusted authority.",
            "Use the host name that the certificate has. Unless the authority is Amazon RDS's, put "
            "its certificate (PEM) into the secret as sslrootcert.",
        )
    if find_cause(error, ssl.SSLError) is not None:
        return fault(
            "The server and the functions agree on no version of TLS.",
            "Let the server accept TLS 1.2 or newer.",
        )
    if "refuses SSL" in str(error):
        return fault(
            "The server accepts no encrypted connection.",
            "Turn TLS on in the server (ssl = on). If its network is private and trusted, set "
            "sslmode in the secret to disable.",
        )
    if "no password" in str(error):
        return _NO_PASSWORD
    return fault(
        f"The server ended the connection: {describe(error)}.",
        "Read the server's log. Check that PostgreSQL, and no other service, listens there.",
    )


def _connect(credentials: Credentials) -> None:
    """Connect to the host and hang up. Raises `OSError`."""
    if credentials.host.startswith("/"):
        with closing(socket.socket(socket.AF_UNIX)) as line:
            line.settimeout(CONNECT_SECONDS)
            line.connect(f"{credentials.host}/.s.PGSQL.{credentials.port}")
    else:
        address = (credentials.host, credentials.port)
        socket.create_connection(address, CONNECT_SECONDS).close()


def _way(credentials: Credentials) -> str:
    if credentials.host.startswith("/"):
        return " through a socket"
    return {
        "disable": " without encryption",
        "require": ", encrypted, without a check of the certificate",
    }.get(credentials.sslmode, ", encrypted, with a valid certificate")
