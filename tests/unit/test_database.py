"""Where the database is, and how to go there."""

import json
import re
import ssl
from importlib.resources import files
from typing import Any, cast

import pg8000.dbapi
import pytest

from openevent.adapters.credentials import Credentials
from openevent.edge.settings import DatabaseSettings
from openevent.errors import Unavailable
from openevent.wiring import calling

# Seconds since 1970. The roots that RDS uses today are valid longer.
YEAR_2060 = 2_840_140_800

PLACE: dict[str, Any] = {"host": "db.example", "dbname": "oevent", "username": "open"}


def test_a_secret_as_secrets_manager_keeps_it() -> None:
    secret = {**PLACE, "port": "5433", "password": "p", "engine": "postgres", "sslrootcert": None}
    assert Credentials.from_secret(json.dumps(secret)) == Credentials(
        "db.example", "oevent", "open", "p", 5433, "verify-full", None
    )


def test_a_secret_that_rds_manages_is_completed_by_parameters() -> None:
    """Issue 11: such a secret has a user name and a password, and cannot be changed."""
    secret = json.dumps({"username": "open", "password": "p"})

    assert Credentials.from_secret(
        secret, host="db.example", port=None, dbname="oevent"
    ) == Credentials("db.example", "oevent", "open", "p", 5432)


def test_parameters_are_used_instead_of_values_in_the_secret() -> None:
    secret = json.dumps({**PLACE, "port": 5433})

    assert Credentials.from_secret(secret, host="replica", port=5434, dbname=None) == Credentials(
        "replica", "oevent", "open", None, 5434
    )


def test_a_value_that_is_nowhere_is_named() -> None:
    secret = json.dumps({"username": "open", "password": "hush"})

    with pytest.raises(ValueError, match="no host and no dbname") as caught:
        Credentials.from_secret(secret)
    assert "hush" not in str(caught.value)


def test_the_wiring_completes_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = json.dumps({"username": "open", "password": "p"})
    monkeypatch.setattr(calling, "read_secret", {"arn": secret}.__getitem__)
    connected: list[Credentials] = []

    def connect(self: Credentials) -> None:
        connected.append(self)
        raise pg8000.dbapi.InterfaceError

    monkeypatch.setattr(Credentials, "connect", connect)
    settings = DatabaseSettings.model_validate(
        {
            "database_secret_arn": "arn",
            "database_host": "db.example",
            "database_port": "5433",
            "database_name": "oevent",
        }
    )

    with pytest.raises(Unavailable), calling.open_plain(settings).snapshot():
        pass

    assert connected == [Credentials("db.example", "oevent", "open", "p", 5433)]


def test_empty_parameters_leave_the_secret_unchanged() -> None:
    settings = DatabaseSettings.model_validate(
        {"database_secret_arn": "a", "database_host": "", "database_port": "", "database_name": ""}
    )

    assert (settings.database_host, settings.database_port, settings.database_name) == (
        "",
        None,
        "",
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://us%40r:p%3Aw@db.example:5433/my%20db?sslmode=verify-full",
            Credentials("db.example", "my db", "us@r", "p:w", 5433, "verify-full"),
        ),
        ("postgresql://u@/d?host=/run/pg", Credentials("/run/pg", "d", "u")),
        ("postgresql://u@/d?host=/run/pg&port=6000", Credentials("/run/pg", "d", "u", port=6000)),
        ("postgresql://localhost/d", Credentials("localhost", "d", "postgres")),
    ],
)
def test_an_address(url: str, expected: Credentials) -> None:
    assert Credentials.from_url(url) == expected


def test_the_password_is_asked_for_in_no_text() -> None:
    credentials = Credentials(**PLACE, password="hush")
    assert "hush" not in repr(credentials)


def test_require_encrypts_for_any_certificate() -> None:
    context = Credentials(**PLACE, sslmode="require")._tls()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_over_tcp_the_server_has_to_prove_itself_unless_said_otherwise() -> None:
    """Issue 11: the default was to accept any certificate."""
    context = Credentials(**PLACE)._tls()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_disabled_is_not_left_to_the_driver() -> None:
    assert Credentials(**PLACE, sslmode="disable")._tls() is False


def test_a_unix_socket_is_not_encrypted() -> None:
    assert Credentials("/run/pg", "d", "u")._tls() is False


def test_the_layer_has_three_root_certificates_of_rds_for_each_region() -> None:
    text = files("openevent").joinpath("certificates", "amazon-rds.pem").read_text("ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=text)
    roots = context.get_ca_certs()

    names = []
    for root in roots:
        assert root["subject"] == root["issuer"]
        subject = dict(pair for (pair,) in cast("tuple[tuple[tuple[str, str]]]", root["subject"]))
        assert subject["organizationName"] == "Amazon Web Services, Inc."
        names.append(subject["commonName"])
        assert ssl.cert_time_to_seconds(str(root["notAfter"])) > YEAR_2060
    found = [
        re.fullmatch(r"Amazon RDS ([a-z]+-[a-z]+-\d) Root CA (\w+) G1", name) for name in names
    ]
    by_region: dict[str, set[str]] = {}
    for match in found:
        assert match
        by_region.setdefault(match[1], set()).add(match[2])

    assert set(map(frozenset, by_region.values())) == {frozenset({"RSA2048", "RSA4096", "ECC384"})}
    assert len(roots) == 3 * len(by_region) == 84
    assert {"us-east-1", "eu-central-1", "ap-south-1"} <= set(by_region)


def test_the_root_certificates_of_rds_are_trusted_by_default() -> None:
    context = Credentials(**PLACE)._tls()

    assert isinstance(context, ssl.SSLContext)
    assert "Amazon RDS eu-central-1 Root CA RSA2048 G1" in str(context.get_ca_certs())
