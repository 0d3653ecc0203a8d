"""The ticket in a link: its holder opens the page of one export, and downloads its archive.

A JWT with an audience and a key of its own: an access token is no ticket, and a ticket no token.
"""

from dataclasses import dataclass

import jwt

from openevent.errors import Gone, Unauthenticated
from openevent.rights.identity import ALGORITHM, database_id

AUDIENCE = "open-event-export-download"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The holder of a ticket, the job that it is for, and its end (epoch seconds)."""

    user_id: int
    task_id: str
    expires_at: int


def issue(ticket: Ticket, key: str) -> str:
    """Return the ticket as text, signed with `key`; equal tickets are equal texts."""
    claims = {
        "aud": AUDIENCE,
        "sub": str(ticket.user_id),
        "task": ticket.task_id,
        "exp": ticket.expires_at,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def verify(text: str, key: str) -> Ticket:
    """Return the ticket in `text`.

    Raises `Gone` if it has expired, `Unauthenticated` if it is not a valid ticket.
    """
    try:
        claims = jwt.decode(
            text,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "sub", "aud", "task"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise Gone("export-expired", "This export has expired. Please start a new one.") from error
    except jwt.InvalidTokenError as error:
        raise Unauthenticated("ticket-invalid", "This link is not valid.") from error
    user_id = database_id(claims["sub"])
    if user_id is None:
        raise Unauthenticated("ticket-invalid", "This link is not valid.")
    return Ticket(user_id, str(claims["task"]), int(claims["exp"]))
