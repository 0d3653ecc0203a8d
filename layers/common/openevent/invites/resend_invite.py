"""Mail an invite once more, with a new token; the old token no longer works."""

from openevent.adapters.commit import confirmed
from openevent.invites import audit, rules
from openevent.invites.links import Ending
from openevent.invites.services import Services
from openevent.invites.session import InviteSession
from openevent.rights.access import Action
from openevent.rights.identity import Claims


def resend_invite(services: Services, claims: Claims, name: str) -> str | None:
    """Resend the pending invite of the id `name`, expired or not.

    Returns why its mail was not sent; None if it was. Raises `NotFound`, `Forbidden`,
    `TooManyRequests`, and `Conflict` if the invite is not pending or the address has another open
    invite to the event.
    """
    services.limits.count_mail(claims.user_id)
    validity = services.validity()
    with confirmed(services.database) as session:
        call = InviteSession.begin(session, claims)
        store, subject = call.store, call.lock_for(name, Action.RESEND_INVITE)
        invite, caller = subject.invite, call.caller
        rules.refuse_unless_verified(is_verified=caller.is_verified, is_staff=caller.is_staff)
        rules.refuse_unless_pending(invite)
        rules.refuse_unless_mailable(invite)
        rules.promised_role(invite, call.team.role_of_id(invite.role_id))
        rules.refuse_second(invite.email, store.others_of_address(invite, invite.email), validity)
        token = rules.new_token()
        invite = store.update(invite, {"hash": rules.digest_of(token), "created_at": validity.now})
    audit.record("invite-resent", call.caller.id, invite)
    services.links.note_end(subject.invite, Ending.RESENT)
    return services.send_invite(subject.event, call.caller, invite, token)
