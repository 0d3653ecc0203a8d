"""Admission of a call that imports: from its token to a user who may import."""

from enum import StrEnum

from sqlalchemy import select

from openevent.adapters.database import Session
from openevent.errors import Forbidden
from openevent.rights.identity import Claims, User, load_user


class Importers(StrEnum):
    """Users who may import: the values of the parameter ImportAllowed."""

    ANY = "any"
    VERIFIED = "verified"
    STAFF = "staff"


def admit_importer(session: Session, claims: Claims, allowed: Importers) -> User:
    """Return the user of a token, who may import. Staff always may.

    Raises `Unauthenticated` or `Forbidden`.
    """
    user = load_user(session, claims)
    if user.is_staff or allowed is Importers.ANY:
        return user
    if allowed is Importers.STAFF:
        raise Forbidden(
            "import-forbidden", "Only administrators may import events. Please ask one of them."
        )
    if not _is_verified(session, user):
        raise Forbidden(
            "address-unverified",
            "Your e-mail address is not verified yet. Open the link in the mail that you got when "
            "you registered, and import again.",
        )
    return user


def _is_verified(session: Session, user: User) -> bool:
    """Return whether the user's address is verified; False if the database cannot say it."""
    users = session.schema["users"]
    if "is_verified" not in users.c:
        return False
    query = select(users.c.is_verified).where(users.c.id == user.id)
    return bool(session.connection.execute(query).scalar())
