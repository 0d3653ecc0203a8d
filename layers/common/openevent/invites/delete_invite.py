"""Take back an invite that was not accepted."""

from openevent.invites import audit, rules
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.rights.access import Action
from openevent.rights.events import authorize
from openevent.rights.identity import Claims, load_user


def delete_invite(services: Services, claims: Claims, name: str) -> None:
    """Remove the invite of the id `name`; its token is dead.

    Raises `NotFound`, `Forbidden`, `Conflict` when it was accepted.
    """
    with services.database.transaction() as session:
        caller = load_user(session, claims)
        store = InviteStore(session)
        event, invite = store.lock(store.find(name))
        authorize(session, caller, event, Action.DELETE_INVITE)
        rules.refuse_unless_deletable(invite)
        store.delete(invite)
    audit.record("invite-deleted", caller.id, invite)
