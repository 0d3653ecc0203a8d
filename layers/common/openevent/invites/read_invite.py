"""Show one invite to its event's team, or to its invitee."""

from dataclasses import dataclass

from openevent.invites.rules import Invite, RoleRow, same_address
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Action
from openevent.rights.events import Event, authorize
from openevent.rights.identity import Claims, load_user


@dataclass(frozen=True, slots=True)
class Read:
    """An invite, its event, and its role where it has one."""

    invite: Invite
    event: Event
    role: RoleRow | None


def read_invite(services: Services, claims: Claims, name: str) -> Read:
    """The invite of the id `name`. Raises `NotFound`, `Forbidden`."""
    with services.database.snapshot() as session:
        caller = load_user(session, claims)
        store = InviteStore(session)
        invite = store.find(name)
        event = store.event_of(invite)
        if not same_address(invite.email, caller.email):
            authorize(session, caller, event, Action.READ_INVITES)
        return Read(invite, event, Team(session).role_of_id(invite.role_id))
