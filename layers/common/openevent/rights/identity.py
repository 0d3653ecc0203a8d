"""Who calls: from the token of Open Event's server to its user."""

from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from sqlalchemy import Connection, select, true

from openevent.adapters.database import Schema
from openevent.errors import Unauthenticated

ALGORITHM = "HS256"
SCHEMES = ("jwt", "bearer")

# Seconds that the clocks of the server that issued the token and of ours may differ.
LEEWAY = 10

# Ids are PostgreSQL integers.
MAX_ID = 2**31 - 1
MAX_DIGITS = len(str(MAX_ID))


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says: who, and since when (UTC)."""

    user_id: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A user who exists and is not blocked. Staff may do everything to every event."""

    id: int
    email: str
    name: str
    is_staff: bool


def verify(authorization: str | None, key: str) -> Claims:
    """The claims of the access token in an `Authorization` header, signed with `key`.

    Raises `Unauthenticated` when there is none, or one that is malformed, expired, not yet valid,
    signed otherwise, or of another type than `access`.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    if not authorization:
        raise Unauthenticated("token-missing", "An access token is required.")
    if scheme.lower() not in SCHEMES or not token:
        raise Unauthenticated("token-malformed", "Authorization must read 'JWT <token>'.")
    try:
        claims = jwt.decode(
            token.strip(),
            key,
            algorithms=[ALGORITHM],
            leeway=LEEWAY,
            options={"require": ["exp", "iat"], "verify_aud": False},
        )
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("token-expired", "The access token has expired.") from error
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Unauthenticated("token-invalid", "The access token is not valid.") from error
    user_id = database_id(claims.get("identity"))
    if claims.get("type") != "access" or user_id is None:
        raise Unauthenticated("token-invalid", "The access token is not valid.")
    return Claims(user_id, issued_at)


def database_id(value: object) -> int | None:
    """`value` (an integer, or its decimal digits) as an id; None when it cannot be one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= MAX_ID else None


def load_user(connection: Connection, schema: Schema, claims: Claims) -> User:
    """The user a token speaks for.

    Raises `Unauthenticated` when the user is unknown, deleted or blocked, or has logged out
    everywhere since the token was issued.
    """
    user = find_user(connection, schema, claims.user_id)
    if user is None:
        raise Unauthenticated("user-unknown", "The access token is not valid.")
    blacklist = schema.find("user_token_blacklist_time")
    if blacklist is not None:
        query = select(blacklist.c.blacklisted_at).where(blacklist.c.user_id == user.id)
        logged_out_at = connection.execute(query).scalar()
        if logged_out_at is not None and claims.issued_at < logged_out_at:
            raise Unauthenticated("token-revoked", "The access token was revoked.")
    return user


def find_user(connection: Connection, schema: Schema, user_id: int) -> User | None:
    """The user `user_id`, or None when unknown, deleted or blocked."""
    users = schema["users"]
    query = select(
        users.c.id,
        users.c["_email"].label("email"),
        users.c.first_name,
        users.c.last_name,
        users.c.is_admin,
        users.c.is_super_admin,
    ).where(users.c.id == user_id, users.c.deleted_at.is_(None))
    if "is_blocked" in users.c:  # Older versions of Open Event block nobody.
        query = query.where(users.c.is_blocked.is_not(true()))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return User(
        id=row.id,
        email=row.email,
        name=" ".join(part for part in (row.first_name, row.last_name) if part),
        is_staff=bool(row.is_admin or row.is_super_admin),
    )
