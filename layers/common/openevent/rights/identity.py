"""The caller: from the access token of Open Event's server to its user."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from aws_lambda_powertools import Logger

from openevent.adapters.database import Rows
from openevent.adapters.schema import Schema
from openevent.errors import Unauthenticated

logger = Logger(child=True)

ALGORITHM = "HS256"
SCHEMES = ("jwt", "bearer")

NOT_VALID = "Your login is not valid. Please log in again."

# Seconds by which the clock of the server that issued a token may be ahead of ours. It lets a token
# begin early, and none end late.
LEEWAY = 10

# Ids are PostgreSQL integers.
MAX_ID = 2**31 - 1
MAX_DIGITS = len(str(MAX_ID))


# Columns of `users` that say who is an administrator.
STAFF = ("is_admin", "is_super_admin")

# Columns of `users` that decide who may call, and as what; and the table of the moments at which
# users logged out everywhere.
SAFEGUARDS = ("deleted_at", "is_blocked", *STAFF)
REVOKED_TOKENS = "user_token_blacklist_time"


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a verified token: its user, and the moment it was issued (UTC)."""

    user_id: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A user who is neither deleted nor blocked. Staff may do everything to every event.

    `is_verified`: whether the user proved to receive mail at the address; False if the database
    cannot say it.
    """

    id: int
    email: str
    name: str
    is_staff: bool
    is_verified: bool = False


def verify(authorization: str | None, key: str) -> Claims:
    """Return the claims of the access token in an `Authorization` header, signed with `key`.

    Raises `Unauthenticated` if the token is missing, malformed, expired, not yet valid, signed with
    another key, or of another type than `access`.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if not authorization:
        raise Unauthenticated("token-missing", "Please log in: this call needs an access token.")
    if scheme.lower() not in SCHEMES or not token:
        raise Unauthenticated(
            "token-malformed", "The header Authorization must have the form: JWT <token>."
        )
    try:
        claims = _decoded(token.strip(), key)
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated(
            "token-expired", "Your login has expired. Please log in again."
        ) from error
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Unauthenticated("token-invalid", NOT_VALID) from error
    user_id = database_id(claims.get("identity"))
    if claims.get("type") != "access" or user_id is None:
        raise Unauthenticated("token-invalid", NOT_VALID)
    return Claims(user_id, issued_at)


def _decoded(token: str, key: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        leeway=LEEWAY,
        options={"require": ["exp", "iat"], "verify_aud": False},
    )
    if int(claims["exp"]) <= time.time():
        raise jwt.ExpiredSignatureError
    return claims


def database_id(value: object) -> int | None:
    """Return `value` (an integer, or its decimal digits) as an id; None if it cannot be one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= MAX_ID else None


def load_user(session: Rows, claims: Claims) -> User:
    """Return the user of a token.

    Raises `Unauthenticated` if the user is unknown, deleted or blocked, or has logged out
    everywhere since the token was issued.
    """
    user = find_user(session, claims.user_id)
    if user is None:
        raise Unauthenticated("user-unknown", NOT_VALID)
    if session.schema.has(REVOKED_TOKENS):
        query = f"SELECT blacklisted_at FROM {REVOKED_TOKENS} WHERE user_id = %s"  # noqa: S608 - a constant
        found = session.rows(query, user.id)
        logged_out_at = found[0][0] if found else None
        if logged_out_at is not None and claims.issued_at < logged_out_at:
            raise Unauthenticated("token-revoked", "You have logged out. Please log in again.")
    return user


def find_user(session: Rows, user_id: int) -> User | None:
    """Return the user `user_id`; None if unknown, deleted or blocked.

    A database that lacks one of the `SAFEGUARDS` is asked for the others. A user whose column of
    `STAFF` is missing is no administrator of that kind.
    """
    _log_once(missing_safeguards(session.schema))
    schema = session.schema
    schema.require("users", "id", "_email")
    columns = ("first_name", "last_name", "is_verified", *STAFF)
    fields = ", ".join(name if schema.has("users", name) else "NULL" for name in columns)
    conditions = ["id = %s"]
    if schema.has("users", "deleted_at"):
        conditions.append("deleted_at IS NULL")
    if schema.has("users", "is_blocked"):
        conditions.append("is_blocked IS NOT true")
    query = f"SELECT id, _email, {fields} FROM users WHERE {' AND '.join(conditions)}"  # noqa: S608 - names of this module
    for id_, email, first_name, last_name, verified, *staff in session.rows(query, user_id):
        name = " ".join(part for part in (first_name, last_name) if part)
        return User(id_, email, name, is_staff=any(staff), is_verified=bool(verified))
    return None


def missing_safeguards(schema: Schema) -> tuple[str, ...]:
    """Return which of the `SAFEGUARDS`, and of revoked tokens, the database lacks."""
    schema.require("users")
    missing = [f"users.{name}" for name in SAFEGUARDS if not schema.has("users", name)]
    if not schema.has(REVOKED_TOKENS):
        missing.append(REVOKED_TOKENS)
    return tuple(missing)


@cache
def _log_once(missing: tuple[str, ...]) -> None:
    """Log the `missing` safeguards, the first time in this process."""
    if missing:
        logger.warning("The database lacks safeguards of accounts", extra={"missing": missing})
