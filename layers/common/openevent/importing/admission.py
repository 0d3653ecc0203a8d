"""Admission of a call that imports: from its token to a user who may import."""

from enum import StrEnum

from openevent.adapters.database import Rows
from openevent.errors import Forbidden
from openevent.rights.identity import Claims, User, load_user


class Importers(StrEnum):
    """Users who may import: the values of the parameter ImportAllowed."""

    ANY = "any"
    VERIFIED = "verified"
    STAFF = "staff"


def admit_importer(session: Rows, claims: Claims, allowed: Importers) -> User:
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
    if not user.is_verified:
        raise Forbidden(
            "address-unverified",
            "Your e-mail address is not verified yet. Open the link in the mail that you got when "
            "you registered, and import again.",
        )
    return user
