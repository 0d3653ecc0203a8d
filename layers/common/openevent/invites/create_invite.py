"""Invite a person to a role."""

from dataclasses import dataclass

from openevent.adapters.commit import confirmed
from openevent.invites import audit, rules
from openevent.invites.links import Ending
from openevent.invites.requests import NewInvite
from openevent.invites.rules import Invite
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Role
from openevent.rights.admission import admit
from openevent.rights.events import authorize
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class Created:
    """A new invite, and why its mail was not sent; None if it was."""

    invite: Invite
    mail_fault: str | None


def create_invite(services: Services, claims: Claims, wanted: NewInvite) -> Created:
    """Make an invite and mail it; an owner invite replaces the other pending ones of the event.

    Raises `NotFound` for the event, `Forbidden` (also if the caller's own address is not verified),
    `Invalid` if the role's id and name disagree,
    `Conflict` if the address already has an open invite or that very role, `TooManyRequests`.
    """
    services.limits.count_mail(claims.user_id)
    validity = services.validity()
    action = rules.right_to_invite(wanted.role)
    with confirmed(services.database) as session:
        admission = admit(session, claims, wanted.event, action)
        caller = admission.user
        rules.refuse_unless_verified(is_verified=caller.is_verified, is_staff=caller.is_staff)
        store, team = InviteStore(session), Team(session)
        event = store.lock_event(admission.event.id)
        # The caller may have lost the right while waiting for the lock.
        authorize(session, caller, event, action)
        role = team.agreed_role(wanted.role, wanted.role_id)
        others = store.of_address(event.id, wanted.email)
        rules.refuse_second(wanted.email, others, validity)
        rules.refuse_held(role, is_held=team.holds(wanted.email, event, role))
        token = rules.new_token()
        row = (wanted.email, role, rules.digest_of(token), validity.now)
        old = rules.reusable(wanted.email, role.id, others)
        invite = store.insert(event, *row) if old is None else store.renew(old, *row)
        replaced = store.delete_rivals(invite) if role.name == Role.OWNER else []
    audit.record("invite-created", caller.id, invite)
    if old is not None:
        services.links.note_end(old, Ending.RESENT)
    for other in replaced:
        audit.record("invite-replaced", caller.id, other)
        services.links.note_end(other, Ending.REPLACED)
    return Created(invite, services.send_invite(event, caller, invite, token))
