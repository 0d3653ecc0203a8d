"""Invite a person to a role."""

from dataclasses import dataclass

from openevent.invites import audit, rules
from openevent.invites.documents import NewInvite
from openevent.invites.rules import Invite
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Role
from openevent.rights.events import authorize, find_event
from openevent.rights.identity import Claims, load_user


@dataclass(frozen=True, slots=True)
class Sent:
    """An invite, and whether its mail went."""

    invite: Invite
    mail_sent: bool


def create_invite(services: Services, claims: Claims, wanted: NewInvite) -> Sent:
    """Make an invite and mail it; an owner invite replaces the other pending ones of the event.

    Raises `NotFound` for the event, `Forbidden`, `Invalid` when the role's id and name disagree,
    `Conflict` when the address has an open invite or that very role, `TooManyRequests`.
    """
    services.limits.count_invite_mail(claims.user_id)
    validity = services.validity()
    with services.database.transaction() as session:
        caller = load_user(session, claims)
        store, team = InviteStore(session), Team(session)
        event = store.lock_event(find_event(session, wanted.event).id)
        authorize(session, caller, event, rules.right_to_invite(wanted.role))
        role = team.agreed_role(wanted.role, wanted.role_id)
        others = store.of_address(event.id, wanted.email)
        rules.refuse_second(wanted.email, others, validity)
        rules.refuse_held(role, is_held=team.holds(wanted.email, event, role))
        token = rules.new_token()
        row = (wanted.email, role, rules.digest_of(token), validity.now)
        old = rules.taken_up(wanted.email, role.id, others)
        invite = store.insert(event, *row) if old is None else store.renew(old, *row)
        replaced = store.delete_rivals(invite) if role.name == Role.OWNER else []
    audit.record("invite-created", caller.id, invite)
    for other in replaced:
        audit.record("invite-replaced", caller.id, other)
    return Sent(invite, services.send_invite(event, caller, invite, token))
