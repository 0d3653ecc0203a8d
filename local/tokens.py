"""Tokens as the Open Event server gives them to its users."""

import time
from uuid import uuid4

import jwt

# A stack may be left running for as long; the server's own last a day.
LIFETIME = 30 * 24 * 60 * 60


def token(user_id: int, secret: str, **claims: object) -> str:
    """An access token, signed with the server's SECRET_KEY; `claims` replace the usual ones."""
    now = int(time.time())
    usual = {
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "jti": str(uuid4()),
        "identity": user_id,
        "fresh": True,
        "type": "access",
        "csrf": str(uuid4()),
    }
    return jwt.encode({**usual, **claims}, secret, algorithm="HS256")
