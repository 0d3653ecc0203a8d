"""Tokens as Open Event's server makes them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt

LIFETIME = timedelta(days=1)


def token(user_id: int | str, secret: str, **claims: object) -> str:
    """An access token of `user_id`, good for a day; `claims` replace those of the server."""
    now = datetime.now(UTC)
    return jwt.encode(
        {
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "jti": str(uuid4()),
            "identity": user_id,
            "fresh": True,
            "type": "access",
            "csrf": str(uuid4()),
            **claims,
        },
        secret,
        algorithm="HS256",
    )
