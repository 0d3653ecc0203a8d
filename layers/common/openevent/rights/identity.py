"""The caller: from the access token of Open Event's server to its user."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from aws_lambda_powertools import Logger
from sqlalchemy import select, true

from openevent.adapters.database import Session
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


def load_user(session: Session, claims: Claims) -> User:
    """Return the user of a token.

    Raises `Unauthenticated` if the user is unknown, deleted or blocked, or has logged out
    everywhere since the token was issued.
    """
    user = find_user(session, claims.user_id)
    if user is None:
        raise Unauthenticated("user-unknown", NOT_VALID)
    blacklist = session.schema.find(REVOKED_TOKENS)
    if blacklist is not None:
        query = select(blacklist.c.blacklisted_at).where(blacklist.c.user_id == user.id)
        logged_out_at = session.connection.execute(query).scalar()
        if logged_out_at is not None and claims.issued_at < logged_out_at:
            raise Unauthenticated("token-revoked", "You have logged out. Please log in again.")
    return user


def find_user(session: Session, user_id: int) -> User | None:
    """Return the user `user_id`; None if unknown, deleted or blocked.

    A database that lacks one of the `SAFEGUARDS` is asked for the others. A user whose column of
    `STAFF` is missing is no administrator of that kind.
    """
    _log_once(missing_safeguards(session.schema))
    schema = session.schema
    users = schema["users"]
    query = select(
        users.c.id,
        schema.column("users", "_email").label("email"),
        *(
            schema.optional("users", name)
            for name in ("first_name", "last_name", "is_verified", *STAFF)
        ),
    ).where(users.c.id == user_id, schema.not_deleted("users"))
    if "is_blocked" in users.c:
        query = query.where(users.c.is_blocked.is_not(true()))
    row = session.connection.execute(query).one_or_none()
    if row is None:
        return None
    return User(
        id=row.id,
        email=row.email,
        name=" ".join(part for part in (row.first_name, row.last_name) if part),
        is_staff=bool(row.is_admin or row.is_super_admin),
        is_verified=bool(row.is_verified),
    )


def missing_safeguards(schema: Schema) -> tuple[str, ...]:
    """Return which of the `SAFEGUARDS`, and of revoked tokens, the database lacks."""
    users = schema["users"]
    missing = [f"users.{name}" for name in SAFEGUARDS if name not in users.c]
    if schema.find(REVOKED_TOKENS) is None:
        missing.append(REVOKED_TOKENS)
    return tuple(missing)


@cache
def _log_once(missing: tuple[str, ...]) -> None:
    """Log the `missing` safeguards, the first time in this process."""
    if missing:
        logger.warning("The database lacks safeguards of accounts", extra={"missing": missing})
