"""Show one invite to its event's team, or to its invitee."""

from dataclasses import dataclass

from openevent.invites.rules import Invite, RoleRow
from openevent.invites.services import Services
from openevent.invites.session import InviteSession
from openevent.rights.events import Event
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class Read:
    """An invite, its event, and its role where it has one."""

    invite: Invite
    event: Event
    role: RoleRow | None


def read_invite(services: Services, claims: Claims, name: str) -> Read:
    """Return the invite of the id `name`. Raises `NotFound`, also if the caller may not read it."""
    with services.database.snapshot() as session:
        call = InviteSession.begin(session, claims)
        found = call.find(name)
        return Read(found.invite, found.event, call.team.role_of_id(found.invite.role_id))
