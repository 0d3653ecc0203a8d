"""Take back an invite that was not accepted."""

from openevent.adapters.commit import confirmed
from openevent.invites import audit, rules
from openevent.invites.links import Ending
from openevent.invites.services import Services
from openevent.invites.session import InviteSession
from openevent.rights.access import Action
from openevent.rights.identity import Claims


def delete_invite(services: Services, claims: Claims, name: str) -> None:
    """Remove the invite of the id `name`; its token no longer works.

    Raises `NotFound`, `Forbidden`, and `Conflict` if it was accepted.
    """
    with confirmed(services.database) as session:
        call = InviteSession.begin(session, claims)
        invite = call.lock_for(name, Action.DELETE_INVITE).invite
        rules.refuse_unless_deletable(invite)
        call.store.delete(invite)
    audit.record("invite-deleted", call.caller.id, invite)
    services.links.note_end(invite, Ending.TAKEN_BACK)
