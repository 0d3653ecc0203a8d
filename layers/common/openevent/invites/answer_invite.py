"""Accept or decline an invite: the only way to a role, for all routes."""

from dataclasses import dataclass

from openevent.adapters.commit import confirmed
from openevent.errors import Forbidden
from openevent.invites import audit, limits, rules
from openevent.invites.links import Ending
from openevent.invites.rules import Invite, Status, Validity
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Handover, Team
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User, load_user


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of `user` to a locked invite: accepted or declined.

    `by_mail`: it came with the invite's token, which is in no other place than the mail.
    """

    event: Event
    invite: Invite
    user: User
    answer: Status
    by_mail: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """A reply that was written, and the invite after it.

    `changed`: False if the invite had that answer before. `handover`: set if the event has a new
    owner. `withdrawn`: the other pending owner invites, which the former owner had sent.
    """

    reply: Reply
    invite: Invite
    changed: bool = True
    handover: Handover | None = None
    withdrawn: tuple[Invite, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answered invite, its event, and the user who answered.

    `mail_fault`: why a mail about a new owner was not sent; None if all were, or none was due.
    """

    invite: Invite
    event: Event
    user: User
    mail_fault: str | None


def answer_invite(services: Services, claims: Claims, token: str, answer: Status) -> Answered:
    """Accept or decline (`answer`) the invite that `token` was mailed for.

    Raises `TooManyRequests`, `NotFound`, and what `settle` raises.
    """
    counted_as = limits.person(claims.user_id)
    with services.limits.looking_up(counted_as), confirmed(services.database) as session:
        user = load_user(session, claims)
        store, team = InviteStore(session), Team(session)
        found = store.find_by_token(token)
        rules.refuse_unless_own(found, user.email)
        event, invite = store.lock(found)
        if not rules.is_token_of(invite, token):
            raise rules.invite_not_found()
        reply = Reply(event, invite, user, answer, by_mail=True)
        settled = settle(store, team, reply, services.validity())
    return conclude(services, settled)


def settle(store: InviteStore, team: Team, reply: Reply, validity: Validity) -> Settled:
    """Write the reply, and give the role if it accepts, within the transaction.

    Raises `Forbidden` if the invite is for another address, or if neither its mail nor Open Event
    has verified that the user receives mail at it; `Conflict` if it has another answer, or if its
    role id and role name disagree; `Gone` if it has expired.
    """
    rules.refuse_unless_own(reply.invite, reply.user.email)
    if rules.is_answered(reply.invite, reply.answer, validity):
        return Settled(reply, reply.invite, changed=False)
    if not reply.by_mail and not team.is_verified(reply.user):
        # Open Event lets people register with any address before it is verified.
        raise Forbidden(
            "address-unverified",
            "Your e-mail address is not verified. Use the link in the mail that invited you.",
        )
    if reply.answer is Status.DECLINED:
        return Settled(reply, _marked(store, reply))
    role = rules.promised_role(reply.invite, team.role_of_id(reply.invite.role_id))
    handover, withdrawn = None, list[Invite]()
    if role.name == Role.OWNER:
        handover = team.hand_over(reply.event, role, reply.user)
        withdrawn = store.delete_rivals(reply.invite)
    else:
        team.give(reply.user.id, reply.event, role)
    if reply.by_mail:
        team.mark_verified(reply.user)
    return Settled(reply, _marked(store, reply), handover=handover, withdrawn=tuple(withdrawn))


def conclude(services: Services, settled: Settled) -> Answered:
    """Record a committed reply, and send the mails about a new owner."""
    reply, invite, handover = settled.reply, settled.invite, settled.handover
    if settled.changed:
        audit.record(f"invite-{reply.answer}", reply.user.id, invite)
    for other in settled.withdrawn:
        audit.record("invite-withdrawn", reply.user.id, other)
        services.links.note_end(other, Ending.REPLACED)
    mail_fault = None
    if handover is not None:
        audit.record(
            "owner-changed",
            reply.user.id,
            invite,
            former_owner_ids=list(handover.former_owner_ids),
            left_group_id=handover.left_group_id,
        )
        mail_fault = services.letters.announce_owner(
            reply.event, reply.user, handover.former_owners
        )
    return Answered(invite, reply.event, reply.user, mail_fault)


def _marked(store: InviteStore, reply: Reply) -> Invite:
    return store.update(reply.invite, {"status": reply.answer.value})
