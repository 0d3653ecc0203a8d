"""Find the address that a token was mailed to, so that a client can ask for its login."""

from openevent.invites import rules
from openevent.invites.rules import Status
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team


def find_invitee(services: Services, token: str, caller: str) -> str:
    """Return the address that `token` was mailed to, spelled as its user spells it, if it has one.

    Clients compare it to the address of their user, letter by letter. `caller`: the name under
    which the look-up is counted (`openevent.invites.limits`). Raises `NotFound`, `Conflict` if the
    invite was declined, `Gone` if it has expired, and `TooManyRequests`.
    """
    with services.limits.looking_up(caller), services.database.snapshot() as session:
        store = InviteStore(session)
        invite = store.find_by_token(token)
        store.event_of(invite)
        rules.is_answered(invite, Status.ACCEPTED, services.validity())
        user = Team(session).user_of_address(invite.email)
    return invite.email.strip() if user is None else user.email
