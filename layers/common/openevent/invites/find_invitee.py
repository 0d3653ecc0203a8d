"""Whom a token was mailed to, so that a client can send him to log in or to register."""

from openevent.invites import rules
from openevent.invites.rules import Status
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team


def find_invitee(services: Services, token: str, source_ip: str) -> str:
    """The address `token` was mailed to, spelled as its user spells it when it has one.

    Clients compare it to their user's, letter by letter. Raises what accepting would: `NotFound`,
    `Conflict` when it was declined, `Gone` when it expired; and `TooManyRequests`.
    """
    services.limits.count_token_lookup(source_ip)
    with services.database.snapshot() as session:
        store = InviteStore(session)
        invite = store.find_by_token(token)
        store.event_of(invite)
        rules.is_answered(invite, Status.ACCEPTED, services.validity())
        user = Team(session).user_of_address(invite.email)
    return invite.email.strip() if user is None else user.email
