"""The token of Open Event's server: what is taken, and every refusal."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.errors import Unauthenticated
from openevent.rights.identity import Claims, database_id, verify
from tests.factories import token

KEY = "the key of the server, long enough for HS256"
OTHER_KEY = "the key of another server, as long as the first"
NOW = datetime.now(UTC)


def refusal(authorization: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verify(authorization, KEY)
    return caught.value.code


@pytest.mark.parametrize("scheme", ["JWT", "Bearer", "jwt", "BEARER"])
@pytest.mark.parametrize("identity", [7, "7"])
def test_a_token_of_the_server(scheme: str, identity: int | str) -> None:
    issued = datetime(2026, 11, 21, 10, tzinfo=UTC)
    text = token(7, KEY, identity=identity, iat=issued, nbf=issued)
    assert verify(f"{scheme} {text}", KEY) == Claims(7, issued)


def test_blanks_around_it_do_no_harm() -> None:
    assert verify(f"  JWT   {token(7, KEY)}  ", KEY).user_id == 7


@pytest.mark.parametrize("authorization", [None, ""])
def test_no_token(authorization: str | None) -> None:
    assert refusal(authorization) == "token-missing"


@pytest.mark.parametrize("authorization", [" ", "JWT", "JWT ", "Basic YTpi", "Token abc", "abc"])
def test_another_scheme_or_none(authorization: str) -> None:
    assert refusal(authorization) == "token-malformed"


def test_an_expired_token() -> None:
    text = token(7, KEY, exp=NOW - timedelta(seconds=60))
    assert refusal(f"JWT {text}") == "token-expired"


def test_clocks_may_differ_by_seconds_when_a_token_begins() -> None:
    early = datetime.now(UTC) + timedelta(seconds=5)
    assert verify(f"JWT {token(7, KEY, iat=early, nbf=early)}", KEY).user_id == 7


@pytest.mark.parametrize("ago", [0, 1, 5, 9, 11])
def test_defect_11_a_token_that_expired_is_refused(ago: int) -> None:
    """Issue 10: a leeway of ten seconds let an expired token start an export."""
    text = token(7, KEY, exp=datetime.now(UTC) - timedelta(seconds=ago))
    assert refusal(f"JWT {text}") == "token-expired"


INVALID = {
    "signed with another key": token(7, OTHER_KEY),
    "not valid yet": token(7, KEY, nbf=NOW + timedelta(hours=1)),
    "a refresh token": token(7, KEY, type="refresh"),
    "of no type": token(7, KEY, type=None),
    "without an identity": token(7, KEY, identity=None),
    "of a name": token(7, KEY, identity="root"),
    "of user 0": token(0, KEY),
    "of a negative user": token(7, KEY, identity="-7"),
    "of a user beyond the database's integers": token(2**31, KEY),
    "of True": token(True, KEY),  # noqa: FBT003 - the value is the point
    "of a fraction": token(7, KEY, identity=7.0),
    "of a list": token(7, KEY, identity=[7]),
    "without a signature": jwt.encode(
        {"identity": 7, "type": "access", "iat": NOW, "exp": NOW + timedelta(days=1)},
        "",
        algorithm="none",
    ),
    "signed otherwise": jwt.encode(
        {"identity": 7, "type": "access", "iat": NOW, "exp": NOW + timedelta(days=1)},
        KEY * 2,
        algorithm="HS512",
    ),
    "that never expires": jwt.encode(
        {"identity": 7, "type": "access", "iat": NOW}, KEY, algorithm="HS256"
    ),
    "issued at no time": jwt.encode(
        {"identity": 7, "type": "access", "exp": NOW + timedelta(days=1)}, KEY, algorithm="HS256"
    ),
    "issued at an invalid time": token(7, KEY, iat="yesterday"),
    "issued out of this world": token(7, KEY, iat=1e300),
    "no token": "abc.def.ghi",
    "two tokens": f"{token(7, KEY)} {token(7, KEY)}",
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID.keys())
def test_a_token_that_is_not_valid(text: str) -> None:
    assert refusal(f"JWT {text}") == "token-invalid"


@given(st.text())
def test_junk_is_refused(junk: str) -> None:
    refusal(junk)
    refusal(f"JWT {junk}")


@given(
    st.dictionaries(
        st.sampled_from(["identity", "type", "iat", "exp", "nbf", "jti", "aud", "sub", "iss"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()),
    )
)
def test_no_signed_claims_break_it(claims: dict[str, object]) -> None:
    text = jwt.api_jws.encode(jwt.PyJWT._encode_payload(jwt.PyJWT(), claims), KEY)
    try:
        user_id = verify(f"JWT {text}", KEY).user_id
    except Unauthenticated:
        return
    assert claims["type"] == "access"
    assert database_id(claims["identity"]) == user_id


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        ("1", 1),
        ("0012", 12),
        (2**31 - 1, 2**31 - 1),
        ("2147483647", 2147483647),
        ("2147483648", None),
        ("00000000012", None),
        (0, None),
        ("0", None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1 ", None),
        ("1_0", None),
        ("1.0", None),
        ("١٢", None),
        ("²", None),
        ("934ebe39", None),
        (True, None),
        (None, None),
        (1.0, None),
    ],
)
def test_what_can_be_an_id(value: object, expected: int | None) -> None:
    assert database_id(value) == expected
