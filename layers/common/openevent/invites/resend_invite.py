"""Mail an invite once more, with a new token; the old one is dead."""

from openevent.invites import audit, rules
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Action
from openevent.rights.events import authorize
from openevent.rights.identity import Claims, load_user


def resend_invite(services: Services, claims: Claims, name: str) -> bool:
    """Resend the pending invite of the id `name`, expired or not; whether its mail went.

    Raises `NotFound`, `Forbidden`, `TooManyRequests`, and `Conflict` when it is not pending, or the
    address has another open invite to the event.
    """
    services.limits.count_invite_mail(claims.user_id)
    validity = services.validity()
    with services.database.transaction() as session:
        caller = load_user(session, claims)
        store, team = InviteStore(session), Team(session)
        event, invite = store.lock(store.find(name))
        authorize(session, caller, event, Action.RESEND_INVITE)
        rules.refuse_unless_pending(invite)
        rules.refuse_unless_mailable(invite)
        rules.promised_role(invite, team.role_of_id(invite.role_id))
        rules.refuse_second(invite.email, store.others_of_address(invite, invite.email), validity)
        token = rules.new_token()
        invite = store.update(invite, {"hash": rules.digest_of(token), "created_at": validity.now})
    audit.record("invite-resent", caller.id, invite)
    return services.send_invite(event, caller, invite, token)
