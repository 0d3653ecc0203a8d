"""Access tokens as the Open Event server issues them."""

import time
from uuid import uuid4

import jwt

# Seconds; as long as a stack may run. The server's own tokens last one day.
LIFETIME = 30 * 24 * 60 * 60


def token(user_id: int, secret: str, **claims: object) -> str:
    """Return an access token signed with SECRET_KEY; `claims` replace the usual ones."""
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
