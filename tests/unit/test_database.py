"""Where the database is, and how to go there."""

import json
import ssl
from typing import Any

import pytest

from openevent.adapters.credentials import Credentials

PLACE: dict[str, Any] = {"host": "db.example", "dbname": "oevent", "username": "open"}


def test_a_secret_as_secrets_manager_keeps_it() -> None:
    secret = {**PLACE, "port": "5433", "password": "p", "engine": "postgres", "sslrootcert": None}
    assert Credentials.from_secret(json.dumps(secret)) == Credentials(
        "db.example", "oevent", "open", "p", 5433, "require", None
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


def test_over_tcp_it_is_encrypted_unless_said_otherwise() -> None:
    context = Credentials(**PLACE)._tls()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_with_verify_full_the_server_has_to_prove_itself() -> None:
    context = Credentials(**PLACE, sslmode="verify-full")._tls()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_disabled_is_not_left_to_the_driver() -> None:
    assert Credentials(**PLACE, sslmode="disable")._tls() is False


def test_a_unix_socket_is_not_encrypted() -> None:
    assert Credentials("/run/pg", "d", "u")._tls() is False
