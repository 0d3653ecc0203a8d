"""Area: the key of access tokens."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import jwt

from openevent.doctor.connecting import secret_fault
from openevent.doctor.finding import Check, Result, fault, ok, warning
from openevent.doctor.opening import DatabaseOpening
from openevent.errors import Unauthenticated, Unavailable
from openevent.rights import identity

_SAME_KEY = (
    "Put the Open Event server's SECRET_KEY, unchanged, into the secret that JwtSecretArn names. "
    "The functions use it within five minutes."
)
_LOG_IN = "Log in to the web client again, and paste the token of a request that it then sends."

_ADVICE: Mapping[str, tuple[str, str]] = {
    "token-expired": ("The token is signed with the key, but has expired.", _LOG_IN),
    "token-invalid": (
        "The token is signed with the key, but is not an access token of a user.",
        _LOG_IN,
    ),
    "user-unknown": (
        "The token's user is not in the database, or is deleted or blocked.",
        (
            "Use the token of an active user. If the user is active, the database is not that of "
            "the server that issued the token: correct DatabaseSecretArn."
        ),
    ),
    "token-revoked": ("The token's user has logged out everywhere since.", _LOG_IN),
}


@dataclass(frozen=True)
class TokenKeyArea:
    """The server's key, and a token that the operator pastes, if any.

    `read`: returns the key or raises `Unavailable`.
    """

    read: Callable[[], str]
    opening: DatabaseOpening
    token: str | None

    name = "token key"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {"secret": self._secret, "token": self._token}

    def _secret(self) -> Iterator[Result]:
        try:
            key = self.read()
        except Unavailable as error:
            yield secret_fault(error, "JwtSecretArn")
            return
        if not key.strip():
            yield fault("The secret is empty.", _SAME_KEY)
        elif key != key.strip():
            yield warning(
                "The secret begins or ends with a space or a line break.",
                f"Unless the server's key does, too: {_SAME_KEY}",
            )
        elif key.startswith("{"):
            yield warning(
                "The secret looks like a JSON object.",
                f"Its whole text is used as the key. {_SAME_KEY}",
            )
        else:
            yield ok("The secret is readable.")

    def _token(self) -> Iterator[Result]:
        if self.token is None:
            yield ok("Not compared with a token. To do that, run make doctor TOKEN=….")
            return
        token = self.token.split()[-1] if self.token.split() else ""
        key = self.read()
        if not _is_token(token):
            yield fault("The pasted text is not an access token.", _LOG_IN)
        elif not _is_signed(token, key):
            yield fault("The token is signed with another key.", _SAME_KEY)
        else:
            yield self._verified(token, key)

    def _verified(self, token: str, key: str) -> Result:
        try:
            claims = identity.verify(f"JWT {token}", key)
            with self.opening.session() as session:
                identity.load_user(session, claims)
        except Unauthenticated as error:
            return fault(
                *_ADVICE.get(error.code, (f"The token is refused: {error.code}.", _LOG_IN))
            )
        return ok("The token is valid, and its user is known.")


def _is_token(token: str) -> bool:
    try:
        return jwt.get_unverified_header(token).get("alg") == identity.ALGORITHM
    except jwt.InvalidTokenError:
        return False


def _is_signed(token: str, key: str) -> bool:
    try:
        jwt.decode(
            token,
            key,
            algorithms=[identity.ALGORITHM],
            options={"verify_exp": False, "verify_nbf": False, "verify_aud": False},
        )
    except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
        return False
    except jwt.InvalidTokenError:
        return True
    return True
